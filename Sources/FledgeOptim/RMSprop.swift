import CKernels
import FledgeCore
import FledgeNN

/// RMSprop (Hinton 2012, lecture 6e), as PyTorch computes it: the gradient over the root of its mean
/// square.
///
///     g = g + λ p
///     s = α s + (1 − α) g²
///     m = α m + (1 − α) g                     (centered)
///     d = g / (√s + ε), or g / (√(s − m²) + ε) where centered
///     v = μ v + d;  p = p − η v               (p = p − η d where μ = 0)
public final class RMSprop: SlotOptimizer {
  /// α.
  public let smoothing: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// μ.
  public let momentum: Double
  /// Whether the variance of the gradient takes the place of its mean square.
  public let isCentered: Bool

  /// - Parameters:
  ///   - smoothing: α.
  ///   - momentum: μ.
  ///   - centered: Whether the variance of the gradient takes the place of its mean square.
  public init(
    _ groups: [ParameterGroup], smoothing: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, centered: Bool = false
  ) {
    require(
      (0..<1).contains(smoothing) && momentum >= 0, "RMSprop",
      "needs a smoothing in 0 ..< 1 and no negative momentum, got \(smoothing) and \(momentum)")
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.momentum = momentum
    isCentered = centered
    super.init(groups)
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

  public override func slotNames(at index: Int) -> [String] {
    ["square"] + (isCentered ? ["mean"] : []) + (momentum > 0 ? ["velocity"] : [])
  }

  public override func advance(
    _ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep
  ) {
    var options = fledge_rule_options(rate: step.learningRate, decay: step.weightDecay)
    (options.beta2, options.epsilon, options.momentum) = (smoothing, epsilon, momentum)
    let kernel: fledge_rule =
      switch (isCentered, momentum > 0) {
      case (false, false): fledge_rmsprop_f32
      case (true, false): fledge_rmsprop_centered_f32
      case (false, true): fledge_rmsprop_momentum_f32
      case (true, true): fledge_rmsprop_both_f32
      }
    if takeFusedStep(kernel, &value, slots, step.gradient, options) { return }
    let gradient = step.decayedGradient(value)
    slots[0].average(gradient.square(), decay: smoothing)
    var variance = slots[0]
    if isCentered {
      slots[1].average(gradient, decay: smoothing)
      variance = variance - slots[1].square()
    }
    var direction = gradient / (variance.sqrt() + epsilon)
    if momentum > 0 {
      let last = slots.count - 1
      slots[last] *= momentum
      slots[last] += direction
      direction = slots[last]
    }
    value -= direction * step.learningRate
  }
}
