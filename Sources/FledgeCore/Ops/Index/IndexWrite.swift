/// y = x with the slices at some indices along an axis replaced, as by `x[indices] = value`. Of
/// several slices for one place the last stays; negative indices count from the end.
/// Shape: [a…, N, b…], int64 [n], [a…, n, b…] → [a…, N, b…]
struct IndexWrite: UpdatingPrimitive {
  static let name = "indexWrite"
  static let formula = "y = x with y[…, indices[i], …] = value[…, i, …]"
  /// The part of x that is written to, one for each axis.
  let ranges: [Slice.Range]
  /// The axis of that part that the indices are for.
  let axis: Int

  var targetCount: Int { 1 }
  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, indices, value) = (inputs[0], inputs[1], inputs[2])
    require(
      indices.dtype == .int64 && indices.shape.rank == 1, Self.name,
      "indices must be int64 [n], got \(indices)")
    var places = Slice(ranges: ranges).outputTypes(of: [x])[0]
    places.shape[axis] = indices.shape[0]
    require(value == places, Self.name, "\(value) cannot be written at \(places) of \(x)")
    return [x]
  }

  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    let region = Slice(ranges: ranges).sliced(targets[0].layout)
    let indices = checkedIndices(others[0], below: region.shape[axis], Self.name)
    backend.write(others[1], into: &targets[0], at: region, indices: indices, axis: axis)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let indices = g.input(1)
    let zeros = Tensor.repeatedZero(g.inputShape(2), g.inputDType(2))
    return [
      g.needs(0) ? apply(self, g.dy, indices, zeros) : nil, nil,
      g.needs(2) ? valueGradient(g.dy, indices) : nil,
    ]
  }

  /// dy where it was written, 0 for a slice that a later one replaced.
  private func valueGradient(_ dy: Tensor, _ indices: Tensor) -> Tensor {
    let order = Tensor.arange(indices.shape[0])
    // For each place the number of the slice that stayed there.
    let whole = Slice.Range(start: 0, step: 1, count: ranges[axis].count)
    let last = apply(
      IndexWrite(ranges: [whole], axis: 0), Tensor.zeros([whole.count], dtype: .int64), indices,
      order)
    var column = Shape(Dimensions(repeating: 1, count: ranges.count - axis))
    column[0] = indices.shape[0]
    return Tensor.where(
      (last.take(indices) .== order).reshaped(column),
      apply(Slice(ranges: ranges), dy).take(indices, axis: axis), Tensor.zeros([], dtype: dy.dtype))
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int { 0 }

  static var samples: [Sample] {
    func sample(
      _ shape: Shape, axis: Int, indices count: Int, _ ranges: [Slice.Range]? = nil
    ) -> Sample {
      let ranges = ranges ?? shape.map { Slice.Range(start: 0, step: 1, count: $0) }
      var value = Shape(ranges.map(\.count))
      value[axis] = count
      return Sample(
        IndexWrite(ranges: ranges, axis: axis), .uniform(shape),
        .indices([count], below: max(ranges[axis].count, 1)), .uniform(value))
    }
    return [
      sample([5, 3], axis: 0, indices: 3), sample([3, 2], axis: 0, indices: 7),
      sample([2, 4, 3], axis: 1, indices: 5), sample([3, 4], axis: 1, indices: 2),
      sample([6], axis: 0, indices: 9), sample([5], axis: 0, indices: 0),
      sample(
        [3, 5, 4], axis: 1, indices: 3,
        [
          .init(start: 1, step: 1, count: 2), .init(start: 4, step: -2, count: 3),
          .init(start: 0, step: 3, count: 2),
        ]),
    ]
  }
}
