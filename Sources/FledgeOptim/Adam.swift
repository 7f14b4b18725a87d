import CKernels
import FledgeCore
import FledgeNN
import Foundation

/// Adam (Kingma & Ba 2015). Weight decay, if any, is added to the gradient; ``AdamW`` is usually
/// the better choice then.
///
///     g = g + λ p
///     m = β₁ m + (1 − β₁) g
///     v = β₂ v + (1 − β₂) g²
///     p = p − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
///
/// As AMSGrad (Reddi et al. 2018) it divides by the root of the largest v so far.
public class Adam: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// Whether the largest v so far takes the place of v.
  public let isAMSGrad: Bool

  /// Whether decay shrinks the weight itself.
  var isDecoupled: Bool { false }

  /// Groups with rates and decays of their own.
  ///
  /// - Parameter amsgrad: Whether the largest v so far takes the place of v.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    amsgrad: Bool = false
  ) {
    requireBetas(beta1, beta2, "Adam")
    requireEpsilon(epsilon, "Adam")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    isAMSGrad = amsgrad
    super.init(groups)
    Registry.register(AdamUpdate.self)
    Registry.register(AMSGradUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] {
    isAMSGrad ? ["mean", "square", "largestSquare"] : ["mean", "square"]
  }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    let rule = AdamUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon)
    if isAMSGrad {
      let largest = AMSGradUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon)
      return take(largest, &targets, step) { rule.numbers(step, isDecoupled: isDecoupled) }
    }
    take(rule, &targets, step) { rule.numbers(step, isDecoupled: isDecoupled) }
  }
}

/// The rule of ``Adam`` and ``AdamW``.   Shape: p, m, v, dp [*], float64 [6] → p, m, v [*]
struct AdamUpdate: UpdateRule {
  static let name = "adamUpdate"
  static let formula = "m, v = moving averages of g, g²;  p = (1 − η λ) p − c m / (d √v + ε)"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  /// The bias corrections: one of the mean is in the rate, η / (1 − β₁ᵗ), the other 1 / √(1 − β₂ᵗ).
  func numbers(_ step: SlotStep, isDecoupled: Bool) -> StepNumbers {
    let t = Double(step.number)
    var numbers = StepNumbers(
      rate: step.learningRate, decay: step.weightDecay, isDecoupled: isDecoupled)
    numbers.rate /= 1 - pow(beta1, t)
    numbers.ofRoot = 1 / (1 - pow(beta2, t)).squareRoot()
    return numbers
  }

  var targetCount: Int { 3 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_adam_f32, fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let mean = targets[1].averaged(g, decay: beta1)
    let square = targets[2].averaged(g.square(), decay: beta2)
    let root = square.root * numbers.ofRoot + epsilon
    return [targets[0] * numbers.keep - mean / root * numbers.rate, mean, square]
  }
}

/// The rule of ``Adam`` and ``AdamW`` as AMSGrad.
/// Shape: p, m, v, u, dp [*], float64 [6] → p, m, v, u [*]
struct AMSGradUpdate: UpdateRule {
  static let name = "amsgradUpdate"
  static let formula =
    "m, v = moving averages of g, g²;  u = max(u, v);  p = (1 − η λ) p − c m / (d √u + ε)"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  var targetCount: Int { 4 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_amsgrad_f32, fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let mean = targets[1].averaged(g, decay: beta1)
    let square = targets[2].averaged(g.square(), decay: beta2)
    let largest = maximum(targets[3], square)
    let root = largest.root * numbers.ofRoot + epsilon
    return [targets[0] * numbers.keep - mean / root * numbers.rate, mean, square, largest]
  }
}
