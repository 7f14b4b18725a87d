/// Rows and columns: the size of a kernel, a stride, a dilation. An integer means both.
public struct Size2d: Sendable, Hashable, Codable, ExpressibleByIntegerLiteral,
  CustomStringConvertible
{
  /// Down.
  public var rows: Int
  /// Across.
  public var columns: Int

  /// `Size2d(3, 5)`: three rows, five columns.
  public init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// The same size for both.
  public init(_ both: Int) { self.init(both, both) }
  public init(integerLiteral value: Int) { self.init(value) }

  /// The number of positions.
  public var count: Int { rows * columns }

  /// "3 × 3"
  public var description: String { "\(rows) × \(columns)" }
}

/// The zeros around an image. An integer means that many on every side.
public enum Padding2d: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// `rows` above and below, `columns` on the left and on the right.
  case zeros(Size2d)
  /// Zeros that keep the size at a stride of 1; if their number is odd, the larger half is below
  /// and on the right (as in PyTorch).
  case same

  public init(integerLiteral value: Int) { self = .zeros(Size2d(value)) }

  /// That many zeros on every side.
  public static func zeros(_ count: Int) -> Padding2d { .zeros(Size2d(count)) }

  /// "1 × 1" or "same"
  public var description: String {
    switch self {
    case .zeros(let size): size.description
    case .same: "same"
    }
  }
}

/// How windows of a kernel's size step over an image.
struct Windows2d: Sendable, Hashable, Codable {
  var kernel: Size2d
  var stride: Size2d
  var dilation: Size2d
  /// Positions outside the image.
  var top, left, bottom, right: Int

  /// Checks that the numbers make sense.
  init(
    kernel: Size2d, stride: Size2d = 1, padding: Padding2d = 0, dilation: Size2d = 1,
    for operation: String
  ) {
    for (name, size) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
      require(
        size.rows > 0 && size.columns > 0, operation, "the \(name) must be positive, got \(size)")
      requireInt32(size, name, operation)
    }
    // Places in a kernel are counted in int32.
    require(
      kernel.count <= Int32.max, operation, "a kernel of \(kernel) has more than 2³¹ − 1 places")
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    switch padding {
    case .zeros(let size):
      require(
        size.rows >= 0 && size.columns >= 0, operation, "the padding is negative: \(size)")
      requireInt32(size, "padding", operation)
      (top, left, bottom, right) = (size.rows, size.columns, size.rows, size.columns)
    case .same:
      require(
        stride == 1, operation, "padding .same keeps the size for a stride of 1 only, got \(stride)"
      )
      let (rows, columns) = (
        dilation.rows * (kernel.rows - 1), dilation.columns * (kernel.columns - 1)
      )
      (top, left) = (rows / 2, columns / 2)
      (bottom, right) = (rows - top, columns - left)
    }
  }

  /// Rows and columns that a dilated kernel spans.
  var span: Size2d {
    Size2d(dilation.rows * (kernel.rows - 1) + 1, dilation.columns * (kernel.columns - 1) + 1)
  }

  /// The number of windows over an image; traps where the kernel is larger than the padded image.
  func output(of image: Size2d, _ operation: String) -> Size2d {
    require(
      image.rows >= 0 && image.columns >= 0, operation, "an image of \(image) has a negative size")
    requireInt32(image, "image", operation)
    let padded = Size2d(image.rows + top + bottom, image.columns + left + right)
    require(
      padded.rows >= span.rows && padded.columns >= span.columns, operation,
      "a kernel that spans \(span) does not fit the image of \(image), \(padded) with its padding")
    return Size2d(
      (padded.rows - span.rows) / stride.rows + 1,
      (padded.columns - span.columns) / stride.columns + 1)
  }

  /// For each place in the kernel the elements of x under it, one for each window.
  /// Shape: [N, C, H, W] → kernel.count tensors [N, C, rows, columns]
  func taps(of x: Tensor, fill: Double = 0) -> [Tensor] {
    let output = output(of: x.imageSize, "windows")
    let padded =
      top + left + bottom + right == 0
      ? x : x.padded([(0, 0), (0, 0), (top, bottom), (left, right)], value: fill)
    return (0..<kernel.count).map { padded.sliced(axes: ranges(tap: $0, output)) }
  }

  /// The adjoint of ``taps(of:fill:)``: each tap's elements added where they came from.
  func sum(ofTaps taps: [Tensor], over image: Size2d) -> Tensor {
    let output = taps[0].imageSize
    let shape = taps[0].shape
    let padded = Shape([
      shape[0], shape[1], image.rows + top + bottom, image.columns + left + right,
    ])
    var total: Tensor?
    for (tap, values) in taps.enumerated() {
      let whole = padded.dimensions[..<2].map { Slice.Range(start: 0, step: 1, count: $0) }
      let placed = apply(
        PlaceInZeros(shape: padded, ranges: whole + ranges(tap: tap, output)), values)
      total = total.map { $0 + placed } ?? placed
    }
    return total!.sliced(axis: 2, from: top, count: image.rows)
      .sliced(axis: 3, from: left, count: image.columns)
  }

  /// Rows and columns of the padded image under one place of the kernel.
  private func ranges(tap: Int, _ output: Size2d) -> [Slice.Range] {
    let (row, column) = (tap / kernel.columns, tap % kernel.columns)
    return [
      Slice.Range(start: row * dilation.rows, step: stride.rows, count: output.rows),
      Slice.Range(start: column * dilation.columns, step: stride.columns, count: output.columns),
    ]
  }
}

/// Traps where rows or columns are so many that sums and products of such numbers could overflow.
private func requireInt32(_ size: Size2d, _ name: String, _ operation: String) {
  require(
    max(size.rows, size.columns) <= Int32.max, operation,
    "the \(name) of \(size) is larger than 2³¹ − 1")
}

extension Tensor {
  /// The last two axes.
  var imageSize: Size2d { Size2d(shape[-2], shape[-1]) }

  /// A view of some rows and columns.
  fileprivate func sliced(axes ranges: [Slice.Range]) -> Tensor {
    slicing(2, ranges[0]).slicing(3, ranges[1])
  }
}
