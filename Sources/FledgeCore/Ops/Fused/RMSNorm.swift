import CKernels

/// y = x / √(mean(x²) + ε) · weight over the last axis (Zhang & Sennrich 2019).
/// Shape: [*, n], weight [n] → [*, n], 1/√(mean(x²) + ε) [*]
struct RMSNorm: FusedPrimitive {
  static let name = "rmsNorm"
  static let formula = "y = x / √(mean(x²) + ε) · weight over the last axis"
  static var precision: AutocastRule { .full }
  let epsilon: Double
  let hasWeight: Bool

  var saves: SavedValues { [.inputs, .output(1)] }
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    requireEpsilon(epsilon, Self.name)
    let x = inputs[0]
    require(x.shape.rank > 0, Self.name, "of a scalar")
    for weight in inputs.dropFirst() {
      require(
        weight.shape == [x.shape[-1]] && weight.dtype == x.dtype, Self.name,
        "the weight must be \(x.dtype)[\(x.shape[-1])] for an input \(x), got \(weight)")
    }
    let rows = Shape(Array(x.shape.dropLast()))
    return [x, TensorType(shape: rows, dtype: x.dtype.ofStatistics)]
  }

  // For each element: the square's mean 2, normalize and scale 2.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let inputs = inputs.map(backend.compact)
    let x = inputs[0]
    let width = x.shape[-1]
    let y = Tensor(uninitialized: x.shape, .float32)
    let inverse = Tensor(uninitialized: Shape(Array(x.shape.dropLast())), .float32)
    let (px, py, pi) = (x.pointer(Float.self), y.pointer(Float.self), inverse.pointer(Float.self))
    let weight = hasWeight ? inputs[1].pointer(Float.self) : nil
    ThreadPool.forRanges(x.count / width, grain: Self.rowGrain(width)) { rows in
      let start = rows.lowerBound * width
      fledge_rms_norm_f32(
        px + start, weight, Float(epsilon), py + start, pi + rows.lowerBound, rows.count, width)
    }
    withExtendedLifetime(inputs) {}
    return [y, inverse]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let primitive = RMSNormGradient(epsilon: epsilon, hasWeight: hasWeight)
    let weight = hasWeight ? [g.input(1)] : []
    let result = apply(primitive, [g.dy, g.input(0), g.output(1)] + weight)
    return hasWeight ? [result[0], result[1]] : [result[0]]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let inverse = (x.square().mean(axis: -1, keepDims: true) + epsilon).rsqrt()
    let normalized = x * inverse
    return [
      hasWeight ? normalized * inputs[1] : normalized,
      inverse.squeezed(axis: -1).cast(to: x.dtype.ofStatistics),
    ]
  }

  static var samples: [Sample] {
    [
      Sample(RMSNorm(epsilon: 1e-6, hasWeight: true), .uniform([2, 5]), .uniform([5])),
      Sample(RMSNorm(epsilon: 1e-3, hasWeight: false), .uniform([2, 3, 4])),
      Sample(RMSNorm(epsilon: 1e-6, hasWeight: true), .uniform([37, 70]), .uniform([70])),
    ]
  }
}

/// With x̂ = x / r and g = dy · weight: dx = (g − x̂ mean(g x̂)) / r, dweight = Σ dy x̂.
/// Shape: dy, x [*, n], 1/r [*], weight [n] → [*, n], [n]
struct RMSNormGradient: FusedPrimitive {
  static let name = "rmsNormGradient"
  static let formula = "dx = (g − x̂ mean(g x̂)) / r with g = dy · weight"
  static var checkedThrough: (any Primitive.Type)? { RMSNorm.self }
  let epsilon: Double
  let hasWeight: Bool

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[1]
    requireFloatingPoint(TensorTypes(x, inputs[0]), Self.name)
    if hasWeight { requireSameDType(x, inputs[3], Self.name) }
    requireStatistics(inputs[2], of: x, Self.name)
    return [x, TensorType(shape: [x.shape[-1]], dtype: x.dtype)]
  }

  // For each element: x̂ 1, the row's sum 3, dx 3, the weight's sum 2.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    9 * inputs[1].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let inputs = inputs.map(backend.compact)
    let (dy, x) = (inputs[0], inputs[1])
    let width = x.shape[-1]
    let (rows, grain) = (x.count / width, Self.rowGrain(width))
    let parts = (rows + grain - 1) / grain
    let dx = Tensor(uninitialized: x.shape, .float32)
    let dweight = Tensor(uninitialized: [width], .float32)
    // Each part adds up its own rows; the parts are added in order.
    let partial = backend.fill([parts, width], 0, .float32)
    let (pdy, px, pdx) = (dy.pointer(Float.self), x.pointer(Float.self), dx.pointer(Float.self))
    let (pi, pp) = (inputs[2].pointer(Float.self), partial.pointer(Float.self))
    let weight = hasWeight ? inputs[3].pointer(Float.self) : nil
    ThreadPool.forRanges(rows, grain: grain) { range in
      let start = range.lowerBound * width
      fledge_rms_norm_grad_f32(
        pdy + start, px + start, weight, pi + range.lowerBound, pdx + start,
        pp + range.lowerBound / grain * width, range.count, width)
    }
    withExtendedLifetime(inputs) {}
    fledge_sum_cols_f32(pp, dweight.pointer(Float.self), parts, width, width)
    return [dx, dweight]
  }

  /// The root is made from x again: what is saved of it has no derivative.
  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, x) = (inputs[0], inputs[1])
    let inverse = (x.square().mean(axis: -1, keepDims: true) + epsilon).rsqrt()
    let normalized = x * inverse
    let g = hasWeight ? dy * inputs[3] : dy
    let dx = (g - normalized * (g * normalized).mean(axis: -1, keepDims: true)) * inverse
    return [dx, (dy * normalized).sum(axes: Array(0..<x.rank - 1))]
  }
}

/// x / √(mean(x²) + ε) · weight over the last axis.   Shape: [*, n], weight [n] → [*, n]
public func rmsNorm(_ x: Tensor, weight: Tensor? = nil, epsilon: Double = 1e-6) -> Tensor {
  let primitive = RMSNorm(epsilon: epsilon, hasWeight: weight != nil)
  return apply(primitive, [x] + (weight.map { [$0] } ?? []))[0]
}
