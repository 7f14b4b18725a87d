import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

/// Stochastic gradient descent with momentum (Polyak 1964) and weight decay, in PyTorch's form. One
/// step of a parameter p with the gradient g:
///
///     d = g + λ · p                 the gradient, and with it that of the decay λ/2 · ‖p‖²
///     v ← μ · v + d                 the velocity: gradients of the past fade away by the factor μ
///     p ← p − η · v
///
/// v is 0 before the first step. With Nesterov's look-ahead the last line is p ← p − η · (d + μ · v),
/// with the new v. The learning rate η is not in v: schedules change it from step to step.
///
/// The framework does the rest, as it does for its own optimizers: it goes through the parameters,
/// leaves out those that are frozen or have no gradient, keeps the velocity of each (its *slot*),
/// saves and restores them.
final class MomentumSGD: SlotOptimizer {
  /// μ
  let momentum: Double
  let isNesterov: Bool

  init(
    _ parameters: [AnyParameter], learningRate: Double, momentum: Double = 0,
    isNesterov: Bool = false, weightDecay: Double = 0
  ) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    super.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
  }

  override func slotNames(at index: Int) -> [String] { ["velocity"] }

  /// One step of one parameter.
  ///
  /// - Parameters:
  ///   - value: p; change it with `-=`.
  ///   - slots: the tensors that are kept for this parameter, in the order of ``slotNames(at:)``:
  ///     slots[0] is v, zeros before the first step. Change it, too.
  ///   - step: has the `gradient` g, the `learningRate` η of this step, and the `weightDecay` λ.
  override func advance(_ value: inout Tensor, _ slots: inout [Tensor], _ step: SlotStep) {
    // solution
    let descent = step.gradient + value * step.weightDecay
    slots[0] *= momentum
    slots[0] += descent
    value -= (isNesterov ? descent + slots[0] * momentum : slots[0]) * step.learningRate
    // end solution
  }
}
