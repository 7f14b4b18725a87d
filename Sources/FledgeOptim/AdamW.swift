import FledgeCore
import FledgeNN

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019): p = (1 − η λ) p, then the step of
/// ``Adam`` on the plain gradient.
public final class AdamW: Adam {
  override var isDecoupled: Bool { true }

  public override init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    amsgrad: Bool = false
  ) {
    super.init(groups, beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
  }

  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
    amsgrad: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
  }
}
