import FledgeCore

/// Convolves volumes, such as scans and films, with learned filters, see
/// ``/FledgeCore/conv3d(_:weight:bias:stride:padding:dilation:groups:)``.
///
/// Shape: [N, inputs, D, H, W] → [N, outputs, D′, H′, W′], [inputs, D, H, W] without a batch axis,
/// with D′ = ⌊(D + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1. Weight and bias start from
/// U(−b, b) with b = 1/√(inputs / groups · kernel volume), as in PyTorch.
public final class Conv3d: Module, Layer {
  /// [outputs, inputs / groups, kernel planes, kernel rows, kernel columns]
  @Parameter public var weight: Tensor
  /// [outputs]
  @Parameter public var bias: Tensor?
  /// The size of a filter.
  public let kernel: Size3d
  /// The step from window to window.
  public let stride: Size3d
  /// The elements around the volume.
  public let padding: Size3d
  /// What stands there: zeros, or elements of the volume.
  public let paddingMode: PaddingMode
  /// The step from element to element of a window.
  public let dilation: Size3d
  /// The number of groups of inputs and outputs, each with its own filters.
  public let groups: Int

  /// New filters; see the type for how they start.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size3d, stride: Size3d = 1, padding: Size3d = 0,
    dilation: Size3d = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros
  ) {
    checkChannels(inputs, outputs, kernel: kernel, groups: groups, "Conv3d")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.paddingMode = paddingMode
    self.dilation = dilation
    self.groups = groups
    let bound = 1 / Double(inputs / groups * kernel.count).squareRoot()
    weight = Tensor.uniform(
      [outputs, inputs / groups, kernel.depth, kernel.rows, kernel.columns], in: -bound...bound)
    self.bias = bias ? Tensor.uniform([outputs], in: -bound...bound) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (x, padding) = paddingMode == .zeros ? (x, padding) : (padded(x), 0)
    return conv3d(
      x, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  /// The volume with elements of its own around it.
  private func padded(_ x: Tensor) -> Tensor {
    let widths = [padding.depth, padding.rows, padding.columns].map { (before: $0, after: $0) }
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

/// The size requirements of convolution layers of volumes.
func checkChannels(
  _ inputs: Int, _ outputs: Int, kernel: Size3d, groups: Int, _ operation: String
) {
  require(
    kernel.depth > 0, operation,
    "sizes must be positive, got \(inputs) → \(outputs), kernel \(kernel), groups \(groups)")
  checkChannels(inputs, outputs, kernel: kernel.plane, groups: groups, operation)
}
