// Several tensors of indices in one subscript, and adding at what a subscript names.

extension Places {
  /// How many of the axes without a tensor come before the tensors' own in what reading gives: those
  /// in front of them where the tensors stand side by side, else none.
  fileprivate var axesBeforeTensors: Int {
    guard let first = tensors.first?.viewAxis, let last = tensors.last?.viewAxis else { return 0 }
    return last - first + 1 == tensors.count ? first : 0
  }

  /// The axes of `shape` that have no tensor.
  fileprivate var otherAxes: [Int] {
    let taken = tensors.map { $0.viewAxis }
    return shape.indices.filter { !taken.contains($0) }
  }

  /// The tensors as inputs of ``IndexPositions``.
  fileprivate var indices: Tensors { Tensors(tensors.map { $0.tensor.asIndices("subscript") }) }

  /// Where in row-major order the elements lie that the indices name, in the shape of what reading
  /// gives. Masks must be resolved.
  func positions(in source: Shape) -> Tensor {
    let strides = Layout(source).strides
    var start = 0
    for (axis, range) in ranges.enumerated() { start += range.start * strides[axis] }
    let (others, before) = (otherAxes, axesBeforeTensors)
    var result = Tensor.full([], Double(start), dtype: .int64)
    if !tensors.isEmpty {
      let primitive = IndexPositions(
        sizes: tensors.map { source[$0.axis] }, strides: tensors.map { strides[$0.axis] })
      result = result + apply(primitive, indices)[0]
    }
    let taken = Array(result.shape)
    let ones = [Int](repeating: 1, count: others.count - before)
    result = result.reshaped(Shape(taken + ones))
    for (i, axis) in others.enumerated() {
      // A new axis moves nothing.
      guard let origin = sources[axis] else { continue }
      let following = others.count - i - 1 + (i < before ? taken.count : 0)
      let steps = Tensor.arange(shape[axis]) * Double(ranges[origin].step * strides[origin])
      result =
        result + steps.reshaped(Shape([shape[axis]] + [Int](repeating: 1, count: following)))
    }
    return result.broadcast(to: self.shape(taking: Shape(taken)))
  }

  /// The shape of what reading gives where the tensors broadcast to `taken`.
  fileprivate func shape(taking taken: Shape) -> Shape {
    let (sizes, before) = (otherAxes.map { shape[$0] }, axesBeforeTensors)
    return Shape(sizes[..<before] + Array(taken) + sizes[before...])
  }
}

extension Tensor {
  /// Elements where several tensors of indices meet: their axes are merged into one, from which slices
  /// are taken. There are never more axes than this tensor and the result have.
  func taking(at places: Places) -> Tensor {
    let sliced = places.areWhole(of: shape) ? self : apply(Slice(ranges: places.ranges), self)
    let axes = places.tensors.map { $0.axis }
    let others = (0..<rank).filter { !axes.contains($0) }
    let before = places.axesBeforeTensors == 0 ? 0 : others.count { $0 < axes[0] }
    let order = Array(others[..<before]) + axes + others[before...]
    let moved = order == Array(0..<rank) ? sliced : sliced.permuted(order)
    let (sizes, otherSizes) = (axes.map { shape[$0] }, others.map { places.ranges[$0].count })
    let merged = otherSizes[..<before] + [sizes.reduce(1, *)] + otherSizes[before...]
    let primitive = IndexPositions(sizes: sizes, strides: Array(Layout(Shape(sizes)).strides))
    let positions = apply(primitive, places.indices)[0]
    return moved.reshaped(Shape(merged)).take(positions.flattened(), axis: before)
      .reshaped(places.shape(taking: positions.shape))
  }

  /// Writes values at positions of the row-major order, int64 of the same shape; of several values
  /// for one position the last one stays.
  mutating func write(_ values: Tensor, at positions: Tensor) {
    if values.count == 0 { return }
    let shape = self.shape
    let whole = Slice.Range(start: 0, step: 1, count: count)
    var flat = reshaped([count])
    // The flat view is to be the only holder.
    dropElements()
    flat.update(
      IndexWrite(ranges: [whole], axis: 0), [positions.flattened(), values.flattened()])
    self = flat.reshaped(shape)
  }

  /// This tensor with values added where a subscript points: `x.adding(values, at: [rows, columns])`,
  /// `x.adding(1, at: [.all, mask])`. An element that is named several times gets all of its values
  /// (PyTorch's `index_put` with `accumulate`). Values broadcast to the shape of `x[rows, columns]`.
  /// Shape: [*], values → [*]
  public func adding(_ values: Tensor, at indices: [any TensorIndex]) -> Tensor {
    let places = Places(indices.map(\.selection), of: shape, resolvesMasks: true)
    let positions = places.positions(in: shape)
    let values = values.cast(to: dtype).broadcast(to: positions.shape)
    return reshaped([count])
      .scatterAdding(values.flattened(), at: positions.flattened(), axis: 0).reshaped(shape)
  }
}
