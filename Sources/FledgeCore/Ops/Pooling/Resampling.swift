/// How new values are interpolated.
public enum Interpolation: Sendable {
  /// The value whose square covers the upper left corner: y[r] = x[⌊r · H / H′⌋].
  case nearest
  /// Linear between the centres of the squares, in both directions; PyTorch's `align_corners=False`.
  case bilinear
}

/// Resizes images.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]. In bilinear mode, row r takes its value
/// at (r + ½) · H / H′ − ½, moved into the image; integers are rounded to the nearest.
public func resized(
  _ x: Tensor, to size: Size2d, interpolation: Interpolation = .nearest
) -> Tensor {
  checkResampling(x, size, "resized")
  switch interpolation {
  case .nearest:
    func places(_ from: Int, _ to: Int) -> Tensor { Tensor((0..<to).map { $0 * from / to }) }
    return x.take(places(x.shape[2], size.rows), axis: 2)
      .take(places(x.shape[3], size.columns), axis: 3)
  case .bilinear:
    return x.resampled(to: size) { row, from, to in
      let place = Swift.max((Double(row) + 0.5) * Double(from) / Double(to) - 0.5, 0)
      let low = Int(place)
      if low >= from - 1 { return [(from - 1, 1)] }
      return [(low, 1 - (place - Double(low))), (low + 1, place - Double(low))]
    }
  }
}

/// The means of windows that cover the image with as little overlap as possible: row r of the
/// result is the mean of rows ⌊r · H / H′⌋ ..< ⌈(r + 1) · H / H′⌉.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]
public func adaptiveAvgPool2d(_ x: Tensor, to size: Size2d) -> Tensor {
  checkResampling(x, size, "adaptiveAvgPool2d")
  requireFloatingPoint(x.type, "adaptiveAvgPool2d")
  if size == 1 { return x.mean(axes: [2, 3], keepDims: true) }
  return x.resampled(to: size) { row, from, to in
    let window = row * from / to..<((row + 1) * from + to - 1) / to
    return window.map { ($0, 1 / Double(window.count)) }
  }
}

private func checkResampling(_ x: Tensor, _ size: Size2d, _ operation: String) {
  require(
    x.rank == 4 && x.imageSize.count > 0, operation, "needs images [N, C, H, W], got \(x.shape)")
  let sizes = 1...Int(Int32.max)
  require(
    sizes.contains(size.rows) && sizes.contains(size.columns), operation,
    "the size must be positive\(size.rows > 0 && size.columns > 0 ? " and below 2³¹" : ""), "
      + "got \(size)")
}

extension Tensor {
  /// Rows and then columns, each a sum of old ones with shares. `weights` gives what the row of the
  /// result reads, and nothing else touches it: an infinite pixel times a share of 0 would be NaN.
  fileprivate func resampled(
    to size: Size2d,
    _ weights: (_ row: Int, _ from: Int, _ to: Int) -> [(place: Int, share: Double)]
  ) -> Tensor {
    let image = imageSize
    let rows = ResamplingTaps((0..<size.rows).map { weights($0, image.rows, size.rows) })
    let columns = ResamplingTaps(
      (0..<size.columns).map { weights($0, image.columns, size.columns) })
    // Shares are fractions, so integers are computed as doubles.
    let x = dtype.isFloatingPoint ? self : cast(to: .float64)
    let y = inFloat32([x.reshaped([shape[0] * shape[1], image.rows, image.columns])]) {
      columns.sums(of: rows.sums(of: $0[0], axis: 1), axis: 2)
    }
    let result = y.reshaped([shape[0], shape[1], size.rows, size.columns])
    return dtype.isFloatingPoint ? result : result.rounded().cast(to: dtype)
  }
}

/// What each row of a resampled image reads: as many places for all of them, and their shares.
private struct ResamplingTaps {
  /// int64 [rows · count]
  let places: Tensor
  let shares: [Double]
  /// Places for each row.
  let count: Int

  init(_ rows: [[(place: Int, share: Double)]]) {
    let rows = rows.map { $0.filter { $0.share > 0 } }
    let count = rows.map(\.count).max() ?? 0
    // A row that reads fewer places reads its last one several times, each time a part of its share.
    let filled = rows.map { row -> [(place: Int, share: Double)] in
      let (last, missing) = (row[row.count - 1], count - row.count)
      let part = (last.place, last.share / Double(missing + 1))
      return row.dropLast() + [(place: Int, share: Double)](repeating: part, count: missing + 1)
    }
    places = Tensor(filled.joined().map(\.place))
    shares = filled.joined().map(\.share)
    self.count = count
  }

  /// Shape: axis 1 of [N, H, W] → [N, H′, W], axis 2 → [N, H, W′]
  func sums(of x: Tensor, axis: Int) -> Tensor {
    let pairs = [shares.count / count, count]
    var sizes = Array(x.shape.dimensions)
    sizes.replaceSubrange(axis...axis, with: pairs)
    let parts = x.take(places, axis: axis).reshaped(Shape(sizes))
    let ones = [Int](repeating: 1, count: x.rank - 1 - axis)
    return (parts * Tensor(shares, shape: Shape(pairs + ones), dtype: x.dtype))
      .sum(axis: axis + 1)
  }
}
