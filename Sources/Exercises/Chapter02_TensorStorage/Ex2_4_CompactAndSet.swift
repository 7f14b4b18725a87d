import FledgeCourse

extension StridedLayout {
  /// Whether the elements lie side by side in row-major order, from the offset on: whether the
  /// strides are those of ``init(rowMajor:)``. The stride of an axis of size 1 is never used, so it
  /// may be any number. No elements at all lie side by side.
  var isContiguous: Bool {
    // solution
    if count == 0 { return true }
    let rowMajor = StridedLayout(rowMajor: shape).strides
    return shape.indices.allSatisfy { axis in
      shape[axis] == 1 || strides[axis] == rowMajor[axis]
    }
    // end solution
  }
}

extension StridedArray {
  /// The same elements side by side: this tensor itself, sharing its buffer, where they are
  /// already; else a copy in a buffer of its own that holds nothing else.
  func compact() -> StridedArray {
    // solution
    layout.isContiguous ? self : StridedArray(elements, shape: shape)
    // end solution
  }

  /// The same elements in the same order under another shape with as many: a view if they lie side
  /// by side, else a view of a copy.
  func reshaped(_ shape: [Int]) -> StridedArray {
    let whole = compact()
    var layout = StridedLayout(rowMajor: shape)
    layout.offset = whole.layout.offset
    return whole.view(layout)
  }

  /// Writes `values` over the elements of this tensor, in the buffer that it shares: through a
  /// view, this changes a part of the tensor under it.
  ///
  /// `values` broadcasts to this tensor's shape. It may be a view of the same buffer:
  /// `x.set(x.flipped(axis: 0))` turns x around. What is written is what `values` held before.
  /// - Throws: ``BroadcastError`` where `values` does not broadcast; then nothing is written.
  func set(_ values: StridedArray) throws {
    // solution
    let written = try values.broadcast(to: shape).elements
    for (place, element) in zip(layout.positions, written) {
      buffer.elements[place] = element
    }
    // end solution
  }
}
