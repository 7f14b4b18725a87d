import FledgeCore
import FledgeNN

/// Adam (Kingma & Ba 2015). Weight decay, if any, is added to the gradient; ``AdamW`` is usually
/// the better choice then.
///
///     g = g + λ p
///     m = β₁ m + (1 − β₁) g
///     v = β₂ v + (1 − β₂) g²
///     p = p − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
public class Adam: Optimizer {
  /// The moments of one parameter, in its shape, and the number of steps it has taken.
  private struct Moments {
    var mean: Tensor
    var square: Tensor
    var step: Int
  }

  /// β₁.
  public let beta1: Double
  /// β₂.
  public let beta2: Double
  /// ε, against division by zero.
  public let epsilon: Double
  /// By the parameter's position; nil before its first step.
  private var moments: [Moments?] = []

  /// Whether decay shrinks the weight itself.
  var isDecoupled: Bool { false }

  /// Groups with rates and decays of their own.
  public init(
    _ groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    requireBetas(beta1, beta2, "Adam")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    super.init(groups)
  }

  /// All parameters with one rate and one decay.
  public convenience init(
    _ parameters: [AnyParameter], learningRate: Double = 1e-3, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0
  ) {
    self.init(
      [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)],
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  public override func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    // Taken out of the array, so that the storage of the moments has no other holder.
    while moments.count <= index { moments.append(nil) }
    var state =
      moments[index].take()
      ?? Moments(
        mean: .zeros(value.shape, dtype: value.dtype),
        square: .zeros(value.shape, dtype: value.dtype), step: 0)
    state.mean.makeUnique()
    state.square.makeUnique()
    state.step += 1
    ExecutionContext.current.backend.adamStep(
      &value, gradient, mean: &state.mean, square: &state.square,
      AdamStep(
        learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        weightDecay: weightDecay, isDecoupled: isDecoupled, step: state.step))
    moments[index] = state
  }

  public override var state: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (index, state) in moments.enumerated() {
      guard let state else { continue }
      result["\(index).mean"] = state.mean
      result["\(index).square"] = state.square
      result["\(index).step"] = Tensor(shape: [], writing: Int64.self) {
        $0[0] = Int64(state.step)
      }
    }
    return result
  }

  public override var stateNames: [(name: String, hasParameterShape: Bool)] {
    [("mean", true), ("square", true), ("step", false)]
  }

  public override func restore(_ state: [String: Tensor]) {
    moments = Array(repeating: nil, count: parameters.count)
    for (index, parameter) in parameters.enumerated() {
      guard let value = parameter.value, let mean = state["\(index).mean"],
        let square = state["\(index).square"], let step = state["\(index).step"]
      else { continue }
      moments[index] = Moments(
        mean: mean.detached().cast(to: value.dtype),
        square: square.detached().cast(to: value.dtype), step: Int(step.item()))
    }
  }
}
