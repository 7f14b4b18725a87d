extension Tensor {
  /// Running products along an axis, y[…, i, …] = Π_{j ≤ i} x[…, j, …]; its gradient is right at zeros,
  /// too. Integers and bools are multiplied as int64.   Shape: [*] → [*]
  public func cumulativeProduct(axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "cumulativeProduct")
    let x = dtype.isFloatingPoint ? self : cast(to: .int64)
    if x.count == 0 { return x }
    return inFloat32(Tensors(x)) { inputs in
      // From the first to the last: other orders would multiply large numbers with each other before
      // they meet a small one or a zero. No division, which zeros would not survive.
      var products: [Tensor] = []
      for factor in inputs[0].split(every: 1, axis: axis) {
        products.append(products.last.map { $0 * factor } ?? factor)
      }
      return Tensor.concatenate(products, axis: axis)
    }
  }
}
