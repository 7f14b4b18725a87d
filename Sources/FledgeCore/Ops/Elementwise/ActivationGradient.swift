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

  func outputType(of inputs: TensorTypes) -> TensorType { inputs[1] }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    backend.zip(kernel, inputs[0], inputs[1])
  }

  func composed(_ inputs: Tensors) -> Tensors? { [inputs[0] * derivative(inputs[1])] }

  private static var all: [ActivationGradient] {
    [
      ReLU.gradient, Tanh.gradient, Sigmoid.gradient, GELU.gradient, ExactGELU.gradient,
      SiLU.gradient, Softplus.gradient, HardSwish.gradient, Mish.gradient,
    ]
  }

  init(kernel: BinaryKernel, derivative: @escaping @Sendable (Tensor) -> Tensor) {
    (self.kernel, self.derivative) = (kernel, derivative)
  }

  private enum CodingKeys: String, CodingKey { case activation }

  static func == (a: Self, b: Self) -> Bool { a.kernel.name == b.kernel.name }
  func hash(into hasher: inout Hasher) { hasher.combine(kernel.name) }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kernel.name, forKey: .activation)
  }
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .activation)
    self = Self.all.first { $0.kernel.name == name }!
  }

  static var samples: [Sample] {
    return Self.all.flatMap { [Sample($0, .uniform([2, 5]), .distinct([2, 5]))] }
  }
}
