import FledgeCore
import FledgeNN

/// Parameters that share a learning rate and a weight decay.
///
/// Their state is kept under their paths in the model that listed them last. Two models in one
/// optimizer have paths in common; they are numbered, `0.head.weight` and `1.head.weight`, unless their
/// groups have names:
///
///     Adam([
///       ParameterGroup(encoder.parameters(), named: "encoder", learningRate: 1e-4),
///       ParameterGroup(decoder.parameters(), named: "decoder", learningRate: 1e-3),
///     ])
public struct ParameterGroup {
  /// Whose steps are taken with this rate and decay.
  public let parameters: [AnyParameter]
  /// η, before the optimizer's ``Optimizer/learningRateFactor``.
  public var learningRate: Double
  /// λ.
  public var weightDecay: Double
  /// Whether steps go up the gradients: for a return, a likelihood, an adversary.
  public var isMaximizing: Bool
  /// The paths of each parameter when the group was made, the group's name before them.
  let paths: [[String]]

  /// Traps on a negative rate or decay.
  ///
  /// - Parameters:
  ///   - name: The prefix of the parameters' paths in the names of their state.
  ///   - maximize: Whether steps go up the gradients. Weight decay still shrinks the weights.
  public init(
    _ parameters: [AnyParameter], named name: String? = nil, learningRate: Double,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    require(
      learningRate >= 0 && weightDecay >= 0 && learningRate.isFinite && weightDecay.isFinite,
      "ParameterGroup",
      "learning rate and weight decay must be finite and cannot be negative, got \(learningRate) and \(weightDecay)")
    self.parameters = parameters
    paths = parameters.map { parameter in
      name.map { name in parameter.paths.map { "\(name).\($0)" } } ?? parameter.paths
    }
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    isMaximizing = maximize
  }
}

extension Module {
  /// Two groups, the usual ones for Transformers: matrices and embeddings (two axes or more) decay,
  /// biases and the weights of normalizations do not.
  public func parameterGroups(
    learningRate: Double, decayingMatricesBy weightDecay: Double
  ) -> [ParameterGroup] {
    let parameters = parameters()
    return [
      ParameterGroup(
        parameters.filter { $0.rank >= 2 }, learningRate: learningRate, weightDecay: weightDecay),
      ParameterGroup(parameters.filter { $0.rank < 2 }, learningRate: learningRate),
    ]
  }
}

extension AnyParameter {
  fileprivate var rank: Int { shape?.rank ?? 0 }
}
