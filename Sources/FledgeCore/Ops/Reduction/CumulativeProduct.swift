extension Tensor {
  /// Running products along an axis, y[…, i, …] = Π_{j ≤ i} x[…, j, …]; its gradient is right at zeros,
  /// too. Integers and bools are multiplied as int64.
  public func cumulativeProduct(axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "cumulativeProduct")
    let x = dtype.isFloatingPoint ? self : cast(to: .int64)
    return inFloat32(Tensors(x)) { inputs in
      var y = inputs[0]
      // Each element is the product of so many that end there, and meets those before them
      // (Hillis and Steele 1986). No division, which zeros would not survive.
      var reach = 1
      while reach < shape[axis] {
        let count = shape[axis] - reach
        let products =
          y.sliced(axis: axis, from: reach, count: count)
          * y.sliced(axis: axis, from: 0, count: count)
        y = Tensor.concatenate(
          [y.sliced(axis: axis, from: 0, count: reach), products], axis: axis)
        reach *= 2
      }
      return y
    }
  }
}
