import FledgeCore

/// y = (x − mean) / √(variance + ε) · weight + bias over the last axis, or the last ones together (Ba
/// et al. 2016).
///
/// Shape: [*, channels], or [*, a, b] for `LayerNorm([a, b])`, → the same. The variance is the biased one; weight starts at 1, bias at 0.
public final class LayerNorm: Module, Layer {
  /// [channels], or the sizes of the last axes
  @Parameter public var weight: Tensor?
  /// [channels], or the sizes of the last axes
  @Parameter public var bias: Tensor?
  /// The sizes of the axes that are normalized together.
  public let shape: Shape
  /// Added to the variance, against division by zero.
  public let epsilon: Double

  /// For the last axis of size `channels`; weight 1, bias 0 at the start.
  ///
  /// - Parameters:
  ///   - bias: whether there is a bias beside the weight.
  ///   - affine: whether there are a weight and a bias.
  public convenience init(
    _ channels: Int, epsilon: Double = 1e-5, bias: Bool = true, affine: Bool = true
  ) {
    self.init([channels], epsilon: epsilon, bias: bias, affine: affine)
  }

  /// For the last axes, of these sizes: `LayerNorm([channels, height, width])`.
  public init(_ shape: Shape, epsilon: Double = 1e-5, bias: Bool = true, affine: Bool = true) {
    require(
      shape.rank > 0 && shape.allSatisfy { $0 > 0 }, "LayerNorm",
      "the number of channels must be positive, got \(shape)")
    requireEpsilon(epsilon, "LayerNorm")
    self.shape = shape
    self.epsilon = epsilon
    weight = affine ? Tensor.ones(shape) : nil
    self.bias = affine && bias ? Tensor.zeros(shape) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    // Of one axis the operation itself compares the weight with the input.
    if shape.rank == 1 && weight != nil {
      return layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    }
    return layerNorm(x, over: shape, weight: weight, bias: bias, epsilon: epsilon)
  }

  public override var details: String {
    shape.map { "\($0)" }.joined(separator: " × ")
  }
}
