import FledgeCore

/// Normalizes each group of channels over its channels and positions, image by image (Wu & He
/// 2018), see ``/FledgeCore/groupNorm(_:groups:weight:bias:epsilon:)``.
///
/// Shape: [N, channels, …] → the same. Weight starts at 1, bias at 0.
public final class GroupNorm: Module, Layer {
  /// [channels]
  @Parameter public var weight: Tensor?
  /// [channels]
  @Parameter public var bias: Tensor?
  /// The number of groups; each has channels / groups channels.
  public let groups: Int
  /// The size of axis 1.
  public let channels: Int
  /// Added to the variance, against division by zero.
  public let epsilon: Double

  /// - Parameters:
  ///   - affine: whether there are a weight and a bias.
  ///   - bias: whether there is a bias beside the weight.
  public init(
    groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true, bias: Bool = true
  ) {
    require(
      groups > 0 && channels > 0 && channels % groups == 0, "GroupNorm",
      "\(channels) channels cannot be divided into \(groups) groups")
    self.groups = groups
    self.channels = channels
    requireEpsilon(epsilon, "GroupNorm")
    self.epsilon = epsilon
    weight = affine ? Tensor.ones([channels]) : nil
    self.bias = affine && bias ? Tensor.zeros([channels]) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank >= 2 && x.shape[1] == channels, "GroupNorm",
      "needs [N, \(channels), …], got \(x.shape)")
    return groupNorm(x, groups: groups, weight: weight, bias: bias, epsilon: epsilon)
  }

  public override var details: String { "\(groups) groups of \(channels / groups)" }
}
