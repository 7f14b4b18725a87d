import CKernels
import FledgeCore
import FledgeNN
import Foundation

/// Adamax (Kingma & Ba 2015, section 7.1), as PyTorch computes it: Adam with the largest gradient,
/// slowly forgotten, in the place of the root of the mean square.
///
///     g = g + λ p
///     m = β₁ m + (1 − β₁) g
///     u = max(β₂ u, |g| + ε)
///     p = p − η / (1 − β₁ᵗ) · m / u
public final class Adamax: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double

  /// Groups with rates and decays of their own.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    requireBetas(beta1, beta2, "Adamax")
    requireEpsilon(epsilon, "Adamax")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    super.init(groups)
    Registry.register(AdamaxUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 2e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["mean", "largest"] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(AdamaxUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon), &targets, step) {
      var numbers = StepNumbers(rate: step.learningRate, decay: step.weightDecay)
      numbers.rate /= 1 - pow(beta1, Double(step.number))
      return numbers
    }
  }
}

/// The rule of ``Adamax``.   Shape: p, m, u, dp [*], float64 [6] → p, m, u [*]
struct AdamaxUpdate: UpdateRule {
  static let name = "adamaxUpdate"
  static let formula = "m = moving average of g;  u = max(β₂ u, |g| + ε);  p −= c m / u"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  var targetCount: Int { 3 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_adamax_f32, fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let mean = targets[1].averaged(g, decay: beta1)
    let largest = maximum(targets[2] * beta2, g.abs() + epsilon)
    return [targets[0] - mean / largest * numbers.rate, mean, largest]
  }
}
