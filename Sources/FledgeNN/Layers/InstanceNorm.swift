import FledgeCore

/// Normalizes each channel of each image over its positions (Ulyanov et al. 2016), see
/// ``/FledgeCore/instanceNorm(_:weight:bias:epsilon:)``.
///
/// Shape: [N, channels, …] → the same. Weight starts at 1, bias at 0, where there are any. No running
/// moments are kept.
public class InstanceNorm: Module, Layer {
  /// [channels]
  @Parameter public var weight: Tensor?
  /// [channels]
  @Parameter public var bias: Tensor?
  /// The size of the channels' axis.
  public let channels: Int
  /// Added to the variance, against division by zero.
  public let epsilon: Double

  /// - Parameters:
  ///   - affine: whether there are a weight and a bias; by default there are none (as in PyTorch).
  ///   - bias: whether there is a bias beside the weight.
  public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = false, bias: Bool = true) {
    require(
      channels > 0, "InstanceNorm", "the number of channels must be positive, got \(channels)")
    requireEpsilon(epsilon, "InstanceNorm")
    self.channels = channels
    self.epsilon = epsilon
    weight = affine ? Tensor.ones([channels]) : nil
    self.bias = affine && bias ? Tensor.zeros([channels]) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    withBatchAxis(x, rank: batchRank ?? x.rank) { x in
      require(
        batchRank.map { $0 == x.rank } ?? (x.rank >= 3) && x.shape[1] == channels,
        "\(type(of: self))", "needs \(expected), got \(x.shape)")
      return instanceNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    }
  }

  /// The number of axes of a batch; nil if any will do.
  var batchRank: Int? { nil }
  /// The inputs' shape, for messages.
  var expected: String { "[N, \(channels), …] with positions" }

  public override var details: String { "\(channels)" }
}

/// ``InstanceNorm`` of sequences.   Shape: [N, channels, L] or [channels, L] → the same
public final class InstanceNorm1d: InstanceNorm {
  override var batchRank: Int? { 3 }
  override var expected: String { "[N, \(channels), L]" }
}

/// ``InstanceNorm`` of images.   Shape: [N, channels, H, W] or [channels, H, W] → the same
public final class InstanceNorm2d: InstanceNorm {
  override var batchRank: Int? { 4 }
  override var expected: String { "[N, \(channels), H, W]" }
}
