import FledgeCore

/// The largest value of each window, see ``/FledgeCore/maxPool2d(_:kernel:stride:padding:dilation:)``.
///
/// Shape: [N, C, H, W] → [N, C, H′, W′] with
/// H′ = ⌊(H + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
public final class MaxPool2d: Module, Layer {
  /// The size of a window.
  public let kernel: Size2d
  /// The step from window to window.
  public let stride: Size2d
  /// Rows and columns around the image, less than any number.
  public let padding: Padding2d
  /// The step from pixel to pixel of a window.
  public let dilation: Size2d

  /// - Parameter stride: the kernel's size where not given, so that windows stand side by side.
  public init(
    _ kernel: Size2d, stride: Size2d? = nil, padding: Padding2d = 0, dilation: Size2d = 1
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    maxPool2d(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }

  public override var details: String {
    stride == kernel ? "\(kernel)" : "\(kernel), stride \(stride)"
  }
}
