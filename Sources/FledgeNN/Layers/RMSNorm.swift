import FledgeCore

/// y = x / √(mean(x²) + ε) · weight over the last axis (Zhang & Sennrich 2019), as in Llama.
///
/// Shape: [*, channels] → the same. Weight starts at 1.
public final class RMSNorm: Module, Layer {
  /// [channels]
  @Parameter public var weight: Tensor
  /// Added to the mean square, against division by zero.
  public let epsilon: Double

  /// For the last axis of size `channels`; weight 1 at the start.
  public init(_ channels: Int, epsilon: Double = 1e-6) {
    require(channels > 0, "RMSNorm", "the number of channels must be positive, got \(channels)")
    requireEpsilon(epsilon, "RMSNorm")
    self.epsilon = epsilon
    weight = Tensor.ones([channels])
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    rmsNorm(x, weight: weight, epsilon: epsilon)
  }

  public override var details: String { "\($weight.value!.count)" }
}
