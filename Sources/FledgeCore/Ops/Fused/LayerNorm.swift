/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016).
/// Shape: [*, n], weight [n], bias [n] → [*, n], mean [*], 1/√(variance + ε) [*]
struct LayerNorm: Primitive {
  static let name = "layerNorm"
  static let formula = "y = (x − mean) / √(variance + ε) · weight + bias over the last axis"
  let epsilon: Double
  let hasWeight: Bool
  let hasBias: Bool

  var saves: SavedValues { [.inputs, .output(1), .output(2)] }
  var auxiliaryOutputCount: Int { 2 }

  func outputTypes(of inputs: [TensorType]) -> [TensorType] {
    requireFloatingPoint(inputs, Self.name)
    let x = inputs[0]
    require(x.shape.rank > 0, Self.name, "of a scalar")
    for parameter in inputs.dropFirst() {
      require(
        parameter.shape == [x.shape[-1]] && parameter.dtype == x.dtype, Self.name,
        "weight and bias must be \(x.dtype)[\(x.shape[-1])] for an input \(x), got \(parameter)")
    }
    let rows = TensorType(shape: Shape(Array(x.shape.dropLast())), dtype: x.dtype)
    return [x, rows, rows]
  }

  private func weight(_ inputs: [Tensor]) -> Tensor? { hasWeight ? inputs[1] : nil }
  private func bias(_ inputs: [Tensor]) -> Tensor? { hasBias ? inputs[inputs.count - 1] : nil }

  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    let result = backend.layerNorm(
      inputs[0], weight: weight(inputs), bias: bias(inputs), epsilon: epsilon)
    return [result.y, result.mean, result.inverseDeviation]
  }

  func gradients(_ g: GradientContext) -> [Tensor?] {
    let result = ExecutionContext.current.backend.layerNormGradient(
      g.dy, x: g.input(0), weight: hasWeight ? g.input(1) : nil, mean: g.output(1),
      inverseDeviation: g.output(2))
    return [result.dx] + (hasWeight ? [result.dweight] : []) + (hasBias ? [result.dbias] : [])
  }

  func composed(_ inputs: [Tensor]) -> [Tensor]? {
    let x = inputs[0]
    let mean = x.mean(axis: -1, keepDims: true)
    let inverse = ((x - mean).square().mean(axis: -1, keepDims: true) + epsilon).rsqrt()
    var y = (x - mean) * inverse
    if let weight = weight(inputs) { y = y * weight }
    if let bias = bias(inputs) { y = y + bias }
    return [y, mean.squeezed(axis: -1), inverse.squeezed(axis: -1)]
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

/// (x − mean) / √(variance + ε) · weight + bias over the last axis.
/// Shape: [*, n], weight [n], bias [n] → [*, n]
public func layerNorm(
  _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  let primitive = LayerNorm(epsilon: epsilon, hasWeight: weight != nil, hasBias: bias != nil)
  return apply(primitive, [x] + [weight, bias].compactMap { $0 })[0]
}
