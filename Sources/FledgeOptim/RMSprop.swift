import CKernels
import FledgeCore
import FledgeNN

/// RMSprop (Hinton 2012, lecture 6e), as PyTorch computes it: the gradient over the root of its mean
/// square.
///
///     g = g + λ p
///     s = α s + (1 − α) g²
///     m = α m + (1 − α) g                     (centered)
///     d = g / (√s + ε), or g / (√(s − m²) + ε) where centered; s − m² is at least the rounding of s
///     v = μ v + d;  p = p − η v               (p = p − η d where μ = 0)
public final class RMSprop: SlotOptimizer {
  /// α.
  public let smoothing: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// μ.
  public let momentum: Double
  /// Whether the variance of the gradient replaces its mean square.
  public let isCentered: Bool

  /// - Parameters:
  ///   - smoothing: α.
  ///   - momentum: μ.
  ///   - centered: Whether the variance of the gradient replaces its mean square.
  public init(
    _ groups: [ParameterGroup], smoothing: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, centered: Bool = false
  ) {
    require(
      (0..<1).contains(smoothing) && momentum >= 0 && momentum.isFinite, "RMSprop",
      "needs a smoothing in 0 ..< 1 and no negative momentum, got \(smoothing) and \(momentum)")
    self.smoothing = smoothing
    requireEpsilon(epsilon, "RMSprop")
    self.epsilon = epsilon
    self.momentum = momentum
    isCentered = centered
    super.init(groups)
    Registry.register(RMSpropUpdate.self)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 0.01, smoothing: Double = 0.99,
    epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      smoothing: smoothing, epsilon: epsilon, momentum: momentum, centered: centered)
  }

  public override var isElementwise: Bool { true }

  public override func slotNames(at index: Int) -> [String] {
    ["square"] + (isCentered ? ["mean"] : []) + (momentum > 0 ? ["velocity"] : [])
  }

  override func takeStep(_ targets: inout Tensors, _ step: SlotStep) {
    let rule = RMSpropUpdate(
      smoothing: smoothing, epsilon: epsilon, momentum: momentum, isCentered: isCentered)
    take(rule, &targets, step) {
      StepNumbers(rate: step.learningRate, decay: step.weightDecay)
    }
  }
}

/// The rule of ``RMSprop``.   Shape: p, s, (m, v), dp [*], float64 [6] → p, s, (m, v) [*]
struct RMSpropUpdate: UpdateRule {
  static let name = "rmspropUpdate"
  static let formula = "s = α s + (1 − α) g²;  p −= η g / (√s + ε)"
  let smoothing: Double
  let epsilon: Double
  let momentum: Double
  let isCentered: Bool

  var targetCount: Int { 2 + (isCentered ? 1 : 0) + (momentum > 0 ? 1 : 0) }
  var kernel: (function: fledge_rule, constants: fledge_rule_options)? {
    let function: fledge_rule =
      switch (isCentered, momentum > 0) {
      case (false, false): fledge_rmsprop_f32
      case (true, false): fledge_rmsprop_centered_f32
      case (false, true): fledge_rmsprop_momentum_f32
      case (true, true): fledge_rmsprop_both_f32
      }
    return (
      function, fledge_rule_options(beta2: smoothing, momentum: momentum, epsilon: epsilon)
    )
  }

  func next(_ targets: Tensors, _ gradient: Tensor, _ numbers: RuleNumbers) -> Tensors {
    let g = gradient + targets[0] * numbers.decay
    var next: Tensors = [targets[0], targets[1].averaged(g.square(), decay: smoothing)]
    var variance = next[1]
    if isCentered {
      next.append(targets[2].averaged(g, decay: smoothing))
      variance = variance - next[2].square()
      // Less than the rounding of s is noise, and may be negative.
      variance = maximum(variance, next[1] * numbers.dtype.epsilon)
    }
    var direction = g / (variance.root + epsilon)
    if momentum > 0 {
      direction = targets[targetCount - 1] * momentum + direction
      next.append(direction)
    }
    next[0] = targets[0] - direction * numbers.rate
    return next
  }
}
