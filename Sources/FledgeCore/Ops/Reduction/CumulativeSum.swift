/// y[…, i, …] = Σ_{j ≤ i} x[…, j, …].   Shape: [*] → [*]
struct CumulativeSum: Primitive {
  static let name = "cumsum"
  static let formula = "y[i] = Σ_{j ≤ i} x[j] along an axis"
  static var precision: AutocastRule { .full }
  let axis: Int

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    [
      TensorType(
        shape: inputs[0].shape,
        dtype: inputs[0].dtype.isFloatingPoint ? inputs[0].dtype : .int64)
    ]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let x = inputs[0].dtype.isFloatingPoint ? inputs[0] : backend.cast(inputs[0], to: .int64)
    return [backend.cumulativeSum(x, axis: axis)]
  }

  /// dx[i] = Σ_{j ≥ i} dy[j]: the same sum from the other end.
  func gradients(_ g: GradientContext) -> Gradients {
    [g.dy.flipped(axis: axis).cumulativeSum(axis: axis).flipped(axis: axis)]
  }

  static var samples: [Sample] {
    [
      Sample(CumulativeSum(axis: 0), .uniform([6])),
      Sample(CumulativeSum(axis: 1), .uniform([2, 3, 2])),
      Sample(CumulativeSum(axis: 0), .indices([5, 2], below: 4)),
    ]
  }
}

extension Tensor {
  /// Running sums along an axis.
  public func cumulativeSum(axis: Int) -> Tensor {
    apply(CumulativeSum(axis: shape.normalized(axis: axis, "cumulativeSum")), self)
  }
}
