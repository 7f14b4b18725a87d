/// y = x with the elements replaced where a mask over some axes is true, as by `x[mask] = value`.
/// Shape: [a…, m…, b…], bool [m…], [a…, n, b…] → [a…, m…, b…]; n trues, or 1 for all of them
struct MaskWrite: UpdatingPrimitive {
  static let name = "maskWrite"
  static let formula = "y = x with y[…, mask, …] = value"
  /// The part of x that is written to, one for each axis; whole along the axes of the mask.
  let ranges: [Slice.Range]
  /// The first axis of the mask.
  let axis: Int

  var targetCount: Int { 1 }
  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, mask, value) = (inputs[0], inputs[1], inputs[2])
    let region = Slice(ranges: ranges).outputTypes(of: [x])[0].shape
    let masked = Shape(region.dimensions[axis..<axis + mask.shape.rank])
    require(
      mask.dtype == .bool && mask.shape == masked, Self.name,
      "a mask \(mask) over axes \(masked) of \(x)")
    let n = value.shape.rank > axis ? value.shape[axis] : 0
    require(
      value.shape == merged(region, mask.shape.rank, n) && value.dtype == x.dtype, Self.name,
      "\(value) cannot be written where a mask \(mask) over axes \(masked) of \(x) is true")
    return [x]
  }

  /// A shape with one axis of size n in place of those of the mask.
  private func merged(_ shape: Shape, _ maskRank: Int, _ n: Int) -> Shape {
    Shape(shape.dimensions[..<axis] + [n] + shape.dimensions[(axis + maskRank)...])
  }

  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    let (mask, value) = (others[0], others[1])
    let places = NonzeroPositions.positions(of: mask)
    let n = value.shape[axis]
    require(
      n == places.count || n == 1, Self.name,
      "\(n) values for the \(places.count) places where the mask is true")
    var shape = value.shape
    shape[axis] = places.count
    let region = Slice(ranges: ranges).sliced(targets[0].layout)
    // Axes that are whole in a contiguous tensor always merge.
    let flat = region.reshaped(merged(region.shape, mask.rank, mask.count))!
    backend.write(
      value.view(value.layout.broadcast(to: shape)), into: &targets[0], at: flat,
      indices: Tensor(places), axis: axis)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let mask = g.input(1)
    var one = g.inputShape(2)
    let n = one[axis]
    one[axis] = 1
    let zeros = Tensor.repeatedZero(one, g.inputDType(2))
    return [
      g.needs(0) ? apply(self, g.dy, mask, zeros) : nil, nil,
      g.needs(2) ? valueGradient(g.dy, mask, n) : nil,
    ]
  }

  private func valueGradient(_ dy: Tensor, _ mask: Tensor, _ n: Int) -> Tensor {
    let region = apply(Slice(ranges: ranges), dy)
    let flat = region.reshaped(merged(region.shape, mask.rank, mask.count))
    if n != 1 { return flat.take(apply(NonzeroPositions(count: n), mask), axis: axis) }
    // One value for all places, however many there are.
    var column = Shape(Dimensions(repeating: 1, count: flat.rank - axis))
    column[0] = mask.count
    let written = Tensor.where(mask.reshaped(column), flat, Tensor.zeros([], dtype: dy.dtype))
    return written.sum(axis: axis).expandedDims(axis: axis)
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int { 0 }

  static var samples: [Sample] {
    func sample(_ shape: Shape, mask: Shape, axis: Int, _ value: Shape) -> Sample {
      let ranges = shape.map { Slice.Range(start: 0, step: 1, count: $0) }
      return Sample(
        MaskWrite(ranges: ranges, axis: axis), .uniform(shape), .mask(mask), .uniform(value))
    }
    return [
      sample([3, 4], mask: [3, 4], axis: 0, [1]), sample([3, 4], mask: [3], axis: 0, [1, 4]),
      sample([2, 3, 2], mask: [3], axis: 1, [2, 1, 2]),
      sample([0, 3], mask: [0], axis: 0, [0, 3]),
      sample([3], mask: [], axis: 0, [1, 3]),
      Sample(
        MaskWrite(
          ranges: [.init(start: 3, step: -2, count: 2), .init(start: 0, step: 1, count: 3)], axis: 1
        ), .uniform([4, 3]), .mask([3]), .uniform([2, 1])),
    ]
  }
}
