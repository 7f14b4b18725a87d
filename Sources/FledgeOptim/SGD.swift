import CKernels
import FledgeCore
import FledgeNN

/// Stochastic gradient descent with momentum, as PyTorch computes it.
///
///     d = g + λ p
///     v = μ v + (1 − τ) d        (v = d in the first step)
///     p = p − η (v, or d + μ v with Nesterov's look-ahead; d itself where μ = 0)
public final class SGD: SlotOptimizer {
  /// μ.
  public let momentum: Double
  /// τ.
  public let dampening: Double
  /// Whether the step looks ahead.
  public let isNesterov: Bool

  /// Groups with rates and decays of their own.
  ///
  /// - Parameter dampening: τ, the share of each gradient that the velocity leaves out.
  public init(
    _ groups: [ParameterGroup], momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false
  ) {
    require(
      momentum >= 0 && momentum.isFinite && dampening.isFinite, "SGD",
      "the momentum must be finite and cannot be negative, got \(momentum) with dampening "
        + "\(dampening)")
    require(
      !nesterov || (momentum > 0 && dampening == 0), "SGD",
      "Nesterov's look-ahead needs a momentum above 0 and no dampening, got \(momentum) and "
        + "\(dampening)")
    self.momentum = momentum
    self.dampening = dampening
    isNesterov = nesterov
    super.init(groups)
    Registry.register(SGDUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double, momentum: Double = 0,
    dampening: Double = 0, nesterov: Bool = false, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      momentum: momentum, dampening: dampening, nesterov: nesterov)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { momentum > 0 ? ["velocity"] : [] }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    let rule = SGDUpdate(
      momentum: momentum, isDampened: dampening != 0, isNesterov: isNesterov)
    take(rule, &targets, step) {
      var numbers = StepNumbers(rate: step.learningRate, decay: step.weightDecay)
      numbers.ofGradient = step.number == 1 ? 1 : 1 - dampening
      return numbers
    }
  }
}

/// The rule of ``SGD``.   Shape: p, (v), dp [*], float64 [6] → p, (v) [*]
struct SGDUpdate: UpdateRule {
  static let name = "sgdUpdate"
  static let formula = "v = μ v + g + λ p;  p −= η v"
  let momentum: Double
  /// Whether 1 − τ, one of the numbers of the step, multiplies the gradient.
  var isDampened = false
  let isNesterov: Bool

  var targetCount: Int { momentum > 0 ? 2 : 1 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    let function: fledge_rule =
      momentum == 0
      ? fledge_sgd_f32
      : isNesterov
        ? fledge_sgd_nesterov_f32 : isDampened ? fledge_sgd_dampened_f32 : fledge_sgd_momentum_f32
    return (function, fledge_rule_options(momentum: momentum))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let descent = gradient + targets[0] * numbers.decay
    if momentum == 0 { return [targets[0] - descent * numbers.rate] }
    let share = isDampened ? descent * numbers.ofGradient : descent
    let velocity = targets[1] * momentum + share
    let direction = isNesterov ? descent + velocity * momentum : velocity
    return [targets[0] - direction * numbers.rate, velocity]
  }
}
