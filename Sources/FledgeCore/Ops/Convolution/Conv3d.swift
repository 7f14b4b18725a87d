/// Planes, rows and columns: the size of a kernel in a volume, a stride, a dilation. An integer means
/// all three.
public struct Size3d: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// From plane to plane.
  public var depth: Int
  /// Down.
  public var rows: Int
  /// Across.
  public var columns: Int

  /// `Size3d(2, 3, 5)`: two planes of three rows and five columns.
  public init(_ depth: Int, _ rows: Int, _ columns: Int) {
    self.depth = depth
    self.rows = rows
    self.columns = columns
  }

  public init(integerLiteral value: Int) { self.init(value, value, value) }

  /// The number of positions.
  public var count: Int { depth * rows * columns }

  /// Rows and columns.
  package var plane: Size2d { Size2d(rows, columns) }

  /// "2 × 3 × 5"
  public var description: String { "\(depth) × \(plane)" }
}

/// ``conv2d(_:weight:bias:stride:padding:dilation:groups:)`` over volumes, such as scans and films.
///
/// The planes under a kernel become channels of one convolution of images.
///
/// - Parameters:
///   - x: [N, C, D, H, W], or [C, D, H, W] without a batch axis.
///   - weight: filters, [M, C / groups, d, h, w].
///   - bias: [M].
///   - padding: zeros on every side.
/// - Returns: [N, M, D′, H′, W′] with D′ = ⌊(D + 2·padding − dilation·(d − 1) − 1) / stride⌋ + 1.
public func conv3d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size3d = 1, padding: Size3d = 0,
  dilation: Size3d = 1, groups: Int = 1
) -> Tensor {
  withBatchAxis(x, rank: 5) { x in
    let operation = "conv3d"
    require(
      x.rank == 5 && weight.rank == 5, operation,
      "needs x [N, C, D, H, W] and weight [M, C/groups, d, h, w], got \(x.shape) and "
        + "\(weight.shape)")
    let (n, c, w) = (x.shape[0], x.shape[1], weight.shape)
    require(
      groups > 0 && c == w[1] * groups, operation,
      "filters for \(w[1]) channels in each of \(groups) groups, the volume has \(c): "
        + "\(x.shape) ∗ \(w)")
    let depths = Windows2d(
      kernel: Size2d(w[2], 1), stride: Size2d(stride.depth, 1),
      padding: .zeros(Size2d(padding.depth, 0)), dilation: Size2d(dilation.depth, 1),
      for: operation)
    let count = depths.output(of: Size2d(x.shape[2], 1), operation).rows
    let places = (0..<count).flatMap { window in
      (0..<w[2]).map { window * stride.depth + $0 * dilation.depth }
    }
    let none = (before: 0, after: 0)
    // In float32, for the gradient of a plane sums over the windows that read it.
    return inFloat32([x, weight] + [bias].compactMap { $0 }) { inputs in
      let padded =
        padding.depth == 0
        ? inputs[0] : inputs[0].padded([none, none, (padding.depth, padding.depth), none, none])
      let planes = padded.take(Tensor(places), axis: 2)
        .reshaped([n, c, count, w[2], x.shape[3], x.shape[4]]).permuted([0, 2, 1, 3, 4, 5])
        .reshaped([n * count, c * w[2], x.shape[3], x.shape[4]])
      let y = conv2d(
        planes, weight: inputs[1].reshaped([w[0], w[1] * w[2], w[3], w[4]]),
        bias: bias == nil ? nil : inputs[2], stride: stride.plane,
        padding: .zeros(padding.plane), dilation: dilation.plane, groups: groups)
      return y.reshaped([n, count, w[0], y.shape[2], y.shape[3]]).permuted([0, 2, 1, 3, 4])
    }
  }
}

/// ``convTranspose2d(_:weight:bias:stride:padding:outputPadding:dilation:groups:)`` over volumes.
///
/// - Parameters:
///   - x: [N, C, D, H, W], or [C, D, H, W] without a batch axis.
///   - weight: filters, [C, M / groups, d, h, w].
///   - bias: [M].
///   - padding: planes, rows and columns cut off on every side.
///   - outputPadding: extra planes, rows and columns at the ends, fewer than the stride.
/// - Returns: [N, M, D′, H′, W′] with
///   D′ = (D − 1)·stride − 2·padding + dilation·(d − 1) + outputPadding + 1.
public func convTranspose3d(
  _ x: Tensor, weight: Tensor, bias: Tensor? = nil, stride: Size3d = 1, padding: Size3d = 0,
  outputPadding: Size3d = 0, dilation: Size3d = 1, groups: Int = 1
) -> Tensor {
  withBatchAxis(x, rank: 5) { x in
    let operation = "convTranspose3d"
    require(
      x.rank == 5 && weight.rank == 5, operation,
      "needs x [N, C, D, H, W] and weight [C, M/groups, d, h, w], got \(x.shape) and "
        + "\(weight.shape)")
    let depths = Windows2d(
      kernel: Size2d(weight.shape[2], 1), stride: Size2d(stride.depth, 1),
      padding: .zeros(Size2d(padding.depth, 0)), dilation: Size2d(dilation.depth, 1),
      for: operation)
    require(
      (0..<stride.depth).contains(outputPadding.depth), operation,
      "the output padding must be less than the stride \(stride), got \(outputPadding)")
    let (depth, taps) = (x.shape[2], weight.shape[2])
    let whole = (depth - 1) * stride.depth + depths.span.rows + outputPadding.depth
    let kept = whole - 2 * padding.depth
    require(
      depth > 0 && kept > 0, operation,
      "nothing is left of the volume: \(x.shape), padding \(padding)")
    let outputs = weight.shape[1] * groups
    if let bias {
      require(
        bias.shape == [outputs], operation,
        "\(outputs) outputs need a bias [\(outputs)], got \(bias.shape)")
    }
    return inFloat32([x, weight] + [bias].compactMap { $0 }) { inputs in
      let (x, w) = (inputs[0], inputs[1])
      let n = x.shape[0]
      let planes = x.permuted([0, 2, 1, 3, 4])
        .reshaped([n * depth, x.shape[1], x.shape[3], x.shape[4]])
      // Each plane times each plane of the filters, added where they belong.
      let products = convTranspose2d(
        planes, weight: w.reshaped([w.shape[0], w.shape[1] * taps, w.shape[3], w.shape[4]]),
        stride: stride.plane, padding: padding.plane, outputPadding: outputPadding.plane,
        dilation: dilation.plane, groups: groups)
      let (rows, columns) = (products.shape[2], products.shape[3])
      let places = (0..<depth).flatMap { plane in
        (0..<taps).map { plane * stride.depth + $0 * dilation.depth }
      }
      let sums = apply(
        TakeAdjoint(axis: 2, count: whole),
        products.reshaped([n, depth, outputs, taps, rows, columns])
          .permuted([0, 2, 1, 3, 4, 5]).reshaped([n, outputs, depth * taps, rows, columns]),
        Tensor(places))
      let y = sums.sliced(axis: 2, from: padding.depth, count: kept)
      return bias != nil ? y + inputs[2].reshaped([outputs, 1, 1, 1]) : y
    }
  }
}
