/// The zeros before and after a sequence. An integer means that many on each side.
public enum Padding1d: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// That many zeros on each side.
  case zeros(Int)
  /// As many zeros as keep the length, for a stride of 1; see ``Padding2d/same``.
  case same

  public init(integerLiteral value: Int) { self = .zeros(value) }

  /// "1" or "same"
  public var description: String {
    switch self {
    case .zeros(let count): "\(count)"
    case .same: "same"
    }
  }

  /// That of an image of one row.
  var ofRow: Padding2d {
    switch self {
    case .zeros(let count): .zeros(Size2d(0, count))
    case .same: .same
    }
  }

  /// The elements before and after a sequence, for windows of this form.
  package func widths(
    kernel: Int, stride: Int, dilation: Int, for operation: String
  ) -> (before: Int, after: Int) {
    ofRow.widths(
      kernel: Size2d(1, kernel), stride: Size2d(1, stride), dilation: Size2d(1, dilation),
      for: operation)[1]
  }
}

extension Padding2d {
  /// The rows above and below an image and the columns on both sides, for windows of this form.
  package func widths(
    kernel: Size2d, stride: Size2d, dilation: Size2d, for operation: String
  ) -> [(before: Int, after: Int)] {
    let windows = Windows2d(
      kernel: kernel, stride: stride, padding: self, dilation: dilation, for: operation)
    return [(windows.top, windows.bottom), (windows.left, windows.right)]
  }
}

/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` over sequences.
///
/// - Parameters:
///   - x: [N, C, L], or [C, L] without a batch axis.
///   - weight: filters, [M, C / groups, k].
///   - bias: [M].
/// - Returns: [N, M, L′] with L′ = ⌊(L + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1.
public func conv1d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Padding1d = 0,
  dilation: Int = 1, groups: Int = 1
) -> Tensor {
  require(
    (2...3).contains(x.rank) && weight.rank == 3, "conv1d",
    "needs x [N, C, L] and weight [M, C/groups, k], got \(x.shape) and \(weight.shape)")
  return asRow(x) {
    conv2d(
      $0, weight: weight.expandedDims(axis: 2), bias: bias, stride: Size2d(1, stride),
      padding: padding.ofRow, dilation: Size2d(1, dilation), groups: groups)
  }
}

/// `body` of sequences seen as images of one row.
/// Shape: [N, C, L] as [N, C, 1, L] → [N, M, 1, L′] as [N, M, L′]
func asRow(_ x: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
  body(x.expandedDims(axis: -2)).squeezed(axis: -2)
}

/// `body` of inputs with a batch axis, which have `rank` axes. A single input gets one of size 1, and
/// its result loses it.
@inline(__always)
package func withBatchAxis(_ x: Tensor, rank: Int, _ body: (Tensor) -> Tensor) -> Tensor {
  x.rank == rank - 1 ? body(x.expandedDims(axis: 0)).squeezed(axis: 0) : body(x)
}

/// The transposed convolution (Zeiler et al. 2010): the gradient of
/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` in its input, as a layer that makes
/// images larger. It adds each input times the filters where the windows lie.
///
/// - Parameters:
///   - x: [N, C, H, W], or [C, H, W] without a batch axis.
///   - weight: filters, [C, M / groups, h, w]: those of the convolution that goes the other way.
///   - bias: [M].
///   - padding: rows and columns cut off on every side.
///   - outputPadding: extra rows below and columns on the right, fewer than the stride: with a
///     stride, several sizes have the same number of windows.
/// - Returns: [N, M, H′, W′] with
///   H′ = (H − 1)·stride − 2·padding + dilation·(h − 1) + outputPadding + 1.
public func convTranspose2d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size2d = 1, padding: Size2d = 0,
  outputPadding: Size2d = 0, dilation: Size2d = 1, groups: Int = 1
) -> Tensor {
  let operation = "convTranspose2d"
  if x.rank == 3 {
    return convTranspose2d(
      x.expandedDims(axis: 0), weight: weight, bias: bias, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups
    ).squeezed(axis: 0)
  }
  require(
    x.rank == 4 && weight.rank == 4, operation,
    "needs x [N, C, H, W] and weight [C, M/groups, h, w], got \(x.shape) and \(weight.shape)")
  require(
    x.shape[1] == weight.shape[0], operation,
    "filters for \(weight.shape[0]) channels, the image has \(x.shape[1]): \(x.shape) and "
      + "\(weight.shape)")
  requireGroups(groups, of: x.shape[1], operation)
  let windows = Windows2d(
    kernel: weight.imageSize, stride: stride, padding: .zeros(padding), dilation: dilation,
    for: operation)
  require(
    (0..<stride.rows).contains(outputPadding.rows)
      && (0..<stride.columns).contains(outputPadding.columns), operation,
    "the output padding must be less than the stride \(stride), got \(outputPadding)")
  let image = Size2d(
    (x.shape[2] - 1) * stride.rows - 2 * padding.rows + windows.span.rows + outputPadding.rows,
    (x.shape[3] - 1) * stride.columns - 2 * padding.columns + windows.span.columns
      + outputPadding.columns)
  require(
    image.rows > 0 && image.columns > 0, operation,
    "nothing is left of the image: \(x.shape), padding \(padding)")
  let adjoint = Conv2dInputGradient(
    windows: windows, groups: groups, image: image, channels: weight.shape[1] * groups)
  let y = apply(adjoint, x, weight)
  guard let bias else { return y }
  require(
    bias.shape == [y.shape[1]], operation,
    "\(y.shape[1]) outputs need a bias [\(y.shape[1])], got \(bias.shape)")
  return y + bias.reshaped([bias.count, 1, 1])
}

/// ``convTranspose2d(_:weight:bias:stride:padding:outputPadding:dilation:groups:)`` over sequences.
///
/// - Parameters:
///   - x: [N, C, L], or [C, L] without a batch axis.
///   - weight: filters, [C, M / groups, k].
///   - bias: [M].
///   - padding: elements cut off at both ends.
///   - outputPadding: extra elements at the end, fewer than the stride.
/// - Returns: [N, M, L′] with
///   L′ = (L − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1.
public func convTranspose1d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
  outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor {
  require(
    (2...3).contains(x.rank) && weight.rank == 3, "convTranspose1d",
    "needs x [N, C, L] and weight [C, M/groups, k], got \(x.shape) and \(weight.shape)")
  return asRow(x) {
    convTranspose2d(
      $0, weight: weight.expandedDims(axis: 2), bias: bias, stride: Size2d(1, stride),
      padding: Size2d(0, padding), outputPadding: Size2d(0, outputPadding),
      dilation: Size2d(1, dilation), groups: groups)
  }
}
