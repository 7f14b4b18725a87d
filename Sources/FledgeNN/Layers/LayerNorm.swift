import FledgeCore

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba et al. 2016).
///
/// Shape: [*, channels] → the same. The variance is the biased one; weight starts at 1, bias at 0.
public final class LayerNorm: Module, Layer {
  /// [channels]
  @Parameter public var weight: Tensor
  /// [channels]
  @Parameter public var bias: Tensor?
  /// Added to the variance, against division by zero.
  public let epsilon: Double

  /// For the last axis of size `channels`; weight 1, bias 0 at the start.
  public init(_ channels: Int, epsilon: Double = 1e-5, bias: Bool = true) {
    require(channels > 0, "LayerNorm", "the number of channels must be positive, got \(channels)")
    requireEpsilon(epsilon, "LayerNorm")
    self.epsilon = epsilon
    weight = Tensor.ones([channels])
    self.bias = bias ? Tensor.zeros([channels]) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
  }

  public override var details: String { "\($weight.value!.count)" }
}
