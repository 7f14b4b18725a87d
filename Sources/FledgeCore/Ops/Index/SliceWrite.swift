/// y = x with the elements of a slice replaced, as by `x[1..<3, 0] = value`.
/// Shape: [d₀, …], [count₀, …] → [d₀, …]
struct SliceWrite: UpdatingPrimitive {
  static let name = "sliceWrite"
  static let formula = "y = x with y[start, start + step, …] = value"
  /// One for each axis, as in ``Slice``.
  let ranges: [Slice.Range]

  var targetCount: Int { 1 }
  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let region = Slice(ranges: ranges).outputTypes(of: [inputs[0]])[0]
    require(
      inputs[1] == region, Self.name, "\(inputs[1]) cannot be written at \(region) of \(inputs[0])")
    return [inputs[0]]
  }

  func update(_ targets: inout Tensors, _ others: Tensors, on backend: any Backend) {
    let region = Slice(ranges: ranges).sliced(targets[0].layout)
    backend.write(others[0], into: &targets[0], at: region)
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [
      g.needs(0) ? apply(self, g.dy, .repeatedZero(g.inputShape(1), g.inputDType(1))) : nil,
      g.needs(1) ? apply(Slice(ranges: ranges), g.dy) : nil,
    ]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int { 0 }

  static var samples: [Sample] {
    [
      Sample(
        SliceWrite(ranges: [.init(start: 1, step: 1, count: 2), .init(start: 0, step: 2, count: 2)]
        ),
        .uniform([4, 3]), .uniform([2, 2])),
      Sample(
        SliceWrite(ranges: [.init(start: 4, step: -2, count: 3)]), .uniform([5]), .uniform([3])),
      Sample(
        SliceWrite(ranges: [.init(start: 0, step: 1, count: 0)]), .uniform([5]), .uniform([0])),
      Sample(SliceWrite(ranges: []), .uniform([]), .uniform([])),
    ]
  }
}

extension Tensor {
  /// Zeros that lie once in memory, whatever the shape.
  static func repeatedZero(_ shape: Shape, _ dtype: DType) -> Tensor {
    Tensor.zeros([], dtype: dtype).broadcast(to: shape)
  }
}
