import CKernels
import FledgeCore
import FledgeNN

/// LARS (You et al. 2017): momentum with a rate for each layer, from the ratio of its weights' norm
/// to its gradient's; for large batches.
///
///     ρ = τ ‖p‖ / (‖g‖ + λ ‖p‖)               (1 where either norm is 0)
///     v = μ v + η ρ (g + λ p)
///     p = p − v
///
/// A layer is a parameter. Biases and normalizations are usually left to another optimizer.
public final class LARS: SlotOptimizer {
  /// μ.
  public let momentum: Double
  /// τ.
  public let trust: Double

  /// - Parameters:
  ///   - momentum: μ.
  ///   - trust: τ, the share of its own norm that a layer may move by at η = 1.
  public init(_ groups: [ParameterGroup], momentum: Double = 0.9, trust: Double = 0.001) {
    require(
      momentum >= 0 && trust > 0, "LARS",
      "needs a positive trust and no negative momentum, got \(trust) and \(momentum)")
    self.momentum = momentum
    self.trust = trust
    super.init(groups)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double, momentum: Double = 0.9,
    trust: Double = 0.001, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      momentum: momentum, trust: trust)
  }

  public override func slotNames(at index: Int) -> [String] { ["velocity"] }

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    let (weight, gradient) = (value.euclideanNorm, step.gradient.euclideanNorm)
    let ratio =
      weight > 0 && gradient > 0
      ? trust * weight / (gradient + step.weightDecay * weight) : 1
    var options = fledge_rule_options(
      rate: step.learningRate * ratio, decay: step.weightDecay)
    options.momentum = momentum
    if takeFusedStep(fledge_lars_f32, &value, slots, step.gradient, options) { return }
    slots[0] *= momentum
    slots[0] += step.decayedGradient(value) * (step.learningRate * ratio)
    value -= slots[0]
  }
}
