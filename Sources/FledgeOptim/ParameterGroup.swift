import FledgeCore
import FledgeNN

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup {
  /// Whose steps are taken with this rate and decay.
  public let parameters: [AnyParameter]
  /// η, before the optimizer's ``Optimizer/learningRateFactor``.
  public var learningRate: Double
  /// λ.
  public var weightDecay: Double

  /// Traps on a negative rate or decay.
  public init(_ parameters: [AnyParameter], learningRate: Double, weightDecay: Double = 0) {
    require(
      learningRate >= 0 && weightDecay >= 0, "ParameterGroup",
      "learning rate and weight decay cannot be negative, got \(learningRate) and \(weightDecay)")
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
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
  fileprivate var rank: Int { value?.rank ?? 0 }
}
