/// y = x sorted stably along the last axis, and the elements' old positions; NaN is the largest.
/// Shape: [*, n] → [*, n], int64 [*, n]
struct Sort: Primitive {
  static let name = "sort"
  static let formula = "y = x sorted along the last axis, and where the elements came from"
  let descending: Bool

  var saves: SavedValues { .output(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    require(inputs[0].shape.rank > 0, Self.name, "of a scalar")
    return [inputs[0], TensorType(shape: inputs[0].shape, dtype: .int64)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let (values, indices) = backend.sort(inputs[0], descending: descending)
    return [values, indices]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let zeros = Tensor.zeros(g.inputShape(0), dtype: g.inputDType(0))
    return [zeros.scatterAdding(g.dy, at: g.output(1), axis: -1)]
  }

  static var samples: [Sample] {
    [
      Sample(Sort(descending: false), .distinct([3, 7])),
      Sample(Sort(descending: true), .distinct([9])),
      Sample(Sort(descending: false), .indices([4, 12], below: 4)),
      Sample(Sort(descending: true), .indices([4, 12], below: 4)),
    ]
  }
}

extension Tensor {
  /// The elements along an axis in ascending (or descending) order, and the int64 positions they
  /// came from. Equal elements keep their order.
  public func sorted(axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor)
  {
    let axis = shape.normalized(axis: axis, "sorted")
    let isLast = axis == rank - 1
    let outputs = apply(
      Sort(descending: descending), [isLast ? self : transposed(axis, -1)])
    if isLast { return (outputs[0], outputs[1]) }
    return (outputs[0].transposed(axis, -1), outputs[1].transposed(axis, -1))
  }

  /// The int64 positions that sort an axis.
  public func argsorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    sorted(axis: axis, descending: descending).indices
  }

  /// The k largest (or smallest) elements along an axis in order, and their int64 positions.
  public func topK(_ k: Int, axis: Int = -1, largest: Bool = true) -> (
    values: Tensor, indices: Tensor
  ) {
    let axis = shape.normalized(axis: axis, "topK")
    require(
      k >= 0 && k <= shape[axis], "topK", "k = \(k) of an axis of size \(shape[axis])")
    let (values, indices) = sorted(axis: axis, descending: largest)
    return (
      values.sliced(axis: axis, from: 0, count: k), indices.sliced(axis: axis, from: 0, count: k)
    )
  }
}
