import CKernels
import FledgeCore
import FledgeNN

/// LARS (You et al. 2017): momentum with a rate for each layer, from the ratio of its weights' norm
/// to its gradient's; for large batches.
///
///     ρ = τ ‖p‖ / (‖g‖ + λ ‖p‖)               (1 where either norm is 0)
///     v = μ v + η ρ (g + λ p)
///     p = p − v
///
/// A layer is a parameter. Biases and normalizations are usually left to another optimizer.
public final class LARS: SlotOptimizer {
  /// μ.
  public let momentum: Double
  /// τ.
  public let trust: Double

  /// - Parameters:
  ///   - momentum: μ.
  ///   - trust: τ, the share of its own norm that a layer may move by at η = 1.
  public init(_ groups: [ParameterGroup], momentum: Double = 0.9, trust: Double = 0.001) {
    require(
      momentum >= 0 && trust > 0 && momentum.isFinite && trust.isFinite, "LARS",
      "needs a positive trust and no negative momentum, got \(trust) and \(momentum)")
    self.momentum = momentum
    self.trust = trust
    super.init(groups)
    Registry.register(LARSUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double, momentum: Double = 0.9,
    trust: Double = 0.001, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      momentum: momentum, trust: trust)
  }

  public override func slotNames(at index: Int) -> [String] { ["velocity"] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(LARSUpdate(momentum: momentum, trust: trust), &targets, step) {
      StepNumbers(rate: step.learningRate, decay: step.weightDecay)
    }
  }
}

/// The rule of ``LARS``.   Shape: p, v, dp [*], float64 [6] → p, v [*]
struct LARSUpdate: UpdateRule {
  static let name = "larsUpdate"
  static let formula = "v = μ v + η τ ‖p‖ / (‖g‖ + λ ‖p‖) (g + λ p);  p −= v"
  let momentum: Double
  let trust: Double

  var targetCount: Int { 2 }

  func takeKernelStep(_ targets: Tensors, _ gradient: Tensor, _ numbers: StepNumbers) -> Bool {
    let weight = targets[0].sumOfSquares().item().squareRoot()
    let length = gradient.sumOfSquares().item().squareRoot()
    var numbers = numbers
    if weight > 0 && length > 0 {
      numbers.rate *= trust * weight / (length + numbers.decay * weight)
    }
    let constants = fledge_rule_options(momentum: momentum)
    run(fledge_lars_f32, numbers.options(constants), targets, gradient)
    return true
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let (weight, length) = (targets[0].euclideanNorm, gradient.euclideanNorm)
    let isSound = minimum(weight, length) .> 0
    let divisor = (length + weight * numbers.decay).masked(where: isSound.not(), with: 1)
    let ratio = (weight * trust / divisor).masked(where: isSound.not(), with: 1)
    let g = gradient + targets[0] * numbers.decay
    let velocity = targets[1] * momentum + g * (numbers.rate * ratio)
    return [targets[0] - velocity, velocity]
  }
}
