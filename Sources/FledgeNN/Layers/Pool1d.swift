import FledgeCore

/// The largest value of each window of a sequence, see
/// ``/FledgeCore/maxPool1d(_:kernel:stride:padding:dilation:ceilMode:)``.
///
/// Shape: [N, C, L] → [N, C, L′], [C, L] without a batch axis, with
/// L′ = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
public final class MaxPool1d: Module, Layer {
  /// The size of a window.
  public let kernel: Int
  /// The step from window to window.
  public let stride: Int
  /// Elements before and behind the sequence, less than any number.
  public let padding: Padding1d
  /// The step from element to element of a window.
  public let dilation: Int
  /// Whether elements that are left over make a last, smaller window.
  public let ceilMode: Bool

  /// - Parameters:
  ///   - stride: the kernel's size where not given, so that windows stand side by side.
  ///   - ceilMode: whether elements that are left over make a last, smaller window.
  public init(
    _ kernel: Int, stride: Int? = nil, padding: Padding1d = 0, dilation: Int = 1,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.dilation = dilation
    self.ceilMode = ceilMode
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    maxPool1d(
      x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  public override var details: String { "\(kernel)" + choice("stride", stride, usual: kernel) }
}

/// The mean of each window of a sequence, see
/// ``/FledgeCore/avgPool1d(_:kernel:stride:padding:countsPadding:ceilMode:)``.
///
/// Shape: [N, C, L] → [N, C, L′], [C, L] without a batch axis, with
/// L′ = ⌊(L + 2·padding − kernel) / stride⌋ + 1.
public final class AvgPool1d: Module, Layer {
  /// The size of a window.
  public let kernel: Int
  /// The step from window to window.
  public let stride: Int
  /// Elements before and behind the sequence.
  public let padding: Padding1d
  /// Whether positions outside count as zeros, or not at all.
  public let countsPadding: Bool
  /// Whether elements that are left over make a last, smaller window.
  public let ceilMode: Bool

  /// - Parameters:
  ///   - stride: by default the kernel's size, so that windows do not overlap.
  ///   - countsPadding: whether positions outside the sequence count as zeros, or not at all.
  ///   - ceilMode: whether elements that are left over make a last, smaller window.
  public init(
    _ kernel: Int, stride: Int? = nil, padding: Padding1d = 0, countsPadding: Bool = true,
    ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
    self.countsPadding = countsPadding
    self.ceilMode = ceilMode
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    avgPool1d(
      x, kernel: kernel, stride: stride, padding: padding, countsPadding: countsPadding,
      ceilMode: ceilMode)
  }

  public override var details: String {
    "\(kernel)" + choice("stride", stride, usual: kernel) + choice("padding", padding, usual: 0)
  }
}

/// The means of windows that divide a sequence of any length, see
/// ``/FledgeCore/adaptiveAvgPool1d(_:to:)``.   Shape: [N, C, L] → [N, C, size], [C, L] → [C, size]
public final class AdaptiveAvgPool1d: Module, Layer {
  /// The length of the output.
  public let size: Int

  /// `AdaptiveAvgPool1d(1)` makes one mean of each channel.
  public init(_ size: Int) { self.size = size }

  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveAvgPool1d(x, to: size) }

  public override var details: String { "\(size)" }
}

/// The largest values of windows that divide a sequence of any length, see
/// ``/FledgeCore/adaptiveMaxPool1d(_:to:)``.   Shape: [N, C, L] → [N, C, size], [C, L] → [C, size]
public final class AdaptiveMaxPool1d: Module, Layer {
  /// The length of the output.
  public let size: Int

  /// `AdaptiveMaxPool1d(1)` keeps the largest value of each channel.
  public init(_ size: Int) { self.size = size }

  public func callAsFunction(_ x: Tensor) -> Tensor { adaptiveMaxPool1d(x, to: size) }

  public override var details: String { "\(size)" }
}
