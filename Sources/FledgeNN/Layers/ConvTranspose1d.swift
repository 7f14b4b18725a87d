import FledgeCore

/// The adjoint of a convolution as a layer that makes sequences longer, see
/// ``/FledgeCore/convTranspose1d(_:weight:bias:stride:padding:outputPadding:dilation:groups:)``.
///
/// Shape: [N, inputs, L] → [N, outputs, L′], [inputs, L] without a batch axis, with
/// L′ = (L − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1. Weight and bias
/// start from U(−b, b) with b = 1/√(outputs / groups · kernel), as in PyTorch.
public final class ConvTranspose1d: Module, Layer {
  /// [inputs, outputs / groups, kernel]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The distance between the input's elements in the output.
  public let stride: Int
  /// Elements that are cut off at both ends.
  public let padding: Int
  /// Elements more at the end.
  public let outputPadding: Int
  /// The step from element to element of a filter.
  public let dilation: Int
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true
  ) {
    checkChannels(inputs, outputs, kernel: Size2d(1, kernel), groups: groups, "ConvTranspose1d")
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(outputs / groups * kernel).squareRoot()
    weight = Tensor.uniform([inputs, outputs / groups, kernel], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    convTranspose1d(
      x, weight: weight, bias: bias, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
  }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[0]) → \(shape[1] * groups), \(shape[2])"
      + choice("stride", stride, usual: 1) + choice("padding", padding, usual: 0)
      + choice("output padding", outputPadding, usual: 0)
      + choice("dilation", dilation, usual: 1) + choice("groups", groups, usual: 1)
  }
}
