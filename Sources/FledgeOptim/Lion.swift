import CKernels
import FledgeCore
import FledgeNN

/// Lion (Chen et al. 2023): every element moves by the learning rate, in the direction of a sign.
///
///     c = β₁ m + (1 − β₁) g
///     p = (1 − η λ) p − η sign(c)
///     m = β₂ m + (1 − β₂) g
///
/// Rates are 3 to 10 times smaller than AdamW's, decays as many times larger.
public final class Lion: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double

  /// Groups with rates and decays of their own.
  public init(_ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.99) {
    requireBetas(beta1, beta2, "Lion")
    self.beta1 = beta1
    self.beta2 = beta2
    super.init(groups)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-4, beta1: Double = 0.9,
    beta2: Double = 0.99, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2)
  }

  public override func slotNames(at index: Int) -> [String] { ["mean"] }

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    var options = fledge_rule_options(rate: step.learningRate)
    options.keep = 1 - step.learningRate * step.weightDecay
    (options.beta1, options.beta2) = (beta1, beta2)
    if takeFusedStep(fledge_lion_f32, &value, slots, step.gradient, options) { return }
    let direction = (slots[0] * beta1 + step.gradient * (1 - beta1)).sign()
    value *= 1 - step.learningRate * step.weightDecay
    value -= direction * step.learningRate
    slots[0].average(step.gradient, decay: beta2)
  }
}
