import CKernels
import FledgeCore
import FledgeNN

/// Adadelta (Zeiler 2012): steps in the parameter's own unit, from the ratio of two running mean
/// squares; η = 1 is the paper's rule.
///
///     g = g + λ p
///     s = ρ s + (1 − ρ) g²
///     d = √(u + ε) / √(s + ε) · g
///     u = ρ u + (1 − ρ) d²
///     p = p − η d
public final class Adadelta: SlotOptimizer {
  /// ρ.
  public let smoothing: Double
  /// ε, against division by zero.
  public let epsilon: Double

  /// - Parameter smoothing: ρ.
  public init(_ groups: [ParameterGroup], smoothing: Double = 0.9, epsilon: Double = 1e-6) {
    require(
      (0..<1).contains(smoothing), "Adadelta",
      "the smoothing must be in 0 ..< 1, got \(smoothing)")
    self.smoothing = smoothing
    requireEpsilon(epsilon, "Adadelta")
    self.epsilon = epsilon
    super.init(groups)
    Registry.register(AdadeltaUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1, smoothing: Double = 0.9,
    epsilon: Double = 1e-6, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      smoothing: smoothing, epsilon: epsilon)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["square", "update"] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(AdadeltaUpdate(smoothing: smoothing, epsilon: epsilon), &targets, step) {
      StepNumbers(rate: step.learningRate, decay: step.weightDecay)
    }
  }
}

/// The rule of ``Adadelta``.   Shape: p, s, u, dp [*], float64 [6] → p, s, u [*]
struct AdadeltaUpdate: UpdateRule {
  static let name = "adadeltaUpdate"
  static let formula = "s, u = moving averages of g², d²;  p −= η d,  d = √(u + ε) / √(s + ε) · g"
  let smoothing: Double
  let epsilon: Double

  var targetCount: Int { 3 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_adadelta_f32, fledge_rule_options(beta2: smoothing, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let square = targets[1].averaged(g.square(), decay: smoothing)
    let update = (targets[2] + epsilon).sqrt() / (square + epsilon).sqrt() * g
    return [
      targets[0] - update * numbers.rate, square,
      targets[2].averaged(update.square(), decay: smoothing),
    ]
  }
}
