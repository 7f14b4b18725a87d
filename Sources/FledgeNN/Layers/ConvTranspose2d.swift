import FledgeCore

/// The adjoint of a convolution as a layer that makes images larger, see
/// ``/FledgeCore/convTranspose2d(_:weight:bias:stride:padding:outputPadding:dilation:groups:)``.
///
/// Shape: [N, inputs, H, W] → [N, outputs, H′, W′], [inputs, H, W] without a batch axis, with
/// H′ = (H − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1. Weight and bias
/// start from U(−b, b) with b = 1/√(outputs / groups · kernel area), as in PyTorch.
public final class ConvTranspose2d: Module, Layer {
  /// [inputs, outputs / groups, kernel rows, kernel columns]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The size of a filter.
  public let kernel: Size2d
  /// The distance between the input's pixels in the output.
  public let stride: Size2d
  /// Rows and columns that are cut off around the output.
  public let padding: Size2d
  /// Rows and columns more at the lower and the right border.
  public let outputPadding: Size2d
  /// The step from element to element of a filter.
  public let dilation: Size2d
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2d, stride: Size2d = 1, padding: Size2d = 0,
    outputPadding: Size2d = 0, dilation: Size2d = 1, groups: Int = 1, bias: Bool = true
  ) {
    checkChannels(inputs, outputs, kernel: kernel, groups: groups, "ConvTranspose2d")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(outputs / groups * kernel.count).squareRoot()
    weight = Tensor.uniform(
      [inputs, outputs / groups, kernel.rows, kernel.columns], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    convTranspose2d(
      x, weight: weight, bias: bias, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
  }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[0]) → \(shape[1] * groups), \(kernel)"
      + choice("stride", stride, usual: 1) + choice("padding", padding, usual: 0)
      + choice("output padding", outputPadding, usual: 0)
      + choice("dilation", dilation, usual: 1) + choice("groups", groups, usual: 1)
  }
}
