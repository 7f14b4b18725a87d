// The common part of elementwise primitives; each of them is a file beside this one.

/// y = f(x), element by element.   Shape: [*] → [*]
protocol UnaryElementwise: SingleOutput {
  static var kernel: UnaryKernel { get }
}

extension UnaryElementwise {
  func outputType(of inputs: TensorTypes) -> TensorType {
    let type = inputs[0]
    if Self.kernel.integer == nil { requireFloatingPoint(type, Self.name) }
    return type
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    backend.map(Self.kernel, inputs[0])
  }
}

/// y = f(a, b), element by element; shapes broadcast.   Shape: [*], [*] → [*]
protocol BinaryElementwise: SingleOutput {
  static var kernel: BinaryKernel { get }
  /// The gradients of a and b in the output's shape; they are summed to the inputs' shapes afterwards.
  func partials(_ g: GradientContext) -> (Tensor?, Tensor?)
}

extension BinaryElementwise {
  func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    require(a.dtype == b.dtype, Self.name, "dtypes differ: \(a.dtype) and \(b.dtype)")
    if a.shape == b.shape { return a }
    return TensorType(shape: Shape.broadcast(a.shape, b.shape, for: Self.name), dtype: a.dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    if a.shape == b.shape { return backend.zip(Self.kernel, a, b) }
    let shape = Shape.broadcast(a.shape, b.shape, for: Self.name)
    return backend.zip(
      Self.kernel, a.view(a.layout.broadcast(to: shape)), b.view(b.layout.broadcast(to: shape)))
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let (a, b) = partials(g)
    return [a?.summed(to: g.inputShape(0)), b?.summed(to: g.inputShape(1))]
  }
}

/// Traps unless the input is of floating type.
@inline(__always)
func requireFloatingPoint(_ input: TensorType, _ operation: String) {
  require(
    input.dtype.isFloatingPoint, operation,
    "needs floating-point numbers, got \(input); cast first")
}

/// Traps unless all inputs are of floating type.
func requireFloatingPoint(_ inputs: TensorTypes, _ operation: String) {
  for input in inputs { requireFloatingPoint(input, operation) }
}

extension Tensor {
  /// A binary operation on two tensors of any dtypes: both are cast to the promoted one.
  @inline(__always)
  static func promoting(_ primitive: some SingleOutput, _ a: Tensor, _ b: Tensor) -> Tensor {
    if a.dtype == b.dtype { return apply(primitive, a, b) }
    let dtype = DType.promoted(a.dtype, b.dtype)
    return apply(primitive, a.cast(to: dtype), b.cast(to: dtype))
  }

  /// A scalar as an operand beside this tensor: it takes the tensor's dtype, except that a
  /// fraction beside integers makes both float32.
  @inline(__always)
  func operand(_ scalar: Double) -> Tensor {
    let fits = dtype.isFloatingPoint || (dtype != .bool && scalar == scalar.rounded())
    return Tensor.full([], scalar, dtype: fits ? dtype : .float32)
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
