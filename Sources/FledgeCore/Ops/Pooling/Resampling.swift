/// How new values are interpolated.
public enum Interpolation: Sendable {
  /// The value whose square covers the upper left corner: y[r] = x[⌊r · H / H′⌋].
  case nearest
  /// Linear between the centres of the squares, in both directions.
  case bilinear
  /// By cubic polynomials over 4 × 4 pixels (Keys 1981, with a = −¾ as in PyTorch); beyond the border
  /// the outermost pixels are repeated. Values may overshoot those of the image.
  case bicubic
}

/// Factors for rows and columns. A number means both.
public struct Scale2d: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  CustomStringConvertible
{
  /// Down.
  public var rows: Double
  /// Across.
  public var columns: Double

  /// `Scale2d(1.5, 2)`: half as many rows again, twice as many columns.
  public init(_ rows: Double, _ columns: Double) {
    self.rows = rows
    self.columns = columns
  }

  public init(floatLiteral value: Double) { self.init(value, value) }
  public init(integerLiteral value: Int) { self.init(Double(value), Double(value)) }

  /// "1.5 × 2"
  public var description: String {
    func text(_ factor: Double) -> String { Int(exactly: factor).map { "\($0)" } ?? "\(factor)" }
    return "\(text(rows)) × \(text(columns))"
  }
}

/// Resizes images.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]. Row r takes its value at
/// (r + ½) · H / H′ − ½, moved into the image if bilinear. Integers are rounded to the nearest.
///
/// - Parameter alignCorners: whether the first and the last pixels keep their places: row r takes its
///   value at r · (H − 1) / (H′ − 1). Not for nearest pixels.
public func resized(
  _ x: Tensor, to size: Size2d, interpolation: Interpolation = .nearest,
  alignCorners: Bool = false
) -> Tensor {
  checkResampling(x, size, "resized")
  func axis(_ from: Int, _ to: Int) -> ResizedAxis {
    ResizedAxis(
      from: from, to: to, pixels: Double(from), steps: Double(to), alignCorners: alignCorners)
  }
  return x.interpolated(
    interpolation, axis(x.shape[2], size.rows), axis(x.shape[3], size.columns))
}

/// Resizes images by factors, which need not be whole.
///
/// Shape: [N, C, H, W] → [N, C, ⌊H · scale.rows⌋, ⌊W · scale.columns⌋]. Row r takes its value at
/// (r + ½) / scale − ½, so the factor itself counts and not the ratio of the rounded sizes (PyTorch's
/// `scale_factor`).
///
/// - Parameter alignCorners: see ``resized(_:to:interpolation:alignCorners:)``.
public func resized(
  _ x: Tensor, by scale: Scale2d, interpolation: Interpolation = .nearest,
  alignCorners: Bool = false
) -> Tensor {
  require(x.rank == 4, "resized", "needs images [N, C, H, W], got \(x.shape)")
  func size(_ from: Int, _ factor: Double) -> Int {
    let size = Double(from) * factor
    require(
      factor > 0 && size < 0x1p31, "resized",
      "a scale of \(scale) makes no image of \(x.imageSize)")
    return Int(size)
  }
  func axis(_ from: Int, _ to: Int, _ factor: Double) -> ResizedAxis {
    ResizedAxis(from: from, to: to, pixels: 1, steps: factor, alignCorners: alignCorners)
  }
  let (rows, columns) = (size(x.shape[2], scale.rows), size(x.shape[3], scale.columns))
  checkResampling(x, Size2d(rows, columns), "resized")
  return x.interpolated(
    interpolation, axis(x.shape[2], rows, scale.rows), axis(x.shape[3], columns, scale.columns))
}

/// The rows or the columns of an image that is resized.
private struct ResizedAxis {
  let from, to: Int
  let alignsCorners: Bool
  /// So many pixels of the image are so many steps of the result.
  let pixels, steps: Double

  init(from: Int, to: Int, pixels: Double, steps: Double, alignCorners: Bool) {
    (self.from, self.to, alignsCorners) = (from, to, alignCorners)
    // A single row lies on the first one.
    self.pixels = alignCorners ? (to > 1 ? Double(from - 1) : 0) : pixels
    self.steps = alignCorners ? Double(max(to - 1, 1)) : steps
  }

  /// Where the result takes its row, in rows of the image.
  private func place(_ row: Int) -> Double {
    alignsCorners
      ? Double(row) * pixels / steps : (Double(row) + 0.5) * pixels / steps - 0.5
  }

  // A factor so near 1 that the size stays leaves everything in its place (as in PyTorch); the
  // cubic polynomials do not know this exception.
  func nearest(_ row: Int) -> Int {
    from == to ? row : min(Int(Double(row) * pixels / steps), from - 1)
  }

  func linear(_ row: Int) -> [ResamplingTap] {
    if from == to { return [(row, 1)] }
    let place = max(place(row), 0)
    let low = Int(place)
    if low >= from - 1 { return [(from - 1, 1)] }
    return [(low, 1 - (place - Double(low))), (low + 1, place - Double(low))]
  }

  func cubic(_ row: Int) -> [ResamplingTap] {
    let place = place(row)
    let low = place.rounded(.down)
    let t = place - low
    let a = -0.75
    // The polynomials for distances up to 1 and up to 2.
    func near(_ d: Double) -> Double { ((a + 2) * d - (a + 3)) * d * d + 1 }
    func far(_ d: Double) -> Double { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
    var taps: [ResamplingTap] = []
    for (i, share) in [far(t + 1), near(t), near(1 - t), far(2 - t)].enumerated() {
      let place = min(max(Int(low) - 1 + i, 0), from - 1)
      if taps.last?.place == place {
        taps[taps.count - 1].share += share
      } else {
        taps.append((place, share))
      }
    }
    return taps
  }
}

/// Row r of a result with so many rows reads these rows of the image: as little overlap as possible.
func adaptiveWindow(_ row: Int, _ from: Int, _ to: Int) -> Range<Int> {
  row * from / to..<((row + 1) * from + to - 1) / to
}

/// The means of windows that cover the image with as little overlap as possible: row r of the
/// result is the mean of rows ⌊r · H / H′⌋ ..< ⌈(r + 1) · H / H′⌉.
///
/// Shape: [N, C, H, W] → [N, C, size.rows, size.columns]; [C, H, W] without a batch axis.
public func adaptiveAvgPool2d(_ x: Tensor, to size: Size2d) -> Tensor {
  withBatchAxis(x, rank: 4) { x in
    checkResampling(x, size, "adaptiveAvgPool2d")
    requireFloatingPoint(x.type, "adaptiveAvgPool2d")
    if size == 1 { return x.mean(axes: [2, 3], keepDims: true) }
    func taps(_ from: Int, _ to: Int) -> [[ResamplingTap]] {
      (0..<to).map {
        let window = adaptiveWindow($0, from, to)
        return window.map { ($0, 1 / Double(window.count)) }
      }
    }
    return x.resampled(rows: taps(x.shape[2], size.rows), columns: taps(x.shape[3], size.columns))
  }
}

func checkResampling(_ x: Tensor, _ size: Size2d, _ operation: String) {
  require(
    x.rank == 4 && x.imageSize.count > 0, operation, "needs images [N, C, H, W], got \(x.shape)")
  let sizes = 1...Int(Int32.max)
  require(
    sizes.contains(size.rows) && sizes.contains(size.columns), operation,
    "the size must be positive\(size.rows > 0 && size.columns > 0 ? " and below 2³¹" : ""), "
      + "got \(size)")
}

extension Tensor {
  fileprivate func interpolated(
    _ interpolation: Interpolation, _ rows: ResizedAxis, _ columns: ResizedAxis
  ) -> Tensor {
    switch interpolation {
    case .nearest:
      require(!rows.alignsCorners, "resized", "nearest pixels have no corners to be aligned")
      func places(_ axis: ResizedAxis) -> Tensor { Tensor((0..<axis.to).map(axis.nearest)) }
      // In float32, for the gradient of a pixel sums over its copies.
      return inFloat32([self]) {
        $0[0].take(places(rows), axis: 2).take(places(columns), axis: 3)
      }
    case .bilinear:
      return resampled(
        rows: (0..<rows.to).map(rows.linear), columns: (0..<columns.to).map(columns.linear))
    case .bicubic:
      return resampled(
        rows: (0..<rows.to).map(rows.cubic), columns: (0..<columns.to).map(columns.cubic))
    }
  }

  /// Rows and then columns, each a sum of old ones with shares. Nothing else touches a row of the
  /// result: an infinite pixel times a share of 0 would be NaN.
  fileprivate func resampled(
    rows rowTaps: [[ResamplingTap]], columns columnTaps: [[ResamplingTap]]
  ) -> Tensor {
    let image = imageSize
    let (rows, columns) = (ResamplingTaps(rowTaps), ResamplingTaps(columnTaps))
    // Shares are fractions, so integers are computed as doubles.
    let x = dtype.isFloatingPoint ? self : cast(to: .float64)
    let y = inFloat32([x.reshaped([shape[0] * shape[1], image.rows, image.columns])]) {
      columns.sums(of: rows.sums(of: $0[0], axis: 1), axis: 2)
    }
    let result = y.reshaped([shape[0], shape[1], rowTaps.count, columnTaps.count])
    guard let integers = dtype.integers else { return result }
    return result.rounded()
      .clamped(min: Double(integers.lowerBound), max: Double(integers.upperBound)).cast(to: dtype)
  }
}

/// A row of an image, and its share in a row of the result.
private typealias ResamplingTap = (place: Int, share: Double)

/// What each row of a resampled image reads: as many places for all of them, and their shares.
private struct ResamplingTaps {
  /// int64 [rows · count]
  let places: Tensor
  let shares: [Double]
  /// Places for each row.
  let count: Int

  init(_ rows: [[ResamplingTap]]) {
    let rows = rows.map { $0.filter { $0.share != 0 } }
    let count = rows.map(\.count).max() ?? 0
    // A row that reads fewer places reads its last one several times, each time a part of its share.
    let filled = rows.map { row -> [ResamplingTap] in
      let (last, missing) = (row[row.count - 1], count - row.count)
      let part = (last.place, last.share / Double(missing + 1))
      return row.dropLast() + [ResamplingTap](repeating: part, count: missing + 1)
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
