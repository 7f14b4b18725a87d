import CKernels

/// y = (x − mean) / √(variance + ε) · weight + bias for each channel, with the moments over images
/// and positions (Ioffe & Szegedy 2015).
/// Shape: x [N, C, L], weight [C], bias [C] → [N, C, L], mean [C], (biased) variance [C]
struct BatchNorm: FusedPrimitive {
  static let name = "batchNorm"
  static let formula = "y = (x − mean) / √(variance + ε) · weight + bias for each channel"
  static var precision: AutocastRule { .full }
  let epsilon: Double
  /// Whether weight and bias are there.
  let isAffine: Bool

  var saves: SavedValues { [.inputs, .output(1), .output(2)] }
  var auxiliaryOutputCount: Int { 2 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    requireEpsilon(epsilon, Self.name)
    let x = inputs[0]
    require(x.shape.rank == 3, Self.name, "needs [N, C, L], got \(x.shape)")
    let channels = TensorType(shape: [x.shape[1]], dtype: x.dtype)
    for parameter in inputs.dropFirst() {
      require(
        parameter == channels, Self.name,
        "weight and bias must be \(channels) for an input \(x), got \(parameter)")
    }
    // Halves keep their moments in float32, since the gradient is made from them.
    let moments = TensorType(shape: [x.shape[1]], dtype: x.dtype.ofStatistics)
    return [x, moments, moments]
  }

  // For each element: mean 1, variance 3, normalize 2, scale and shift 2.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    8 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let inputs = inputs.map(backend.compact)
    let x = inputs[0]
    let (images, channels, length) = (x.shape[0], x.shape[1], x.shape[2])
    let y = Tensor(uninitialized: x.shape, .float32)
    let mean = Tensor(uninitialized: [channels], .float32)
    let variance = Tensor(uninitialized: [channels], .float32)
    let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
    let (pm, pv) = (mean.pointer(Float.self), variance.pointer(Float.self))
    let weight = isAffine ? inputs[1].pointer(Float.self) : nil
    let bias = isAffine ? inputs[2].pointer(Float.self) : nil
    let stride = channels * length
    ThreadPool.forRanges(channels, grain: Self.grain(x)) { range in
      for c in range {
        let plane = px + c * length
        fledge_channel_moments_f32(plane, images, stride, length, pm + c, pv + c)
        let scale = (weight?[c] ?? 1) / (pv[c] + Float(epsilon)).squareRoot()
        fledge_channel_norm_f32(
          plane, images, stride, length, pm[c], scale, bias?[c] ?? 0, py + c * length)
      }
    }
    withExtendedLifetime(inputs) {}
    return [y, mean, variance]
  }

  /// Channels that are worth a thread.
  static func grain(_ x: Tensor) -> Int {
    max(1, ThreadPool.grain * x.shape[1] / max(x.count, 1))
  }

  func gradients(_ g: GradientContext) -> Gradients {
    var saved: Tensors = [g.dy, g.input(0), g.output(1), g.output(2)]
    if isAffine { saved.append(g.input(1)) }
    let result = apply(BatchNormGradient(epsilon: epsilon, isAffine: isAffine), saved)
    return isAffine ? Gradients(result) : [result[0]]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let mean = x.mean(axes: [0, 2], keepDims: true)
    let variance = (x - mean).square().mean(axes: [0, 2], keepDims: true)
    var y = (x - mean) * (variance + epsilon).rsqrt()
    if isAffine { y = y * inputs[1].expandedDims(axis: 1) + inputs[2].expandedDims(axis: 1) }
    return [y, mean.reshaped([x.shape[1]]), variance.reshaped([x.shape[1]])]
  }

  static var samples: [Sample] {
    let affine = BatchNorm(epsilon: 1e-5, isAffine: true)
    return [
      Sample(affine, .uniform([3, 2, 2]), .uniform([2]), .uniform([2])),
      Sample(affine, .uniform([7, 3, 1]), .uniform([3]), .uniform([3])),
      Sample(BatchNorm(epsilon: 1e-3, isAffine: false), .uniform([2, 3, 4])),
      Sample(affine, .uniform([5, 4, 67]), .uniform([4]), .uniform([4])),
    ]
  }
}

/// With x̂ = (x − mean) / σ over the n elements of a channel: dweight = Σ dy x̂, dbias = Σ dy,
/// dx = weight / σ · (dy − dbias / n − x̂ · dweight / n).
/// Shape: dy, x [N, C, L], mean, variance, weight [C] → [N, C, L], [C], [C]
struct BatchNormGradient: FusedPrimitive {
  static let name = "batchNormGradient"
  static let formula = "dx = weight / σ · (dy − mean(dy) − x̂ mean(dy x̂))"
  static var checkedThrough: (any Primitive.Type)? { BatchNorm.self }
  let epsilon: Double
  let isAffine: Bool

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[1]
    requireFloatingPoint(TensorTypes(x, inputs[0]), Self.name)
    if isAffine { requireSameDType(x, inputs[4], Self.name) }
    requireStatistics(inputs[2], of: x, Self.name)
    requireStatistics(inputs[3], of: x, Self.name)
    let channels = TensorType(shape: [x.shape[1]], dtype: x.dtype)
    return [x, channels, channels]
  }

  // For each element: x̂ 2, two sums 3, dx 5.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    10 * inputs[1].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let inputs = inputs.map(backend.compact)
    let x = inputs[1]
    let (images, channels, length) = (x.shape[0], x.shape[1], x.shape[2])
    let dx = Tensor(uninitialized: x.shape, .float32)
    let dweight = Tensor(uninitialized: [channels], .float32)
    let dbias = Tensor(uninitialized: [channels], .float32)
    let (pdy, px, pdx) = (
      inputs[0].pointer(Float.self), x.pointer(Float.self), dx.pointer(Float.self)
    )
    let (pm, pv) = (inputs[2].pointer(Float.self), inputs[3].pointer(Float.self))
    let (pw, pb) = (dweight.pointer(Float.self), dbias.pointer(Float.self))
    let weight = isAffine ? inputs[4].pointer(Float.self) : nil
    ThreadPool.forRanges(channels, grain: BatchNorm.grain(x)) { range in
      for c in range {
        fledge_channel_norm_grad_f32(
          pdy + c * length, px + c * length, images, channels * length, length, pm[c],
          1 / (pv[c] + Float(epsilon)).squareRoot(), weight?[c] ?? 1, pdx + c * length, pw + c,
          pb + c)
      }
    }
    withExtendedLifetime(inputs) {}
    return [dx, dweight, dbias]
  }

  /// Mean and variance are made from x again: what is saved of them has no derivative.
  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, x) = (inputs[0], inputs[1])
    let centered = x - x.mean(axes: [0, 2], keepDims: true)
    let inverse = (centered.square().mean(axes: [0, 2], keepDims: true) + epsilon).rsqrt()
    let normalized = centered * inverse
    let shift = (dy * normalized).mean(axes: [0, 2], keepDims: true)
    var dx = (dy - dy.mean(axes: [0, 2], keepDims: true) - normalized * shift) * inverse
    if isAffine { dx = dx * inputs[4].expandedDims(axis: 1) }
    return [dx, (dy * normalized).sum(axes: [0, 2]), dy.sum(axes: [0, 2])]
  }
}

/// Batch normalization with the moments of the batch itself.
///
/// - Parameters:
///   - x: [N, C, …], at least two elements a channel.
///   - weight, bias: [C].
/// - Returns: y in the shape of x, and the batch's mean and (biased) variance, [C], as constants.
public func batchNorm(
  _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> (y: Tensor, mean: Tensor, variance: Tensor) {
  require(x.rank >= 2, BatchNorm.name, "needs [N, C, …], got \(x.shape)")
  require(
    x.count > x.shape[1], BatchNorm.name,
    "one element a channel has no variance: \(x.shape)")
  let length = x.shape.dimensions.dropFirst(2).reduce(1, *)
  let flat = x.reshaped([x.shape[0], x.shape[1], length])
  let given = weight ?? bias
  // One that is missing changes nothing.
  let parameters = given.map { given in
    [
      weight ?? Tensor.ones(given.shape, dtype: given.dtype),
      bias ?? Tensor.zeros(given.shape, dtype: given.dtype),
    ]
  }
  let primitive = BatchNorm(epsilon: epsilon, isAffine: given != nil)
  let result = apply(primitive, [flat] + (parameters ?? []))
  return (result[0].reshaped(x.shape), result[1], result[2])
}
