import CKernels
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
    requireBetas(beta1, beta2, "LAMB")
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
    let update = direction(&value, &slots, step)
    let (weight, length) = (value.euclideanNorm, update.euclideanNorm)
    let ratio = weight > 0 && length > 0 ? weight / length : 1
    var velocity: Tensor?
    ExecutionContext.current.backend.sgdStep(
      &value, update, momentum: &velocity,
      SGDStep(
        learningRate: step.learningRate * ratio, momentum: 0, isNesterov: false, weightDecay: 0))
  }

  /// u, the moments with this step's gradient in them.
  private func direction(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) -> Tensor {
    let t = Double(step.number)
    let (ofMean, ofSquare) = (1 / (1 - pow(beta1, t)), 1 / (1 - pow(beta2, t)))
    var options = fledge_rule_options(rate: 0, decay: step.weightDecay)
    (options.beta1, options.beta2, options.epsilon) = (beta1, beta2, epsilon)
    (options.of_mean, options.of_square) = (ofMean, ofSquare)
    let direction = Tensor(uninitializedLike: value, value.dtype)
    if takeFusedStep(
      fledge_lamb_direction_f32, &value, slots + [direction], step.gradient, options)
    {
      return direction
    }
    slots[0].average(step.gradient, decay: beta1)
    slots[1].average(step.gradient.square(), decay: beta2)
    let root = (slots[1] * ofSquare).sqrt() + epsilon
    return slots[0] * ofMean / root + value * step.weightDecay
  }
}
