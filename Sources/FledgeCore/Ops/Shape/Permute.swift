/// y = x with its axes in another order, a view.   Shape: [d₀, d₁, …] → [d_order[0], …]
struct Permute: SingleOutput {
  static let name = "permute"
  static let formula = "y = x with its axes in another order"
  /// Axis i of the output is axis order[i] of the input.
  let order: [Int]

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let shape = inputs[0].shape
    require(
      order.sorted() == Array(0..<shape.rank), Self.name,
      "\(order) is not an order of the \(shape.rank) axes of shape \(shape)")
    return TensorType(shape: Shape(order.map { shape[$0] }), dtype: inputs[0].dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    inputs[0].view(inputs[0].layout.permuted(order))
  }

  func gradients(_ g: GradientContext) -> Gradients {
    var inverse = order
    for (i, axis) in order.enumerated() { inverse[axis] = i }
    return [g.dy.permuted(inverse)]
  }

  static var samples: [Sample] {
    [
      Sample(Permute(order: [1, 0]), .uniform([2, 3])),
      Sample(Permute(order: [2, 0, 1]), .uniform([2, 3, 4])),
      Sample(Permute(order: []), .uniform([])),
    ]
  }
}

extension Tensor {
  /// A view with the axes in another order: axis i of the result is axis order[i] of this tensor.
  public func permuted(_ order: [Int]) -> Tensor {
    let axes = order.map { $0 < 0 ? $0 + rank : $0 }
    return apply(Permute(order: axes), self)
  }

  /// A view with two axes exchanged; the last two by default.
  public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(
      shape.normalized(axis: a, "transposed"), shape.normalized(axis: b, "transposed"))
    return apply(Permute(order: order), self)
  }

  /// A view with one axis moved to another place.
  public func movingAxis(_ from: Int, to: Int) -> Tensor {
    var order = Array(0..<rank)
    let axis = order.remove(at: shape.normalized(axis: from, "movingAxis"))
    order.insert(axis, at: shape.normalized(axis: to, "movingAxis"))
    return apply(Permute(order: order), self)
  }
}
