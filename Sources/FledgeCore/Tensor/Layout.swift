/// How a tensor's elements lie in its storage: element (i₀, i₁, …) is at
/// `offset + i₀·strides[0] + i₁·strides[1] + …`, counted in elements.
///
/// Every view (transpose, slice, broadcast, …) is a new layout over the same storage: a broadcast
/// axis has stride 0, a flipped one a negative stride.
public struct Layout: Sendable, Hashable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The number of storage elements between neighbours along each axis.
  public let strides: Dimensions
  /// The position of the first element in the storage.
  public let offset: Int
  /// Whether the elements lie one after the other in row-major order.
  public let isContiguous: Bool
  /// The number of elements.
  public let count: Int

  /// The row-major layout.
  public init(_ shape: Shape) {
    self.shape = shape
    var strides = shape.dimensions
    var count = ElementCount()
    var axis = shape.rank
    while axis > 0 {
      axis -= 1
      strides[axis] = count.product
      count.multiply(by: shape.dimensions[axis])
    }
    self.strides = strides
    self.count = count.checked(shape)
    offset = 0
    isContiguous = true
  }

  /// Any strides and offset; nothing says that they stay within a storage.
  public init(shape: Shape, strides: some Sequence<Int>, offset: Int) {
    self.init(shape: shape, strides: Dimensions(strides), offset: offset)
  }

  /// Any strides and offset; nothing says that they stay within a storage.
  public init(shape: Shape, strides: Dimensions, offset: Int) {
    self.shape = shape
    self.strides = strides
    self.offset = offset
    var count = ElementCount()
    var contiguous = true
    var axis = shape.rank
    while axis > 0 {
      axis -= 1
      let size = shape.dimensions[axis]
      if size != 1 && strides[axis] != count.product { contiguous = false }
      count.multiply(by: size)
    }
    self.count = count.checked(shape)
    isContiguous = contiguous || self.count == 0
  }

  /// The number of axes.
  public var rank: Int { shape.rank }

  /// Axes in a new order: axis `i` of the result is axis `order[i]` of this layout.
  public func permuted(_ order: [Int]) -> Layout {
    var (newShape, newStrides) = (shape.dimensions, strides)
    for (axis, source) in order.enumerated() {
      newShape[axis] = shape.dimensions[source]
      newStrides[axis] = strides[source]
    }
    return Layout(shape: Shape(newShape), strides: newStrides, offset: offset)
  }

  /// The last two axes exchanged.
  var transposed: Layout {
    var (newShape, newStrides) = (shape.dimensions, strides)
    newShape.swapAt(rank - 2, rank - 1)
    newStrides.swapAt(rank - 2, rank - 1)
    return Layout(shape: Shape(newShape), strides: newStrides, offset: offset)
  }

  /// The same elements seen in a larger shape: size-1 and missing axes repeat with stride 0.
  public func broadcast(to target: Shape) -> Layout {
    let missing = target.rank - rank
    var newStrides = Dimensions(repeating: 0, count: target.rank)
    for axis in 0..<rank where shape.dimensions[axis] == target.dimensions[axis + missing] {
      newStrides[axis + missing] = strides[axis]
    }
    return Layout(shape: target, strides: newStrides, offset: offset)
  }

  /// Every `step`-th element of an axis, from `start`, `count` of them.
  public func sliced(axis: Int, start: Int, step: Int, count: Int) -> Layout {
    var newShape = shape
    var newStrides = strides
    newShape.dimensions[axis] = count
    // A step to nowhere may be any number, and the product may wrap around: it is never taken.
    newStrides[axis] = newStrides[axis] &* step
    return Layout(
      shape: newShape, strides: newStrides,
      offset: count == 0 ? offset : offset + start * strides[axis])
  }

  /// The same elements in the same order under another shape, or nil if no strides describe it
  /// (then the elements must be copied first).
  ///
  /// Axes are grouped greedily: a run of old axes and a run of new axes with the same number of
  /// elements; the old run must be uniform, that is each stride the next one times its size.
  public func reshaped(_ target: Shape) -> Layout? {
    if isContiguous {
      return Layout(shape: target, strides: Layout(target).strides, offset: offset)
    }
    var newStrides = Dimensions(repeating: 0, count: target.rank)
    let old = (0..<rank).filter { shape.dimensions[$0] != 1 }
    var i = 0
    var j = 0
    while i < old.count && j < target.rank {
      var oldCount = shape.dimensions[old[i]]
      var newCount = target.dimensions[j]
      var lastOld = i
      var lastNew = j
      while oldCount != newCount {
        if oldCount < newCount {
          lastOld += 1
          oldCount *= shape.dimensions[old[lastOld]]
        } else {
          lastNew += 1
          newCount *= target.dimensions[lastNew]
        }
      }
      for k in i..<lastOld
      where strides[old[k]] != strides[old[k + 1]] * shape.dimensions[old[k + 1]] {
        return nil
      }
      var stride = strides[old[lastOld]]
      for axis in Swift.stride(from: lastNew, through: j, by: -1) {
        newStrides[axis] = stride
        stride *= target.dimensions[axis]
      }
      i = lastOld + 1
      j = lastNew + 1
    }
    return Layout(shape: target, strides: newStrides, offset: offset)
  }

  /// Calls `body` with the storage position of each element, in row-major order.
  package func forEachPosition(_ body: (Int) -> Void) {
    if count == 0 { return }
    if isContiguous {
      for position in offset..<offset + count { body(position) }
      return
    }
    let inner = shape.dimensions[rank - 1]
    let innerStride = strides[rank - 1]
    var index = [Int](repeating: 0, count: rank)
    var position = offset
    while true {
      var p = position
      for _ in 0..<inner {
        body(p)
        p += innerStride
      }
      var axis = rank - 2
      while axis >= 0 {
        index[axis] += 1
        position += strides[axis]
        if index[axis] < shape.dimensions[axis] { break }
        position -= strides[axis] * index[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
