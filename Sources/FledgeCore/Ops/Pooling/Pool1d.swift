// Pooling of sequences: that of images of one row.

/// The largest value of each window of a sequence, see
/// ``maxPool2d(_:kernel:stride:padding:dilation:ceilMode:)``.
///
/// - Parameter stride: from one window to the next; by default the kernel's size.
/// - Returns: [N, C, L′] for [N, C, L], [C, L′] for [C, L], with
///   L′ = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
public func maxPool1d(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Padding1d = 0, dilation: Int = 1,
  ceilMode: Bool = false
) -> Tensor {
  asPooledRow(x, "maxPool1d") {
    maxPool2d(
      $0, kernel: Size2d(1, kernel), stride: Size2d(1, stride ?? kernel), padding: padding.ofRow,
      dilation: Size2d(1, dilation), ceilMode: ceilMode)
  }
}

/// The mean of each window of a sequence, see
/// ``avgPool2d(_:kernel:stride:padding:countsPadding:ceilMode:)``.
///
/// - Parameter stride: from one window to the next; by default the kernel's size.
/// - Returns: [N, C, L′] for [N, C, L], [C, L′] for [C, L], with
///   L′ = ⌊(L + 2·padding − kernel) / stride⌋ + 1.
public func avgPool1d(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Padding1d = 0,
  countsPadding: Bool = true, ceilMode: Bool = false
) -> Tensor {
  asPooledRow(x, "avgPool1d") {
    avgPool2d(
      $0, kernel: Size2d(1, kernel), stride: Size2d(1, stride ?? kernel), padding: padding.ofRow,
      countsPadding: countsPadding, ceilMode: ceilMode)
  }
}

/// The means of `size` windows that cover a sequence, see ``adaptiveAvgPool2d(_:to:)``.
/// Shape: [N, C, L] → [N, C, size], [C, L] → [C, size]
public func adaptiveAvgPool1d(_ x: Tensor, to size: Int) -> Tensor {
  asPooledRow(x, "adaptiveAvgPool1d") { adaptiveAvgPool2d($0, to: Size2d(1, size)) }
}

/// The largest values of `size` windows that cover a sequence, see ``adaptiveMaxPool2d(_:to:)``.
/// Shape: [N, C, L] → [N, C, size], [C, L] → [C, size]
public func adaptiveMaxPool1d(_ x: Tensor, to size: Int) -> Tensor {
  asPooledRow(x, "adaptiveMaxPool1d") { adaptiveMaxPool2d($0, to: Size2d(1, size)) }
}

private func asPooledRow(
  _ x: Tensor, _ operation: String, _ body: (Tensor) -> Tensor
) -> Tensor {
  require(
    (2...3).contains(x.rank), operation, "needs sequences [N, C, L], got \(x.shape)")
  return asRow(x, body)
}
