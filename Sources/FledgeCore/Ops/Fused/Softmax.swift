import CKernels

/// y = eˣ / Σ eˣ over the last axis, shifted by the maximum.   Shape: [*, n] → [*, n]
struct Softmax: FusedPrimitive {
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

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    mapRows(inputs[0], on: backend, fledge_softmax_rows_f32)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(SoftmaxGradient(), g.dy, g.output)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let powers = x.shiftedBelowZero.exp()
    return [powers / powers.sum(axis: -1, keepDims: true)]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [2, 1, 7], [33, 65], [0, 3]].map { Sample(Softmax(), .uniform($0, -3...3)) }
  }
}

/// dx = y (dy − Σ dy y) over the last axis.   Shape: dy [*, n], y [*, n] → [*, n]
struct SoftmaxGradient: FusedPrimitive {
  static let name = "softmaxGradient"
  static let formula = "dx = y (dy − Σ dy y) over the last axis"

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return TensorTypes(inputs[1])
  }

  // For each element: y (dy − Σ dy y).
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    zipRows(inputs, on: backend, fledge_softmax_grad_rows_f32)
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
struct LogSoftmax: FusedPrimitive {
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

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    mapRows(inputs[0], on: backend, fledge_log_softmax_rows_f32)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(LogSoftmaxGradient(), g.dy, g.output)]
  }

  /// Subtracts the maximum first: where x is large, log Σ eˣ has few digits behind the point.
  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let shifted = x.shiftedBelowZero
    return [shifted - shifted.exp().sum(axis: -1, keepDims: true).log()]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [2, 1, 7], [33, 65], [0, 3]].map { Sample(LogSoftmax(), .uniform($0, -3...3)) }
  }
}

/// dx = dy − eʸ Σ dy over the last axis.   Shape: dy [*, n], y [*, n] → [*, n]
struct LogSoftmaxGradient: FusedPrimitive {
  static let name = "logSoftmaxGradient"
  static let formula = "dx = dy − eʸ Σ dy over the last axis"

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return TensorTypes(inputs[1])
  }

  // For each element: dy − eʸ Σ dy.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    zipRows(inputs, on: backend, fledge_log_softmax_grad_rows_f32)
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, y) = (inputs[0], inputs[1])
    return [dy - y.exp() * dy.sum(axis: -1, keepDims: true)]
  }

  static var samples: [Sample] {
    [[5], [2, 3], [33, 65]].map { Sample(LogSoftmaxGradient(), .uniform($0), .uniform($0, -3...0)) }
  }
}

extension Tensor {
  /// x − max x along the last axis; a row with +∞ or NaN in it, or of nothing but −∞, becomes NaN.
  fileprivate var shiftedBelowZero: Tensor {
    if count == 0 { return self }
    return self - detached().max(axis: -1, keepDims: true)
  }
}

// What the kernels of the four are called with: a range of rows for each thread.
extension FusedPrimitive {
  // x, y, rows, columns, elements from row to row.
  fileprivate func mapRows(
    _ x: Tensor, on backend: any Backend,
    _ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int) -> Void
  ) -> Tensors? {
    guard Tensors(x).areFloat32 else { return nil }
    let x = backend.compact(x)
    let y = Tensor(uninitialized: x.shape, .float32)
    let width = x.shape[-1]
    let (source, target) = (x.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forRanges(x.count / width, grain: Self.rowGrain(width)) { rows in
      let start = rows.lowerBound * width
      kernel(source + start, target + start, rows.count, width, width)
    }
    withExtendedLifetime(x) {}
    return [y]
  }

  // a, b, y, rows, columns.
  fileprivate func zipRows(
    _ inputs: Tensors, on backend: any Backend,
    _ kernel: (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
    ) -> Void
  ) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let (a, b) = (backend.compact(inputs[0]), backend.compact(inputs[1]))
    let y = Tensor(uninitialized: a.shape, .float32)
    let width = a.shape[-1]
    let (pa, pb, py) = (a.pointer(Float.self), b.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forRanges(a.count / width, grain: Self.rowGrain(width)) { rows in
      let start = rows.lowerBound * width
      kernel(pa + start, pb + start, py + start, rows.count, width)
    }
    withExtendedLifetime((a, b)) {}
    return [y]
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
