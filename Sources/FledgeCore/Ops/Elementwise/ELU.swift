import CKernels

/// y = x where x > 0, else α (eˣ − 1), the exponential linear unit (Clevert et al. 2016).
/// Shape: [*] → [*]
struct ELU: FusedPrimitive {
  static let name = "elu"
  static let formula = "y = x where x > 0, else α (eˣ − 1)"
  let alpha: Double

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    require(alpha >= 0, Self.name, "α cannot be negative, got \(alpha)")
    return inputs
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    inputs[0].mapped { fledge_elu_f32($0, Float(alpha), $1, $2) }
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(ELUGradient(alpha: alpha), g.dy, g.output)]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    // The exponential of what it is used for: infinity times 0 would be NaN in the gradient.
    let low = inputs[0].clamped(max: 0).expm1() * alpha
    return [Tensor.where(inputs[0] .> 0, inputs[0], low)]
  }

  static var samples: [Sample] {
    [[], [3], [2, 5], [0, 3]].map { Sample(ELU(alpha: 1.3), .distinct($0)) }
  }
}

/// dx = dy where y > 0, else dy (y + α), from the output y.   Shape: [*], [*] → [*]
struct ELUGradient: FusedPrimitive {
  static let name = "eluGradient"
  static let formula = "dx = dy where y > 0, else dy (y + α)"
  let alpha: Double

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[1]] }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    inputs[0].zipped(with: inputs[1]) { fledge_elu_grad_f32($0, $1, Float(alpha), $2, $3) }
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [Tensor.where(inputs[1] .> 0, inputs[0], inputs[0] * (inputs[1] + alpha))]
  }

  static var samples: [Sample] {
    [Sample(ELUGradient(alpha: 1.3), .uniform([2, 5]), .distinct([2, 5]))]
  }
}

/// y = x where x > 0, else α (eˣ − 1).
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor { apply(ELU(alpha: alpha), x) }
