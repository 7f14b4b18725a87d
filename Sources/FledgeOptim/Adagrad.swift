import CKernels
import FledgeCore
import FledgeNN

/// Adagrad (Duchi et al. 2011): each element's rate falls with the gradients it has had.
///
///     g = g + λ p
///     s = s + g²
///     p = p − η / (1 + (t − 1) δ) · g / (√s + ε)
public final class Adagrad: SlotOptimizer {
  /// δ.
  public let rateDecay: Double
  /// s before the first step.
  public let initialAccumulator: Double
  /// ε, against division by zero.
  public let epsilon: Double

  /// - Parameters:
  ///   - rateDecay: δ.
  ///   - initialAccumulator: s before the first step.
  public init(
    _ groups: [ParameterGroup], rateDecay: Double = 0, initialAccumulator: Double = 0,
    epsilon: Double = 1e-10
  ) {
    require(
      rateDecay >= 0 && initialAccumulator >= 0 && rateDecay.isFinite
        && initialAccumulator.isFinite, "Adagrad",
      "rate decay and initial accumulator cannot be negative, got \(rateDecay) and "
        + "\(initialAccumulator)")
    self.rateDecay = rateDecay
    self.initialAccumulator = initialAccumulator
    requireEpsilon(epsilon, "Adagrad")
    self.epsilon = epsilon
    super.init(groups)
    Registry.register(AdagradUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 0.01, rateDecay: Double = 0,
    initialAccumulator: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      rateDecay: rateDecay, initialAccumulator: initialAccumulator, epsilon: epsilon)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] { ["sum"] }
  public override func startingValue(ofSlot slot: Int) -> Double { initialAccumulator }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    take(AdagradUpdate(epsilon: epsilon), &targets, step) {
      let rate = step.learningRate / (1 + Double(step.number - 1) * rateDecay)
      return StepNumbers(rate: rate, decay: step.weightDecay)
    }
  }
}

/// The rule of ``Adagrad``.   Shape: p, s, dp [*], float64 [6] → p, s [*]
struct AdagradUpdate: UpdateRule {
  static let name = "adagradUpdate"
  static let formula = "s += g²;  p −= η g / (√s + ε)"
  let epsilon: Double

  var targetCount: Int { 2 }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    (fledge_adagrad_f32, fledge_rule_options(epsilon: epsilon))
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    let sum = targets[1] + g.square()
    return [targets[0] - g / (sum.root + epsilon) * numbers.rate, sum]
  }
}
