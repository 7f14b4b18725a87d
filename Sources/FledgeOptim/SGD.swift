import FledgeCore
import FledgeNN

/// Stochastic gradient descent with momentum, as PyTorch computes it (dampening 0).
///
///     d = g + λ p
///     v = μ v + d                (v = d at the first step)
///     p = p − η (v, or d + μ v with Nesterov's look-ahead; d itself where μ = 0)
public final class SGD: Optimizer {
  /// μ.
  public let momentum: Double
  /// Whether the step looks ahead.
  public let isNesterov: Bool
  private var velocities: [Int: Tensor] = [:]

  /// Groups with rates and decays of their own.
  public init(_ groups: [ParameterGroup], momentum: Double = 0, nesterov: Bool = false) {
    require(momentum >= 0, "SGD", "the momentum cannot be negative, got \(momentum)")
    require(!nesterov || momentum > 0, "SGD", "Nesterov's look-ahead needs a momentum above 0")
    self.momentum = momentum
    isNesterov = nesterov
    super.init(groups)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double, momentum: Double = 0,
    nesterov: Bool = false, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      momentum: momentum, nesterov: nesterov)
  }

  public override func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    // Taken out of the dictionary, so that its storage has no other holder.
    var velocity = velocities.removeValue(forKey: index)
    velocity?.makeUnique()
    ExecutionContext.current.backend.sgdStep(
      &value, gradient, momentum: &velocity,
      SGDStep(
        learningRate: learningRate, momentum: momentum, isNesterov: isNesterov,
        weightDecay: weightDecay))
    velocities[index] = velocity
  }

  public override var state: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: velocities.map { ("\($0).velocity", $1) })
  }

  public override var stateNames: [(name: String, hasParameterShape: Bool)] {
    [("velocity", true)]
  }

  public override func restore(_ state: [String: Tensor]) {
    velocities = [:]
    for (index, parameter) in parameters.enumerated() {
      if let velocity = state["\(index).velocity"], let value = parameter.value {
        velocities[index] = velocity.detached().cast(to: value.dtype)
      }
    }
  }
}
