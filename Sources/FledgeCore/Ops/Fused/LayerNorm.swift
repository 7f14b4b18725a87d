import CKernels

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016).
/// Shape: [*, n], weight [n], bias [n] → [*, n], mean [*], 1/√(variance + ε) [*]
struct LayerNorm: FusedPrimitive {
  static let name = "layerNorm"
  static let formula = "y = (x − mean) / √(variance + ε) · weight + bias over the last axis"
  static var precision: AutocastRule { .full }
  let epsilon: Double
  let hasWeight: Bool
  let hasBias: Bool

  var saves: SavedValues { [.inputs, .output(1), .output(2)] }
  var auxiliaryOutputCount: Int { 2 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    requireEpsilon(epsilon, Self.name)
    let x = inputs[0]
    require(x.shape.rank > 0, Self.name, "of a scalar")
    for parameter in inputs.dropFirst() {
      require(
        parameter.shape == [x.shape[-1]] && parameter.dtype == x.dtype, Self.name,
        "weight and bias must be \(x.dtype)[\(x.shape[-1])] for an input \(x), got \(parameter)")
    }
    let rows = TensorType(shape: Shape(Array(x.shape.dropLast())), dtype: x.dtype.ofStatistics)
    return [x, rows, rows]
  }

  private func weight(_ inputs: Tensors) -> Tensor? { hasWeight ? inputs[1] : nil }
  private func bias(_ inputs: Tensors) -> Tensor? { hasBias ? inputs[inputs.count - 1] : nil }

  // For each element: mean 1, variance 3, normalize 2, scale and shift 2.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    8 * inputs[0].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let x = backend.compact(inputs[0])
    let (weight, bias) = (weight(inputs).map(backend.compact), bias(inputs).map(backend.compact))
    let width = x.shape[-1]
    let y = Tensor(uninitialized: x.shape, .float32)
    let rowShape = Shape(Array(x.shape.dropLast()))
    let mean = Tensor(uninitialized: rowShape, .float32)
    let inverse = Tensor(uninitialized: rowShape, .float32)
    let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
    let (pm, pi) = (mean.pointer(Float.self), inverse.pointer(Float.self))
    let (pw, pb) = (weight?.pointer(Float.self), bias?.pointer(Float.self))
    ThreadPool.forRanges(x.count / width, grain: Self.rowGrain(width)) { rows in
      let (row, start) = (rows.lowerBound, rows.lowerBound * width)
      fledge_layer_norm_f32(
        px + start, pw, pb, Float(epsilon), py + start, pm + row, pi + row, rows.count, width)
    }
    withExtendedLifetime((x, weight, bias)) {}
    return [y, mean, inverse]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let primitive = LayerNormGradient(epsilon: epsilon, hasWeight: hasWeight)
    let weight = hasWeight ? [g.input(1)] : []
    let result = apply(primitive, [g.dy, g.input(0), g.output(1), g.output(2)] + weight)
    return [result[0]] + (hasWeight ? [result[1]] : []) + (hasBias ? [result[2]] : [])
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    let x = inputs[0]
    let mean = x.mean(axis: -1, keepDims: true)
    let inverse = ((x - mean).square().mean(axis: -1, keepDims: true) + epsilon).rsqrt()
    var y = (x - mean) * inverse
    if let weight = weight(inputs) { y = y * weight }
    if let bias = bias(inputs) { y = y + bias }
    let statistics = [mean, inverse].map { $0.squeezed(axis: -1).cast(to: x.dtype.ofStatistics) }
    return [y] + statistics
  }

  static var samples: [Sample] {
    func layer(_ weight: Bool, _ bias: Bool) -> LayerNorm {
      LayerNorm(epsilon: 1e-5, hasWeight: weight, hasBias: bias)
    }
    return [
      Sample(layer(true, true), .uniform([2, 5]), .uniform([5]), .uniform([5])),
      Sample(layer(true, false), .uniform([2, 3, 17]), .uniform([17])),
      Sample(layer(false, true), .uniform([4, 6]), .uniform([6])),
      Sample(layer(false, false), .uniform([33, 65])),
    ]
  }
}

/// With n̂ = (x − mean)/σ and g = dy · weight: dx = (g − mean(g) − n̂ mean(g n̂)) / σ,
/// dweight = Σ dy n̂, dbias = Σ dy.
/// Shape: dy, x [*, n], mean, 1/σ [*], weight [n] → dx [*, n], dweight [n], dbias [n]
struct LayerNormGradient: FusedPrimitive {
  static let name = "layerNormGradient"
  static let formula = "dx = (g − mean(g) − n̂ mean(g n̂)) / σ with g = dy · weight"
  static var checkedThrough: (any Primitive.Type)? { LayerNorm.self }
  let epsilon: Double
  let hasWeight: Bool

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[1]
    requireFloatingPoint(TensorTypes(x, inputs[0]), Self.name)
    if hasWeight { requireSameDType(x, inputs[4], Self.name) }
    requireStatistics(inputs[2], of: x, Self.name)
    requireStatistics(inputs[3], of: x, Self.name)
    let parameter = TensorType(shape: [x.shape[-1]], dtype: x.dtype)
    return [x, parameter, parameter]
  }

  // For each element: x̂ 2, two row sums 5, dx 3, the sums for weight and bias 4.
  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    14 * inputs[1].shape.count
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    guard inputs.areFloat32 else { return nil }
    let inputs = Tensors(inputs.map(backend.compact))
    let x = inputs[1]
    let width = x.shape[-1]
    let rowCount = x.count / width
    let grain = Self.rowGrain(width)
    let parts = (rowCount + grain - 1) / grain
    let dx = Tensor(uninitialized: x.shape, .float32)
    // Each part adds up its own rows; the parts are added in order, so the bits are the same for
    // any number of threads.
    let partial = backend.fill([2, parts, width], 0, .float32)
    let (pdy, px, pdx) = (
      inputs[0].pointer(Float.self), x.pointer(Float.self), dx.pointer(Float.self)
    )
    let (pm, pi) = (inputs[2].pointer(Float.self), inputs[3].pointer(Float.self))
    let (pp, pw) = (partial.pointer(Float.self), hasWeight ? inputs[4].pointer(Float.self) : nil)
    ThreadPool.forRanges(rowCount, grain: grain) { rows in
      let (row, start, part) = (rows.lowerBound, rows.lowerBound * width, rows.lowerBound / grain)
      fledge_layer_norm_grad_f32(
        pdy + start, px + start, pw, pm + row, pi + row, pdx + start, pp + part * width,
        pp + (parts + part) * width, rows.count, width)
    }
    withExtendedLifetime(inputs) {}
    let sums = backend.reduce(Sum.kernel, partial, axes: [1], dtype: .float32)
    func half(_ i: Int) -> Tensor {
      backend.copy(sums.view(Layout(shape: [width], strides: [1], offset: i * width)))
    }
    return [dx, half(0), half(1)]
  }

  /// Mean and deviation are made from x again: what is saved of them has no derivative.
  func composed(_ inputs: Tensors) -> Tensors? {
    let (dy, x) = (inputs[0], inputs[1])
    let centered = x - x.mean(axis: -1, keepDims: true)
    let inverse = (centered.square().mean(axis: -1, keepDims: true) + epsilon).rsqrt()
    let normalized = centered * inverse
    let g = hasWeight ? dy * inputs[4] : dy
    let shift = (g * normalized).mean(axis: -1, keepDims: true)
    let dx = (g - g.mean(axis: -1, keepDims: true) - normalized * shift) * inverse
    let rows = Array(0..<x.rank - 1)
    return [dx, (dy * normalized).sum(axes: rows), dy.sum(axes: rows)]
  }
}

/// (x − mean) / √(variance + ε) · weight + bias over the last axis.
/// Shape: [*, n], weight [n], bias [n] → [*, n]
public func layerNorm(
  _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  let primitive = LayerNorm(epsilon: epsilon, hasWeight: weight != nil, hasBias: bias != nil)
  return apply(primitive, [x] + [weight, bias].compactMap { $0 })[0]
}

/// (x − mean) / √(variance + ε) · weight + bias over the last axes together, whose sizes are `shape`.
/// Shape: [*, a, b], weight [a, b], bias [a, b] → [*, a, b]
public func layerNorm(
  _ x: Tensor, over shape: Shape, weight: Tensor? = nil, bias: Tensor? = nil,
  epsilon: Double = 1e-5
) -> Tensor {
  let outer = Array(x.shape).dropLast(shape.rank)
  require(
    shape.rank > 0 && x.rank >= shape.rank && Array(x.shape).suffix(shape.rank) == Array(shape)[...],
    LayerNorm.name, "needs [*] and \(shape) behind it, got \(x.shape)")
  for parameter in [weight, bias].compactMap({ $0 }) {
    require(
      parameter.shape == shape, LayerNorm.name,
      "weight and bias must be \(shape), got \(parameter.shape)")
  }
  let row = Shape([shape.count])
  return layerNorm(
    x.reshaped(Shape(outer + [shape.count])), weight: weight?.reshaped(row),
    bias: bias?.reshaped(row), epsilon: epsilon
  ).reshaped(x.shape)
}
