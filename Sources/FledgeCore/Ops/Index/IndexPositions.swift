/// y = the position that several indices name together, Σ indexₖ · strideₖ. Negative indices count
/// from the end.   Shape: int64 [*], … that broadcast → int64 [*]
struct IndexPositions: SingleOutput {
  static let name = "indexPositions"
  static let formula = "y = Σₖ indexₖ · strideₖ"
  static var precision: AutocastRule { .given }
  /// The sizes of the axes that the indices are for.
  let sizes: [Int]
  /// How many elements it is from one index to the next.
  let strides: [Int]

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(
      inputs.count == sizes.count, Self.name, "\(inputs.count) indices for \(sizes.count) axes")
    var shape: Shape = []
    for input in inputs {
      requireIntegers(input, .int64, Self.name)
      shape = Shape.broadcast(shape, input.shape, for: Self.name)
    }
    return TensorType(shape: shape, dtype: .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let shape = outputType(of: inputs.types).shape
    var positions = [Int](repeating: 0, count: shape.count)
    for (i, input) in inputs.enumerated() {
      let indices = checkedIndices(input, below: sizes[i], Self.name)
      let (storage, stride) = (indices.storage, strides[i])
      let elements = storage.pointer.assumingMemoryBound(to: Int.self)
      var place = 0
      indices.layout.broadcast(to: shape).forEachPosition {
        positions[place] += elements[$0] * stride
        place += 1
      }
      withExtendedLifetime(indices) {}
    }
    return Tensor(positions, shape: shape)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    Gradients(repeating: nil, count: g.inputCount)
  }

  static var samples: [Sample] {
    [
      Sample(IndexPositions(sizes: [5], strides: [1]), .indices([4], below: 5)),
      Sample(
        IndexPositions(sizes: [3, 4], strides: [4, 1]), .indices([2, 1], below: 3),
        .indices([5], below: 4)),
      Sample(
        IndexPositions(sizes: [2, 3, 4, 2], strides: [24, 8, 2, 1]), .indices([], below: 2),
        .indices([3], below: 3), .indices([2, 3], below: 4), .indices([1], below: 2)),
      Sample(
        IndexPositions(sizes: [3, 2], strides: [2, 1]), .indices([0], below: 3),
        .indices([1], below: 2)),
    ]
  }
}
