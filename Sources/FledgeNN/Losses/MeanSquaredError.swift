import FledgeCore

/// (prediction − target)².   Shape: two equal shapes → [], or theirs without reduction.
public func meanSquaredError(
  _ prediction: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, target, "meanSquaredError")
  return inFloat32(Tensors(prediction, target)) {
    ($0[0] - $0[1]).square().reduced(by: reduction)
  }
}

/// |prediction − target|, also known as the L1 loss; the gradient at 0 is 0.
/// Shape: two equal shapes → [], or theirs without reduction.
public func meanAbsoluteError(
  _ prediction: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, target, "meanAbsoluteError")
  return inFloat32(Tensors(prediction, target)) {
    ($0[0] - $0[1]).abs().reduced(by: reduction)
  }
}
