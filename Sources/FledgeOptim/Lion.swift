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
    Registry.register(LionUpdate.self)
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

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["mean"] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(LionUpdate(beta1: beta1, beta2: beta2), &targets, step) {
      StepNumbers(rate: step.learningRate, decay: step.weightDecay, isDecoupled: true)
    }
  }
}

/// The rule of ``Lion``.   Shape: p, m, dp [*], float64 [6] → p, m [*]
struct LionUpdate: UpdateRule {
  static let name = "lionUpdate"
  static let formula = "p = (1 − η λ) p − η sign(β₁ m + (1 − β₁) g);  m = β₂ m + (1 − β₂) g"
  let beta1: Double
  let beta2: Double

  var targetCount: Int { 2 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_lion_f32, fledge_rule_options(beta1: beta1, beta2: beta2))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let direction = targets[1].averaged(gradient, decay: beta1).sign()
    return [
      targets[0] * numbers.keep - direction * numbers.rate,
      targets[1].averaged(gradient, decay: beta2),
    ]
  }
}
