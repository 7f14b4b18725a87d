import FledgeCore

/// The largest value of each window, see
/// ``/FledgeCore/maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)``.
///
/// Shape: [N, C, H, W] → [N, C, H′, W′], [C, H, W] without a batch axis, with
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
  /// Whether rows and columns that are left over make a last, smaller window.
  public let ceilMode: Bool

  /// - Parameters:
  ///   - stride: the kernel's size where not given, so that windows stand side by side.
  ///   - ceilMode: whether rows and columns that are left over make a last, smaller window.
  public init(
    _ kernel: Size2d, stride: Size2d? = nil, padding: Padding2d = 0, dilation: Size2d = 1,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    maxPool2d(
      x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  public override var details: String {
    stride == kernel ? "\(kernel)" : "\(kernel), stride \(stride)"
  }
}

/// The largest values of windows that divide an image of any size, see
/// ``/FledgeCore/adaptiveMaxPool2d(_:to:)``.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]; also without the batch axis
public final class AdaptiveMaxPool2d: Module, Layer {
  /// The size of the output.
  public let size: Size2d

  /// `AdaptiveMaxPool2d(1)` keeps the largest value of each channel.
  public init(_ size: Size2d) { self.size = size }

  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveMaxPool2d(x, to: size) }

  public override var details: String { "\(size)" }
}
