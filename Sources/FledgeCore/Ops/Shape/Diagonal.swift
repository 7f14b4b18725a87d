// Diagonals of matrices: slices of the last two axes laid side by side.

extension Tensor {
  /// y[…, i] = x[…, i, i + offset], or x[…, i − offset, i] for a negative offset: the main diagonal,
  /// one above or one below it.   Shape: [*, M, N] → [*, n]
  ///
  /// A view where the last two axes lie side by side in memory.
  public func diagonal(offset: Int = 0) -> Tensor {
    require(rank >= 2, "diagonal", "needs a matrix [*, M, N], the shape is \(shape)")
    let (rows, columns) = (shape[-2], shape[-1])
    // Beyond the corners there is nothing.
    let offset = Swift.min(Swift.max(offset, -rows), columns)
    let (down, right) = (Swift.max(-offset, 0), Swift.max(offset, 0))
    let count = Swift.max(Swift.min(rows - down, columns - right), 0)
    let flat = reshaped(Shape(shape.dropLast(2) + [rows * columns]))
    let start = count == 0 ? 0 : down * columns + right
    return flat.slicing(rank - 2, Slice.Range(start: start, step: columns + 1, count: count))
  }

  /// The sum of the diagonal, of rectangles as well.   Shape: [*, M, N] → [*]
  public func trace(offset: Int = 0) -> Tensor {
    diagonal(offset: offset).sum(axis: -1)
  }

  /// Square matrices with the elements of the last axis on a diagonal and 0 elsewhere: the inverse of
  /// ``diagonal(offset:)``.   Shape: [*, n] → [*, n + |offset|, n + |offset|]
  public func diagonalMatrix(offset: Int = 0) -> Tensor {
    require(rank >= 1, "diagonalMatrix", "needs [*, n], the shape is \(shape)")
    require(
      offset.magnitude < 1 << 31, "diagonalMatrix", "the offset \(offset) makes it too large")
    let batch = Array(shape.dropLast())
    let (down, right) = (Swift.max(-offset, 0), Swift.max(offset, 0))
    let size = shape[-1] + down + right
    let ranges =
      batch.map { Slice.Range(start: 0, step: 1, count: $0) } + [
        Slice.Range(start: down * size + right, step: size + 1, count: shape[-1])
      ]
    let flat = apply(PlaceInZeros(shape: Shape(batch + [size * size]), ranges: ranges), self)
    return flat.reshaped(Shape(batch + [size, size]))
  }
}
