import FledgeCore

/// Convolves images with learned filters (LeCun et al. 1989), see
/// ``/FledgeCore/conv2d(_:weight:bias:stride:padding:dilation:groups:)``.
///
/// Shape: [N, inputs, H, W] → [N, outputs, H′, W′], [inputs, H, W] without a batch axis, with
/// H′ = ⌊(H + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1. Weight and bias start from
/// U(−b, b) with b = 1/√(inputs / groups · kernel area), as in PyTorch.
public final class Conv2d: Module, Layer {
  /// [outputs, inputs / groups, kernel rows, kernel columns]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The size of a filter.
  public let kernel: Size2d
  /// The step from window to window.
  public let stride: Size2d
  /// The pixels around the image.
  public let padding: Padding2d
  /// What stands there: zeros, or pixels of the image.
  public let paddingMode: PaddingMode
  /// The step from pixel to pixel of a window.
  public let dilation: Size2d
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2d, stride: Size2d = 1, padding: Padding2d = 0,
    dilation: Size2d = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros
  ) {
    checkChannels(inputs, outputs, kernel: kernel, groups: groups, "Conv2d")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.paddingMode = paddingMode
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(inputs / groups * kernel.count).squareRoot()
    weight = Tensor.uniform(
      [outputs, inputs / groups, kernel.rows, kernel.columns], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (x, padding) = paddingMode == .zeros ? (x, padding) : (padded(x), 0)
    return conv2d(
      x, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  /// The image with pixels of its own around it.
  private func padded(_ x: Tensor) -> Tensor {
    let widths = padding.widths(
      kernel: kernel, stride: stride, dilation: dilation, for: "Conv2d")
    return x.paddedAlongLastAxes(widths, mode: paddingMode)
  }

  public override var details: String {
    let shape = $weight.shape!
    return "\(shape[1] * groups) → \(shape[0]), \(kernel)"
      + choice("stride", stride, usual: 1) + choice("padding", padding, usual: 0)
      + choice("padding mode", paddingMode, usual: .zeros)
      + choice("dilation", dilation, usual: 1) + choice("groups", groups, usual: 1)
  }
}
