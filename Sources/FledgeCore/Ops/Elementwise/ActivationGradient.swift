/// dx = dy · f′(x) in one pass, for the activations whose derivative takes several operations.
/// Shape: [*], [*] → [*]
///
/// Its own derivative goes through the composed form.
struct ActivationGradient: SingleOutput {
  static let name = "activationGradient"
  static let formula = "dx = dy · f′, one pass for each of the activations"

  /// From dy and what the activation saved (its input or its output).
  let kernel: BinaryKernel
  let derivative: @Sendable (_ saved: Tensor) -> Tensor

  func outputType(of inputs: InputTypes) -> TensorType { inputs[1] }

  func output(_ inputs: [Tensor], on backend: any Backend) -> Tensor {
    backend.zip(kernel, inputs[0], inputs[1])
  }

  func composed(_ inputs: [Tensor]) -> [Tensor]? { [inputs[0] * derivative(inputs[1])] }

  static var samples: [Sample] {
    let all = [
      ReLU.gradient, Tanh.gradient, Sigmoid.gradient, GELU.gradient, ExactGELU.gradient,
      SiLU.gradient, Softplus.gradient, HardSwish.gradient, Mish.gradient,
    ]
    return all.flatMap { [Sample($0, .uniform([2, 5]), .distinct([2, 5]))] }
  }
}
