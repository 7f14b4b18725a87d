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
    self.epsilon = epsilon
    super.init(groups)
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

  public override func slotNames(at index: Int) -> [String] { ["square", "update"] }

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    var options = fledge_rule_options(rate: step.learningRate, decay: step.weightDecay)
    (options.beta2, options.epsilon) = (smoothing, epsilon)
    if takeFusedStep(fledge_adadelta_f32, &value, slots, step.gradient, options) { return }
    let gradient = step.decayedGradient(value)
    slots[0].average(gradient.square(), decay: smoothing)
    let update = (slots[1] + epsilon).sqrt() / (slots[0] + epsilon).sqrt() * gradient
    slots[1].average(update.square(), decay: smoothing)
    value -= update * step.learningRate
  }
}
