/// An operation that computes each output element from the input elements at the same place, by a
/// scalar function that can be printed as source text.
public protocol Elementwise: SingleOutput {
  /// The function as source text under `name`; users call ``source(_:_:named:)``. A truth value is
  /// 1 or 0.
  func sourceText(_ dialect: SourceDialect, _ dtype: DType, named name: String) -> String
}

extension Elementwise {
  /// The operation as a function of scalars in C, OpenCL or CUDA:
  ///
  ///     print(Cube().source(.c))
  ///     // static inline float fledge_cube(float x) {
  ///     //   return (x * x) * x;
  ///     // }
  /// - Parameters:
  ///   - dtype: float32 or float64.
  ///   - name: The function's name; by default `fledge_` and the operation's own.
  public func source(
    _ dialect: SourceDialect, _ dtype: DType = .float32, named name: String? = nil
  ) -> String {
    let own = String(Self.name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    return sourceText(dialect, dtype, named: name ?? "fledge_\(own)")
  }
}

// MARK: One argument

/// y = f(x), element by element, by one generic function.   Shape: [*] → [*]
///
///     /// y = x³.   Shape: [*] → [*]
///     struct Cube: UnaryElementwise {
///       static let name = "cube"
///       static let formula = "y = x³"
///       func value<T: ScalarNumber>(_ x: T) -> T { x * x * x }
///     }
///     let y = apply(Cube(), x)
///
/// Nothing else is needed. The operation computes on every backend, differentiates to any order
/// (through dual numbers, in several small operations; a gradient rule of its own is faster), and prints
/// itself as source. Integers and bools become float32, unless it is an ``IntegerUnaryElementwise``.
public protocol UnaryElementwise: Elementwise {
  /// The function.
  func value<T: ScalarNumber>(_ x: T) -> T
  /// The function as backends take it. It is made anew for each call unless a type keeps it:
  ///
  ///     static let kernel = UnaryKernel(of: Cube())
  ///     var kernel: UnaryKernel { Self.kernel }
  var kernel: UnaryKernel { get }
  /// The function on integers, which ``IntegerUnaryElementwise`` gives; nil where it is computed in
  /// floating types only, which integers are cast to.
  var integerValue: (@Sendable (Int64) -> Int64)? { get }
}

/// A ``UnaryElementwise`` for integer tensors as well: its definition uses only what they support.
///
/// The one function `value` satisfies both protocols.
public protocol IntegerUnaryElementwise: UnaryElementwise {
  /// The function.
  func value<T: ScalarArithmetic>(_ x: T) -> T
}

extension UnaryElementwise {
  @inlinable
  public var kernel: UnaryKernel { UnaryKernel(of: self) }
  public var integerValue: (@Sendable (Int64) -> Int64)? { nil }

  public func sourceText(
    _ dialect: SourceDialect, _ dtype: DType, named name: String
  ) -> String {
    ScalarExpression.source(["x"], named: name, dialect, dtype) { value($0[0]) }
  }

  public func outputType(of inputs: TensorTypes) -> TensorType {
    let type = inputs[0]
    return type.dtype.isFloatingPoint || integerValue != nil ? type : type.asFloatingPoint
  }

  public func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let x = inputs[0]
    if x.dtype.isFloatingPoint || integerValue != nil { return backend.map(kernel, x) }
    return backend.map(kernel, backend.cast(x, to: .float32))
  }

  public func gradients(_ g: GradientContext) -> Gradients {
    let (dtype, wide) = (g.inputDType(0), g.inputDType(0).ofStatistics)
    let x = TensorNumber.tensor(g.input(0).cast(to: wide))
    let slope = value(Dual(x, derivative: 1)).derivative
    let dy = g.dy.cast(to: wide)
    return [(dy * slope.tensor(like: dy)).cast(to: dtype)]
  }
}

extension IntegerUnaryElementwise {
  public var integerValue: (@Sendable (Int64) -> Int64)? {
    { self.value(WrappingInteger($0)).value }
  }
}

// MARK: Two arguments

/// y = f(a, b), element by element, by one generic function; shapes broadcast.
/// Shape: [*], [*] → [*]
///
/// The notes of ``UnaryElementwise`` hold here, too.
public protocol BinaryElementwise: Elementwise {
  /// The function.
  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T
  /// The function as backends take it: see ``UnaryElementwise/kernel``.
  var kernel: BinaryKernel { get }
  /// The function on integers, which ``IntegerBinaryElementwise`` gives; nil where it is computed in
  /// floating types only, which integers are cast to.
  var integerValue: (@Sendable (Int64, Int64) -> Int64)? { get }
  /// The gradients of a and b in the output's shape; they are summed to the inputs' shapes afterwards.
  func partials(_ g: GradientContext) -> (Tensor?, Tensor?)
}

/// A ``BinaryElementwise`` whose definition is exact on integers, too.
public protocol IntegerBinaryElementwise: BinaryElementwise {
  /// The function.
  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T
}

extension BinaryElementwise {
  @inlinable
  public var kernel: BinaryKernel { BinaryKernel(of: self) }
  public var integerValue: (@Sendable (Int64, Int64) -> Int64)? { nil }

  public func sourceText(
    _ dialect: SourceDialect, _ dtype: DType, named name: String
  ) -> String {
    ScalarExpression.source(["a", "b"], named: name, dialect, dtype) { value($0[0], $0[1]) }
  }

  public func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    requireSameDType(a, b, Self.name)
    let type = a.dtype.isFloatingPoint || integerValue != nil ? a : a.asFloatingPoint
    if a.shape == b.shape { return type }
    return TensorType(
      shape: Shape.broadcast(a.shape, b.shape, for: Self.name), dtype: type.dtype)
  }

  public func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    var (a, b) = (inputs[0], inputs[1])
    if !a.dtype.isFloatingPoint && integerValue == nil {
      (a, b) = (backend.cast(a, to: .float32), backend.cast(b, to: .float32))
    }
    if a.shape == b.shape { return backend.zip(kernel, a, b) }
    let shape = Shape.broadcast(a.shape, b.shape, for: Self.name)
    return backend.zip(
      kernel, a.view(a.layout.broadcast(to: shape)), b.view(b.layout.broadcast(to: shape)))
  }

  public func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    // Of halves in float32: what is between dy and the result may be too large for them.
    let (dtype, wide) = (g.inputDType(0), g.inputDType(0).ofStatistics)
    let a = TensorNumber.tensor(g.input(0).cast(to: wide))
    let b = TensorNumber.tensor(g.input(1).cast(to: wide))
    let dy = g.dy.cast(to: wide)
    func partial(_ y: Dual<TensorNumber>) -> Tensor {
      (dy * y.derivative.tensor(like: dy)).cast(to: dtype)
    }
    return (
      g.needs(0) ? partial(value(Dual(a, derivative: 1), Dual(constant: b))) : nil,
      g.needs(1) ? partial(value(Dual(constant: a), Dual(b, derivative: 1))) : nil
    )
  }

  public func gradients(_ g: GradientContext) -> Gradients {
    let (a, b) = partials(g)
    return [a?.summed(to: g.inputShape(0)), b?.summed(to: g.inputShape(1))]
  }
}

extension IntegerBinaryElementwise {
  public var integerValue: (@Sendable (Int64, Int64) -> Int64)? {
    { self.value(WrappingInteger($0), WrappingInteger($1)).value }
  }
}

extension TensorType {
  /// The same in a floating type: integers and bools become float32.
  var asFloatingPoint: TensorType {
    dtype.isFloatingPoint ? self : TensorType(shape: shape, dtype: .float32)
  }
}

/// Traps unless the input is of floating type.
@inline(__always)
func requireFloatingPoint(_ input: TensorType, _ operation: String) {
  require(
    input.dtype.isFloatingPoint, operation,
    "needs floating-point numbers, got \(input); cast first")
}

/// Traps unless all inputs are of one floating type: kernels read them all as the first one's.
func requireFloatingPoint(_ inputs: TensorTypes, _ operation: String) {
  requireFloatingPoint(inputs[0], operation)
  for i in 1..<inputs.count { requireSameDType(inputs[0], inputs[i], operation) }
}

/// Traps on a number that is no guard against division by zero.
package func requireEpsilon(_ epsilon: Double, _ operation: String) {
  require(
    epsilon >= 0 && epsilon.isFinite, operation,
    "epsilon must be finite and cannot be negative, got \(epsilon)")
}

/// Traps on a factor that is infinite in the numbers that an operation on a dtype computes with:
/// times 0 it would be NaN.
func requireFinite(_ factor: Double, _ name: String, for dtype: DType, _ operation: String) {
  require(
    factor.magnitude <= dtype.ofStatistics.magnitudes.largest, operation,
    "\(name) must be finite, got \(factor) for \(dtype)")
}

/// Traps unless both operands have the same dtype.
@inline(__always)
func requireSameDType(
  _ a: TensorType, _ b: TensorType, _ operation: @autoclosure () -> String
) {
  require(
    a.dtype == b.dtype, operation(),
    "dtypes differ: \(a) and \(b); operands must have the same dtype, so cast first")
}

/// Traps unless the input has the dtype of what a forward pass saves about the rows of `x`.
func requireStatistics(_ input: TensorType, of x: TensorType, _ operation: String) {
  require(
    input.dtype == x.dtype.ofStatistics, operation,
    "dtypes differ: statistics of \(x) must be \(x.dtype.ofStatistics), got \(input)")
}

/// Traps unless the input has the dtype of integers that another operation makes or reads.
func requireIntegers(_ input: TensorType, _ dtype: DType, _ operation: String) {
  require(input.dtype == dtype, operation, "integers must be \(dtype), got \(input)")
}

extension Tensor {
  /// A binary operation on two tensors of any dtypes: both are cast to the promoted one.
  @inline(__always)
  static func promoting(_ primitive: some SingleOutput, _ a: Tensor, _ b: Tensor) -> Tensor {
    if a.dtype == b.dtype { return apply(primitive, a, b) }
    let dtype = DType.promoted(a.dtype, b.dtype)
    return apply(primitive, a.cast(to: dtype), b.cast(to: dtype))
  }

  /// A binary operation on a tensor and a number. Half types compute in float32, so a number that
  /// they do not hold is not rounded before: 0.5 · 65536 is 32768 in float16.
  @inline(__always)
  static func promoting(_ primitive: some SingleOutput, _ a: Tensor, _ b: Double) -> Tensor {
    if a.dtype.isHalf && !a.dtype.holds(b) {
      return roundedOnce(Tensors(a)) { apply(primitive, $0[0], Tensor(b)) }
    }
    return promoting(primitive, a, a.operand(b))
  }

  /// A binary operation on a number and a tensor.
  @inline(__always)
  static func promoting(_ primitive: some SingleOutput, _ a: Double, _ b: Tensor) -> Tensor {
    if b.dtype.isHalf && !b.dtype.holds(a) {
      return roundedOnce(Tensors(b)) { apply(primitive, Tensor(a), $0[0]) }
    }
    return promoting(primitive, b.operand(a), b)
  }

  /// A number beside this tensor: it takes the tensor's dtype, except that what is no integer makes
  /// integers float32.
  ///
  /// An integer type takes it modulo its range. For sums, differences and products, which wrap
  /// around, that makes no difference; other operations must not ask for what the type cannot hold.
  @inline(__always)
  func operand(_ scalar: Double) -> Tensor {
    let fits = dtype.isFloatingPoint || (dtype != .bool && Int64(exactly: scalar) != nil)
    return Tensor.filled([], scalar, dtype: fits ? dtype : .float32)
  }

  /// The sum over the axes along which `shape` was broadcast to this tensor's shape.
  func summed(to shape: Shape) -> Tensor {
    if self.shape == shape { return self }
    let missing = rank - shape.rank
    if (0..<shape.rank).allSatisfy({ shape[$0] == self.shape[$0 + missing] }) {
      return sum(axes: Array(0..<missing))
    }
    let axes = (0..<rank).filter { $0 < missing || shape[$0 - missing] != self.shape[$0] }
    return sum(axes: axes, keepDims: true).reshaped(shape)
  }
}
