import FledgeCore

/// The adjoint of a convolution as a layer that makes volumes larger, see
/// ``/FledgeCore/convTranspose3d(_:weight:bias:stride:padding:outputPadding:dilation:groups:)``.
///
/// Shape: [N, inputs, D, H, W] → [N, outputs, D′, H′, W′], [inputs, D, H, W] without a batch axis,
/// with D′ = (D − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1. Weight and bias
/// start from U(−b, b) with b = 1/√(outputs / groups · kernel volume), as in PyTorch.
public final class ConvTranspose3d: Module, Layer {
  /// [inputs, outputs / groups, kernel planes, kernel rows, kernel columns]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The size of a filter.
  public let kernel: Size3d
  /// The distance between the input's elements in the output.
  public let stride: Size3d
  /// Planes, rows and columns that are cut off on every side.
  public let padding: Size3d
  /// Planes, rows and columns more at the ends.
  public let outputPadding: Size3d
  /// The step from element to element of a filter.
  public let dilation: Size3d
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size3d, stride: Size3d = 1, padding: Size3d = 0,
    outputPadding: Size3d = 0, dilation: Size3d = 1, groups: Int = 1, bias: Bool = true
  ) {
    checkChannels(inputs, outputs, kernel: kernel, groups: groups, "ConvTranspose3d")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(outputs / groups * kernel.count).squareRoot()
    weight = Tensor.uniform(
      [inputs, outputs / groups, kernel.depth, kernel.rows, kernel.columns], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    convTranspose3d(
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
