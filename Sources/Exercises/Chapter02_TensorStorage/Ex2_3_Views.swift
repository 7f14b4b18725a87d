import FledgeCourse

/// The memory under tensors. It is made once; views share it.
final class ElementBuffer {
  var elements: [Float]

  init(_ elements: [Float]) { self.elements = elements }
}

/// A tensor: a layout over a buffer.
struct StridedArray {
  let buffer: ElementBuffer
  let layout: StridedLayout

  init(buffer: ElementBuffer, layout: StridedLayout) {
    self.buffer = buffer
    self.layout = layout
  }

  /// A buffer of its own, filled with `elements` in row-major order.
  init(_ elements: [Float], shape: [Int]) {
    self.init(buffer: ElementBuffer(elements), layout: StridedLayout(rowMajor: shape))
  }

  var shape: [Int] { layout.shape }

  /// The elements in row-major order.
  var elements: [Float] { layout.positions.map { buffer.elements[$0] } }
}

extension StridedLayout {
  /// The axes in a new order: axis i of the result is axis order[i] of this layout.
  func permuted(_ order: [Int]) -> StridedLayout {
    // solution
    let sizes = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    return StridedLayout(shape: sizes, strides: steps, offset: offset)
    // end solution
  }

  /// `count` elements of one axis: those at `start`, `start + step`, `start + 2·step`, …; all of
  /// the other axes. A negative step goes backward: start 3, step −1, count 4 turns an axis of 4
  /// around.
  func sliced(axis: Int, start: Int, step: Int = 1, count: Int) -> StridedLayout {
    // solution
    var result = self
    result.shape[axis] = count
    result.strides[axis] = strides[axis] * step
    result.offset = offset + start * strides[axis]
    return result
    // end solution
  }

  /// The same elements seen in a larger shape, by the rules of 2.2: where an axis of size 1 becomes
  /// larger, and along every new axis at the front, all indices lead to the same place.
  /// - Throws: ``BroadcastError`` (this shape, then the target) where the result of broadcasting
  ///   this shape with `target` is not `target`.
  func broadcast(to target: [Int]) throws -> StridedLayout {
    // solution
    guard try BroadcastRules.shape(shape, target) == target else {
      throw BroadcastError(a: shape, b: target)
    }
    let missing = target.count - shape.count
    let repeated = [Int](repeating: 0, count: missing)
    let kept = shape.indices.map { shape[$0] == target[missing + $0] ? strides[$0] : 0 }
    return StridedLayout(shape: target, strides: repeated + kept, offset: offset)
    // end solution
  }
}

extension StridedArray {
  /// The elements of this tensor's buffer, seen through another layout. Nothing is copied.
  func view(_ layout: StridedLayout) -> StridedArray {
    // solution
    StridedArray(buffer: buffer, layout: layout)
    // end solution
  }

  func permuted(_ order: [Int]) -> StridedArray { view(layout.permuted(order)) }

  func sliced(axis: Int, start: Int, step: Int = 1, count: Int) -> StridedArray {
    view(layout.sliced(axis: axis, start: start, step: step, count: count))
  }

  func broadcast(to target: [Int]) throws -> StridedArray {
    view(try layout.broadcast(to: target))
  }

  /// One axis in the reverse order.
  func flipped(axis: Int) -> StridedArray {
    sliced(axis: axis, start: shape[axis] - 1, step: -1, count: shape[axis])
  }
}
