import FledgeCore

/// The mean of each window, see
/// ``/FledgeCore/avgPool2d(_:kernel:stride:padding:countsPadding:ceilMode:)``.
///
/// Shape: [N, C, H, W] → [N, C, H′, W′], [C, H, W] without a batch axis, with
/// H′ = ⌊(H + 2·padding − kernel) / stride⌋ + 1.
public final class AvgPool2d: Module, Layer {
  /// The size of a window.
  public let kernel: Size2d
  /// The step from window to window.
  public let stride: Size2d
  /// Rows and columns around the image.
  public let padding: Padding2d
  /// Whether positions outside count as zeros, or not at all.
  public let countsPadding: Bool
  /// Whether rows and columns that are left over make a last, smaller window.
  public let ceilMode: Bool

  /// - Parameters:
  ///   - stride: by default the kernel's size, so that windows do not overlap.
  ///   - countsPadding: whether positions outside the image count as zeros, or not at all.
  ///   - ceilMode: whether rows and columns that are left over make a last, smaller window.
  public init(
    _ kernel: Size2d, stride: Size2d? = nil, padding: Padding2d = 0, countsPadding: Bool = true,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.countsPadding = countsPadding
    self.ceilMode = ceilMode
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    avgPool2d(
      x, kernel: kernel, stride: stride, padding: padding, countsPadding: countsPadding,
      ceilMode: ceilMode)
  }

  public override var details: String {
    "\(kernel)" + choice("stride", stride, usual: kernel) + choice("padding", padding, usual: 0)
  }
}

/// The means of windows that divide an image of any size, see ``/FledgeCore/adaptiveAvgPool2d(_:to:)``.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]; also without the batch axis
public final class AdaptiveAvgPool2d: Module, Layer {
  /// The size of the output.
  public let size: Size2d

  /// `AdaptiveAvgPool2d(1)` makes one mean of each channel.
  public init(_ size: Size2d) { self.size = size }

  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, to: size) }

  public override var details: String { "\(size)" }
}
