import FledgeCourse

/// Where the elements of a tensor lie in its buffer.
///
/// A buffer is one long row of places: it knows nothing of axes. The element with the indices
/// (i₀, i₁, …) lies at the place
///
///     position = offset + i₀·strides[0] + i₁·strides[1] + …
///
/// so a stride is the number of places from one index to the next along its axis.
struct StridedLayout: Equatable, Sendable {
  /// The size of each axis, outermost first. A scalar's shape is [].
  var shape: [Int]
  /// One for each axis. It may be 0 (all indices share a place) or negative (the axis runs
  /// backward).
  var strides: [Int]
  /// The place of the element whose indices are all 0.
  var offset = 0

  /// The number of elements: 1 for a scalar, 0 if an axis is empty.
  var count: Int { shape.reduce(1, *) }
}

extension StridedLayout {
  /// The layout of elements side by side in row-major order: the last axis runs fastest, so its
  /// stride is 1, and the stride of any other axis is the number of elements behind one of its
  /// indices. [2, 3, 4] has the strides [12, 4, 1].
  init(rowMajor shape: [Int]) {
    // solution
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    self.init(shape: shape, strides: strides)
    // end solution
  }

  /// The place of an element in the buffer.
  /// - Parameter index: one number for each axis, each within its axis.
  func position(of index: [Int]) -> Int {
    // solution
    zip(index, strides).reduce(offset) { place, axis in place + axis.0 * axis.1 }
    // end solution
  }

  /// The indices of element number 0, 1, …, count − 1 in row-major order. In the shape [2, 3] these
  /// are [0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], whatever the strides are.
  func index(ofElement number: Int) -> [Int] {
    // solution
    var index = shape
    var rest = number
    for axis in shape.indices.reversed() {
      index[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return index
    // end solution
  }

  /// The places of all elements, in row-major order.
  var positions: [Int] { (0..<count).map { position(of: index(ofElement: $0)) } }
}
