import FledgeCore

/// y = (x − mean) / √(variance + ε) · weight + bias for each channel (Ioffe & Szegedy 2015).
///
/// In training the moments are the batch's, and the running ones follow them:
/// running = (1 − momentum) · running + momentum · batch, the variance by its unbiased estimate (as
/// in PyTorch). In evaluation the moments are the running ones, or the batch's where none are kept.
/// Weight starts at 1, bias at 0.
public class BatchNorm: Module, Layer {
  /// [channels]
  @Parameter public var weight: Tensor?
  /// [channels]
  @Parameter public var bias: Tensor?
  /// [channels]; nil where no running moments are kept.
  @Buffer public var runningMean: Tensor?
  /// [channels]; nil where no running moments are kept.
  @Buffer public var runningVariance: Tensor?
  /// The size of axis 1.
  public let channels: Int
  /// The weight of each batch in the running mean and variance.
  public let momentum: Double
  /// Added to the variance, against division by zero.
  public let epsilon: Double

  /// - Parameters:
  ///   - affine: whether there are a weight and a bias.
  ///   - bias: whether there is a bias beside the weight.
  ///   - keepsMoments: whether running moments are kept for evaluation (PyTorch's
  ///     `track_running_stats`).
  public init(
    _ channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, affine: Bool = true,
    bias: Bool = true, keepsMoments: Bool = true
  ) {
    require(
      channels > 0, "BatchNorm", "the number of channels must be positive, got \(channels)")
    require(
      (0...1).contains(momentum), "BatchNorm", "the momentum must be in 0 ... 1, got \(momentum)")
    requireEpsilon(epsilon, "BatchNorm")
    self.channels = channels
    self.momentum = momentum
    self.epsilon = epsilon
    weight = affine ? Tensor.ones([channels]) : nil
    self.bias = affine && bias ? Tensor.zeros([channels]) : nil
    runningMean = keepsMoments ? Tensor.zeros([channels]) : nil
    runningVariance = keepsMoments ? Tensor.ones([channels]) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let name = "\(type(of: self))"
    require(
      takes(rank: x.rank) && x.shape[1] == channels, name, "needs \(expected), got \(x.shape)")
    if !isTraining, let mean = runningMean, let variance = runningVariance {
      return normalized(x, mean: mean, variance: variance)
    }
    let batch = batchNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    // A batch counts once, also where a checkpoint computes it again.
    if let mean = runningMean, let variance = runningVariance,
      !ExecutionContext.current.isRecomputation
    {
      let count = Double(x.count / channels)
      runningMean = mean * (1 - momentum) + batch.mean.cast(to: .float32) * momentum
      runningVariance =
        variance * (1 - momentum)
        + batch.variance.cast(to: .float32) * (momentum * count / (count - 1))
    }
    return batch.y
  }

  private func normalized(_ x: Tensor, mean: Tensor, variance: Tensor) -> Tensor {
    var scale = (variance + epsilon).rsqrt()
    if let weight { scale = scale * weight }
    var shift = -mean * scale
    if let bias { shift = shift + bias }
    let shape = Shape([channels] + [Int](repeating: 1, count: x.rank - 2))
    // Beside float32 a half is computed in float32, and rounded once.
    return (x * scale.reshaped(shape) + shift.reshaped(shape)).cast(to: x.dtype)
  }

  /// Whether an input may have so many axes.
  func takes(rank: Int) -> Bool { rank >= 2 }
  /// The inputs' shape, for messages.
  var expected: String { "[N, \(channels), …]" }

  public override var details: String { "\(channels)" }
}

/// ``BatchNorm`` of vectors or sequences.   Shape: [N, channels] or [N, channels, L] → the same
public final class BatchNorm1d: BatchNorm {
  override func takes(rank: Int) -> Bool { rank == 2 || rank == 3 }
  override var expected: String { "[N, \(channels)] or [N, \(channels), L]" }
}

/// ``BatchNorm`` of images.   Shape: [N, channels, H, W] → the same
public final class BatchNorm2d: BatchNorm {
  override func takes(rank: Int) -> Bool { rank == 4 }
  override var expected: String { "[N, \(channels), H, W]" }
}
