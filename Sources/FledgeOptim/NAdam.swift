import CKernels
import FledgeCore
import FledgeNN
import Foundation

/// NAdam (Dozat 2016): Adam with Nesterov's look-ahead and a warm-up of the momentum.
///
///     μₜ = β₁ (1 − ½ · 0.96^(t ψ)),  Mₜ = μ₁ · … · μₜ
///     g = g + λ p, or p = (1 − η λ) p where decoupled
///     m = β₁ m + (1 − β₁) g
///     v = β₂ v + (1 − β₂) g²
///     p = p − η [(1 − μₜ) / (1 − Mₜ) g + μₜ₊₁ / (1 − Mₜ₊₁) m] / (√(v / (1 − β₂ᵗ)) + ε)
public final class NAdam: SlotOptimizer {
  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// ψ.
  public let momentumDecay: Double
  /// Whether weight decay shrinks the weight itself.
  public let isDecoupled: Bool
  /// M₀ = 1, M₁, … as far as needed: functions of t alone, so not part of the state.
  private var momentumProducts = [1.0]

  /// - Parameters:
  ///   - momentumDecay: ψ.
  ///   - decoupled: Whether weight decay shrinks the weight itself.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, momentumDecay: Double = 4e-3, decoupled: Bool = false
  ) {
    requireBetas(beta1, beta2, "NAdam")
    requireEpsilon(epsilon, "NAdam")
    require(
      momentumDecay >= 0 && momentumDecay.isFinite, "NAdam",
      "the momentum decay cannot be negative, got \(momentumDecay)")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentumDecay = momentumDecay
    isDecoupled = decoupled
    super.init(groups)
    Registry.register(NAdamUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 2e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, momentumDecay: Double = 4e-3,
    weightDecay: Double = 0, decoupled: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon, momentumDecay: momentumDecay,
      decoupled: decoupled)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["mean", "square"] }

  private func momentum(_ step: Int) -> Double {
    beta1 * (1 - 0.5 * pow(0.96, Double(step) * momentumDecay))
  }

  private func momentumProduct(_ step: Int) -> Double {
    while momentumProducts.count <= step {
      momentumProducts.append(momentumProducts.last! * momentum(momentumProducts.count))
    }
    return momentumProducts[step]
  }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(NAdamUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon), &targets, step) {
      let t = step.number
      var numbers = StepNumbers(
        rate: step.learningRate, decay: step.weightDecay, isDecoupled: isDecoupled)
      numbers.ofGradient = (1 - momentum(t)) / (1 - momentumProduct(t))
      numbers.ofMean = momentum(t + 1) / (1 - momentumProduct(t + 1))
      numbers.ofRoot = (1 / (1 - pow(beta2, Double(t)))).squareRoot()
      return numbers
    }
  }
}

/// The rule of ``NAdam``.   Shape: p, m, v, dp [*], float64 [6] → p, m, v [*]
struct NAdamUpdate: UpdateRule {
  static let name = "nadamUpdate"
  static let formula = "m, v = moving averages of g, g²;  p −= η (c g + d m) / (e √v + ε)"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  var targetCount: Int { 3 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_nadam_f32, fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let p = targets[0] * numbers.keep
    let g = gradient + p * numbers.decay
    let mean = targets[1].averaged(g, decay: beta1)
    let square = targets[2].averaged(g.square(), decay: beta2)
    let root = square.root * numbers.ofRoot + epsilon
    let direction = (g * numbers.ofGradient + mean * numbers.ofMean) / root
    return [p - direction * numbers.rate, mean, square]
  }
}
