/// y = a · σ(b) for the first half a of an axis and the second half b, the gated linear unit
/// (Dauphin et al. 2017).   Shape: [a…, 2·n, b…] → [a…, n, b…]
public func glu(_ x: Tensor, axis: Int = -1) -> Tensor {
  let axis = x.shape.normalized(axis: axis, "glu")
  require(
    x.shape[axis] % 2 == 0, "glu",
    "axis \(axis) of shape \(x.shape) does not divide into two halves")
  let half = x.shape[axis] / 2
  return inFloat32([x]) {
    $0[0].sliced(axis: axis, from: 0, count: half)
      * sigmoid($0[0].sliced(axis: axis, from: half, count: half))
  }
}
