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
/// at (r + ½) · H / H′ − ½, moved into the image.
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
      return [
        (low, 1 - (place - Double(low))), (Swift.min(low + 1, from - 1), place - Double(low)),
      ]
    }
  }
}

/// The means of windows that cover the image with as little overlap as possible: row r of the
/// result is the mean of rows ⌊r · H / H′⌋ ..< ⌈(r + 1) · H / H′⌉.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]
public func adaptiveAvgPool2d(_ x: Tensor, to size: Size2d) -> Tensor {
  checkResampling(x, size, "adaptiveAvgPool2d")
  if size == 1 { return x.mean(axes: [2, 3], keepDims: true) }
  return x.resampled(to: size) { row, from, to in
    let window = row * from / to..<((row + 1) * from + to - 1) / to
    return window.map { ($0, 1 / Double(window.count)) }
  }
}

private func checkResampling(_ x: Tensor, _ size: Size2d, _ operation: String) {
  require(
    x.rank == 4 && x.imageSize.count > 0, operation, "needs images [N, C, H, W], got \(x.shape)")
  require(
    size.rows > 0 && size.columns > 0, operation, "the size must be positive, got \(size)")
}

extension Tensor {
  /// R x Cᵀ for every plane x, by one matrix product for each direction. For a row of R or C,
  /// `weights` gives the rows that the result's row combines, with their shares.
  fileprivate func resampled(
    to size: Size2d,
    _ weights: (_ row: Int, _ from: Int, _ to: Int) -> [(place: Int, share: Double)]
  ) -> Tensor {
    func matrix(_ from: Int, _ to: Int) -> Tensor {
      var values = [Double](repeating: 0, count: from * to)
      for row in 0..<to {
        for (place, share) in weights(row, from, to) { values[place * to + row] += share }
      }
      return Tensor(values, shape: [from, to], dtype: dtype)
    }
    let rows = transposed().matmul(matrix(shape[2], size.rows)).transposed()
    return rows.matmul(matrix(shape[3], size.columns))
  }
}
