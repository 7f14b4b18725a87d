// Three overloads an operator, all concrete: more of them make the type checker exponential. The
// ones for other numbers than Double (NumberOperand.swift) come last in rank.

extension Tensor {
  /// y = a + b; shapes broadcast, dtypes are promoted.
  public static func + (a: Tensor, b: Tensor) -> Tensor { promoting(Add(), a, b) }
  /// y = a + b, in the dtype of a (a fraction makes integers float32).
  public static func + (a: Tensor, b: Double) -> Tensor { promoting(Add(), a, b) }
  /// y = a + b, in the dtype of b (a fraction makes integers float32).
  public static func + (a: Double, b: Tensor) -> Tensor { promoting(Add(), a, b) }

  /// y = a − b; shapes broadcast, dtypes are promoted.
  public static func - (a: Tensor, b: Tensor) -> Tensor { promoting(Subtract(), a, b) }
  /// y = a − b, in the dtype of a (a fraction makes integers float32).
  public static func - (a: Tensor, b: Double) -> Tensor { promoting(Subtract(), a, b) }
  /// y = a − b, in the dtype of b (a fraction makes integers float32).
  public static func - (a: Double, b: Tensor) -> Tensor { promoting(Subtract(), a, b) }

  /// y = a · b, element by element; shapes broadcast, dtypes are promoted.
  public static func * (a: Tensor, b: Tensor) -> Tensor { promoting(Multiply(), a, b) }
  /// y = a · b, in the dtype of a (a fraction makes integers float32).
  public static func * (a: Tensor, b: Double) -> Tensor { promoting(Multiply(), a, b) }
  /// y = a · b, in the dtype of b (a fraction makes integers float32).
  public static func * (a: Double, b: Tensor) -> Tensor { promoting(Multiply(), a, b) }

  /// y = a / b; shapes broadcast. Integers are divided as float32, beside float64 as float64.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    if a.dtype == .float64 || b.dtype == .float64 { return promoting(Divide(), a, b) }
    return promoting(Divide(), a.asFloatingPoint, b.asFloatingPoint)
  }
  /// y = a / b; integers are divided as float32.
  public static func / (a: Tensor, b: Double) -> Tensor {
    promoting(Divide(), a.asFloatingPoint, b)
  }
  /// y = a / b; integers are divided as float32.
  public static func / (a: Double, b: Tensor) -> Tensor {
    promoting(Divide(), a, b.asFloatingPoint)
  }

  /// y = −a.
  public static prefix func - (a: Tensor) -> Tensor { apply(Negate(), a) }

  /// The same in a floating type: integers and bools become float32.
  var asFloatingPoint: Tensor { dtype.isFloatingPoint ? self : cast(to: .float32) }

  /// a = a + b, in place if nothing else holds a's storage and no gradient is recorded.
  public static func += (a: inout Tensor, b: Tensor) { a.update(Add(), b) }
  /// a = a + b, in place where possible.
  public static func += (a: inout Tensor, b: Double) { a.update(Add(), b) }
  /// a = a − b, in place if nothing else holds a's storage and no gradient is recorded.
  public static func -= (a: inout Tensor, b: Tensor) { a.update(Subtract(), b) }
  /// a = a − b, in place where possible.
  public static func -= (a: inout Tensor, b: Double) { a.update(Subtract(), b) }
  /// a = a · b, in place if nothing else holds a's storage and no gradient is recorded.
  public static func *= (a: inout Tensor, b: Tensor) { a.update(Multiply(), b) }
  /// a = a · b, in place where possible.
  public static func *= (a: inout Tensor, b: Double) { a.update(Multiply(), b) }
  /// a = a / b; integers become float32.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  /// a = a / b; integers become float32.
  public static func /= (a: inout Tensor, b: Double) { a = a / b }

  mutating func update(_ primitive: some BinaryElementwise, _ number: Double) {
    if dtype.isHalf && !dtype.holds(number) {
      self = Tensor.promoting(primitive, self, number)
    } else {
      update(primitive, operand(number))
    }
  }

  /// a = f(a, b): in place where that makes no difference, otherwise a new tensor.
  ///
  /// It makes none if the storage has no other holder, no gradient is recorded, and no
  /// transformation is in force. A value that the graph saved has another holder, so it is never
  /// modified.
  mutating func update(_ primitive: some BinaryElementwise, _ other: Tensor) {
    let context = ExecutionContext.current
    let isRecorded = other.node != nil && context.recordsGradients
    if context.isPlain && !isRecorded && other.dtype == dtype && !other.isAbstract
      && Shape.broadcast(shape, other.shape) == shape && isSafeToOverwrite
    {
      let other = other.shape == shape ? other : other.view(other.layout.broadcast(to: shape))
      context.backend.zip(primitive.kernel, into: &self, other)
    } else {
      self = Tensor.promoting(primitive, self, other)
    }
  }
}
