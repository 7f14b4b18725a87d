/// A ``UnaryElementwise`` whose gradient is one pass, too: dx from dy and what it saved.
public protocol Activation: UnaryElementwise {
  /// dx = dy · f′, from the output where ``Primitive/saves`` is `.outputs`, from the input otherwise.
  func gradient<T: ScalarNumber>(_ dy: T, _ saved: T) -> T
  /// The gradient as backends take it: see ``UnaryElementwise/kernel``.
  var gradientKernel: BinaryKernel { get }
}

extension Activation {
  @inlinable
  public var gradientKernel: BinaryKernel { BinaryKernel(gradientOf: self) }

  public func gradients(_ g: GradientContext) -> Gradients {
    let saved = saves.containsOutput(0) ? g.output : g.input(0)
    return [apply(ActivationGradient(of: self), g.dy, saved)]
  }
}

/// dx = dy · f′(x) in one pass, for the activations whose derivative takes several operations.
/// Shape: [*], [*] → [*]
///
/// Its own derivative is that of the definition, in tensor operations.
struct ActivationGradient: BinaryElementwise {
  static let name = "activationGradient"
  static let formula = "dx = dy · f′, one pass for each of the activations"
  let activation: any Activation

  init(of activation: any Activation) { self.activation = activation }

  func value<T: ScalarNumber>(_ dy: T, _ saved: T) -> T { activation.gradient(dy, saved) }
  var kernel: BinaryKernel { activation.gradientKernel }

  func sourceText(_ dialect: SourceDialect, _ dtype: DType, named name: String) -> String {
    ScalarExpression.source(["dy", "saved"], named: name, dialect, dtype) { value($0[0], $0[1]) }
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (dy, saved) = (inputs[0], inputs[1])
    requireFloatingPoint(dy, Self.name)
    requireSameDType(dy, saved, Self.name)
    return saved
  }

  static var samples: [Sample] {
    let activations = Registry.builtIn.compactMap { type in
      type is any Activation.Type ? type.samples.first?.primitive as? any Activation : nil
    }
    return activations.map {
      Sample(ActivationGradient(of: $0), .uniform([2, 5]), .distinct([2, 5]))
    }
  }
}

// The activation is written as its name, with its own attributes beside it.
extension ActivationGradient {
  private enum CodingKeys: String, CodingKey { case activation }

  static func == (a: Self, b: Self) -> Bool {
    AnyHashable(a.activation) == AnyHashable(b.activation)
  }
  func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(activation)) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type(of: activation).name, forKey: .activation)
    try activation.encode(to: encoder)
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .activation)
    guard let type = Registry.primitive(named: name) as? any Activation.Type else {
      throw DecodingError.dataCorruptedError(
        forKey: .activation, in: container, debugDescription: "no activation is named `\(name)`")
    }
    activation = try type.init(from: decoder)
  }
}
