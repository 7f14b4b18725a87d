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
}

/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` over sequences.
///
/// - Parameters:
///   - x: [N, C, L].
///   - weight: filters, [M, C / groups, k].
///   - bias: [M].
/// - Returns: [N, M, L′] with L′ = ⌊(L + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1.
public func conv1d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Padding1d = 0,
  dilation: Int = 1, groups: Int = 1
) -> Tensor {
  require(
    x.rank == 3 && weight.rank == 3, "conv1d",
    "needs x [N, C, L] and weight [M, C/groups, k], got \(x.shape) and \(weight.shape)")
  let rows: Padding2d =
    switch padding {
    case .zeros(let count): .zeros(Size2d(0, count))
    case .same: .same
    }
  return conv2d(
    x.expandedDims(axis: 2), weight: weight.expandedDims(axis: 2), bias: bias,
    stride: Size2d(1, stride), padding: rows, dilation: Size2d(1, dilation), groups: groups
  ).squeezed(axis: 2)
}

/// The transposed convolution (Zeiler et al. 2010): the gradient of
/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` in its input, as a layer that makes
/// images larger. It adds each input times the filters where the windows lie.
///
/// - Parameters:
///   - x: [N, C, H, W].
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
