import CKernels
import FledgeCore
import FledgeNN
import Foundation

/// NAdam (Dozat 2016): Adam with Nesterov's look-ahead, its momentum warmed up.
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
    require(
      momentumDecay >= 0, "NAdam", "the momentum decay cannot be negative, got \(momentumDecay)")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentumDecay = momentumDecay
    isDecoupled = decoupled
    super.init(groups)
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

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    let (t, rate) = (step.number, step.learningRate)
    let ofGradient = (1 - momentum(t)) / (1 - momentumProduct(t))
    let ofMean = momentum(t + 1) / (1 - momentumProduct(t + 1))
    let ofSquare = 1 / (1 - pow(beta2, Double(t)))
    var options = fledge_rule_options(rate: rate, decay: isDecoupled ? 0 : step.weightDecay)
    if isDecoupled { options.keep = 1 - rate * step.weightDecay }
    (options.beta1, options.beta2, options.epsilon) = (beta1, beta2, epsilon)
    (options.of_gradient, options.of_mean, options.of_square) = (ofGradient, ofMean, ofSquare)
    if takeFusedStep(fledge_nadam_f32, &value, slots, step.gradient, options) { return }
    if isDecoupled { value *= 1 - rate * step.weightDecay }
    let gradient = isDecoupled ? step.gradient : step.decayedGradient(value)
    slots[0].average(gradient, decay: beta1)
    slots[1].average(gradient.square(), decay: beta2)
    let root = (slots[1] * ofSquare).sqrt() + epsilon
    value -= (gradient * ofGradient + slots[0] * ofMean) / root * rate
  }
}
