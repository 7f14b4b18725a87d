extension Tensor {
  /// The elements moved along an axis, those that leave it at one end coming in at the other:
  /// y[…, (i + shift) mod n, …] = x[…, i, …].   Shape: [*] → [*]
  public func rolled(by shift: Int, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "rolled")
    let size = shape[axis]
    if size == 0 { return self }
    let moved = (shift % size + size) % size
    if moved == 0 { return self }
    return Tensor.concatenate(
      [
        sliced(axis: axis, from: size - moved, count: moved),
        sliced(axis: axis, from: 0, count: size - moved),
      ], axis: axis)
  }

  /// The elements moved in row-major order; the shape stays.
  public func rolled(by shift: Int) -> Tensor {
    reshaped([count]).rolled(by: shift, axis: 0).reshaped(shape)
  }
}
