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
    requireEpsilon(epsilon, "LAMB")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    super.init(groups)
    Registry.register(LAMBUpdate.self)
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

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(LAMBUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon), &targets, step) {
      let t = Double(step.number)
      var numbers = StepNumbers(rate: step.learningRate, decay: step.weightDecay)
      numbers.ofMean = 1 / (1 - pow(beta1, t))
      numbers.ofRoot = (1 / (1 - pow(beta2, t))).squareRoot()
      return numbers
    }
  }
}

/// The rule of ``LAMB``.   Shape: p, m, v, dp [*], float64 [6] → p, m, v [*]
struct LAMBUpdate: UpdateRule {
  static let name = "lambUpdate"
  static let formula = "m, v = averages of g, g²;  p −= η ‖p‖ / ‖u‖ u,  u = c m / (d √v + ε) + λ p"
  let beta1: Double
  let beta2: Double
  let epsilon: Double

  var targetCount: Int { 3 }

  func takeKernelStep(_ targets: Tensors, _ gradient: Tensor, _ numbers: StepNumbers) -> Bool {
    let constants = fledge_rule_options(beta1: beta1, beta2: beta2, epsilon: epsilon)
    let direction = Tensor(uninitializedLike: targets[0], .float32)
    run(
      fledge_lamb_direction_f32, numbers.options(constants), targets + [direction], gradient)
    let weight = targets[0].sumOfSquares().item().squareRoot()
    let length = direction.sumOfSquares().item().squareRoot()
    let ratio = weight > 0 && length > 0 ? weight / length : 1
    let descent = StepNumbers(rate: numbers.rate * ratio)
    run(fledge_sgd_f32, descent.options(fledge_rule_options()), [targets[0]], direction)
    return true
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let mean = targets[1].averaged(gradient, decay: beta1)
    let square = targets[2].averaged(gradient.square(), decay: beta2)
    let root = square.root * numbers.ofRoot + epsilon
    let direction = mean * numbers.ofMean / root + targets[0] * numbers.decay
    let (weight, length) = (targets[0].euclideanNorm, direction.euclideanNorm)
    let isSound = minimum(weight, length) .> 0
    let divisor = length.masked(where: isSound.not(), with: 1)
    let ratio = (weight / divisor).masked(where: isSound.not(), with: 1)
    return [targets[0] - direction * (numbers.rate * ratio), mean, square]
  }
}
