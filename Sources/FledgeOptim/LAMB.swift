import FledgeCore
import FledgeNN
import Foundation

/// LAMB (You et al. 2020): Adam's direction, scaled for each layer to the norm of its weights; for
/// large batches.
///
///     m = β₁ m + (1 − β₁) g,  v = β₂ v + (1 − β₂) g²
///     u = (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) + λ p
///     p = p − η ‖p‖ / ‖u‖ · u                 (ratio 1 where either norm is 0)
///
/// A layer is a parameter.
public final class LAMB: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double

  /// Groups with rates and decays of their own.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6
  ) {
    require(
      (0..<1).contains(beta1) && (0..<1).contains(beta2), "LAMB",
      "the betas must be in 0 ..< 1, got \(beta1) and \(beta2)")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    super.init(groups)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-6, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public override func slotNames(at index: Int) -> [String] { ["mean", "square"] }

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    let t = Double(step.number)
    slots[0].average(step.gradient, decay: beta1)
    slots[1].average(step.gradient.square(), decay: beta2)
    let root = (slots[1] / (1 - pow(beta2, t))).sqrt() + epsilon
    var update = slots[0] / (1 - pow(beta1, t)) / root
    if step.weightDecay > 0 { update += value * step.weightDecay }
    let (weight, direction) = (value.euclideanNorm, update.euclideanNorm)
    let ratio = weight > 0 && direction > 0 ? weight / direction : 1
    value -= update * (step.learningRate * ratio)
  }
}
