import FledgeCore

/// With d = |prediction − target|: d²/2 up to δ, and the line δ (d − δ/2) from there on, so that
/// the slope at an outlier is at most δ (Huber 1964).
/// Shape: two equal shapes → [], or theirs without reduction.
public func huber(
  _ prediction: Tensor, _ target: Tensor, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, target, "huber")
  require(delta > 0, "huber", "delta must be positive, got \(delta)")
  return inFloat32(Tensors(prediction, target)) {
    let distance = ($0[0] - $0[1]).abs()
    // q (d − q/2) with q = min(d, δ) is both branches at once, and so are its derivatives.
    let quadratic = distance.clamped(max: delta)
    return (quadratic * (distance - quadratic * 0.5)).reduced(by: reduction)
  }
}

/// The Huber loss over β: d²/(2β) up to β, d − β/2 from there on; for β = 0 it is |d|
/// (Girshick 2015).   Shape: two equal shapes → [], or theirs without reduction.
public func smoothL1(
  _ prediction: Tensor, _ target: Tensor, beta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  require(
    beta >= 0 && beta.isFinite, "smoothL1", "beta must be finite and cannot be negative, got \(beta)")
  if beta == 0 { return meanAbsoluteError(prediction, target, reduction: reduction) }
  return inFloat32(Tensors(prediction, target)) {
    huber($0[0], $0[1], delta: beta, reduction: reduction) / beta
  }
}
