import CKernels
import FledgeCore
import FledgeNN
import Foundation

/// RAdam (Liu et al. 2020), as PyTorch computes it: Adam whose steps are scaled to the variance of
/// the mean square, which makes a warm-up needless. The first steps, whose mean square says little,
/// follow the mean alone.
///
///     ρ∞ = 2 / (1 − β₂) − 1,  ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
///     g = g + λ p, or p = (1 − η λ) p where decoupled
///     m = β₁ m + (1 − β₁) g,  v = β₂ v + (1 − β₂) g²
///     ρ > 5:  p = p − η r m / (1 − β₁ᵗ) · √(1 − β₂ᵗ) / (√v + ε)
///             with r = √[(ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ)]
///     else:   p = p − η m / (1 − β₁ᵗ)
public final class RAdam: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// Whether weight decay shrinks the weight itself.
  public let isDecoupled: Bool

  /// - Parameter decoupled: Whether weight decay shrinks the weight itself.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, decoupled: Bool = false
  ) {
    requireBetas(beta1, beta2, "RAdam")
    requireEpsilon(epsilon, "RAdam")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    isDecoupled = decoupled
    super.init(groups)
    Registry.register(RAdamUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0, decoupled: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: decoupled)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["mean", "square"] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(RAdamUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon), &targets, step) {
      let t = Double(step.number)
      var numbers = StepNumbers(
        rate: step.learningRate, decay: step.weightDecay, isDecoupled: isDecoupled)
      numbers.rate /= 1 - pow(beta1, t)
      let correction = 1 - pow(beta2, t)
      let longest = 2 / (1 - beta2) - 1
      let length = longest - 2 * t * pow(beta2, t) / correction
      guard length > 5 else {
        numbers.ofRoot = 0
        return numbers
      }
      let ratio =
        (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
      numbers.rate *= (ratio * correction).squareRoot()
      return numbers
    }
  }
}

/// The rule of ``RAdam``; it divides by the root where the step's `ofRoot` is not 0.
/// Shape: p, m, v, dp [*], float64 [6] → p, m, v [*]
struct RAdamUpdate: UpdateRule {
  static let name = "radamUpdate"
  static let formula =
    "m, v = moving averages of g, g²;  p = (1 − η λ) p − c m / (√v + ε), at first without the root"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  var targetCount: Int { 3 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_radam_f32, fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let mean = targets[1].averaged(g, decay: beta1)
    let square = targets[2].averaged(g.square(), decay: beta2)
    let divisor = (square.root + epsilon).masked(where: numbers.ofRoot .== 0, with: 1)
    return [targets[0] * numbers.keep - mean / divisor * numbers.rate, mean, square]
  }
}
