/// y = eˣ / Σ eˣ over the last axis, shifted by the maximum.   Shape: [*, n] → [*, n]
struct Softmax: Primitive {
  static let name = "softmax"
  static let formula = "y = eˣ / Σ eˣ over the last axis"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return inputs
  }

  // For each element: subtract the maximum, exponential, add, divide.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.softmax(inputs[0])]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(SoftmaxGradient(), g.dy, g.output)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [(inputs[0] - inputs[0].logSumExp(axis: -1, keepDims: true)).exp()]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [2, 1, 7], [33, 65], [0, 3]].map { Sample(Softmax(), .uniform($0, -3...3)) }
  }
}

/// dx = y (dy − Σ dy y) over the last axis.   Shape: dy [*, n], y [*, n] → [*, n]
struct SoftmaxGradient: Primitive {
  static let name = "softmaxGradient"
  static let formula = "dx = y (dy − Σ dy y) over the last axis"

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[1]] }

  // For each element: y (dy − Σ dy y).
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.softmaxGradient(inputs[0], y: inputs[1])]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, y) = (inputs[0], inputs[1])
    return [y * (dy - (dy * y).sum(axis: -1, keepDims: true))]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [33, 65]].map { Sample(SoftmaxGradient(), .uniform($0), .uniform($0, 0...1)) }
  }
}

/// y = x − log Σ eˣ over the last axis.   Shape: [*, n] → [*, n]
struct LogSoftmax: Primitive {
  static let name = "logSoftmax"
  static let formula = "y = x − log Σ eˣ over the last axis"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return inputs
  }

  // For each element: subtract the maximum, exponential, add, subtract.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.logSoftmax(inputs[0])]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(LogSoftmaxGradient(), g.dy, g.output)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [inputs[0] - inputs[0].logSumExp(axis: -1, keepDims: true)]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [2, 1, 7], [33, 65], [0, 3]].map { Sample(LogSoftmax(), .uniform($0, -3...3)) }
  }
}

/// dx = dy − eʸ Σ dy over the last axis.   Shape: dy [*, n], y [*, n] → [*, n]
struct LogSoftmaxGradient: Primitive {
  static let name = "logSoftmaxGradient"
  static let formula = "dx = dy − eʸ Σ dy over the last axis"

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[1]] }

  // For each element: dy − eʸ Σ dy.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.logSoftmaxGradient(inputs[0], y: inputs[1])]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, y) = (inputs[0], inputs[1])
    return [dy - y.exp() * dy.sum(axis: -1, keepDims: true)]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [33, 65]].map { Sample(LogSoftmaxGradient(), .uniform($0), .uniform($0, -3...0)) }
  }
}

/// eˣ / Σ eˣ over an axis.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  alongLastAxis(x, axis, "softmax") { apply(Softmax(), $0) }
}

/// x − log Σ eˣ over an axis.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  alongLastAxis(x, axis, "logSoftmax") { apply(LogSoftmax(), $0) }
}

private func alongLastAxis(
  _ x: Tensor, _ axis: Int, _ operation: String, _ body: (Tensor) -> Tensor
) -> Tensor {
  let axis = x.shape.normalized(axis: axis, operation)
  return axis == x.rank - 1 ? body(x) : body(x.transposed(axis, -1)).transposed(axis, -1)
}
