import FledgeCore

/// (prediction − target)².   Shape: two equal shapes → [], or theirs without reduction.
public func meanSquaredError(
  _ prediction: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, target, "meanSquaredError")
  return (prediction - target).square().reduced(by: reduction)
}

/// |prediction − target|, also known as the L1 loss; the gradient at 0 is 0.
/// Shape: two equal shapes → [], or theirs without reduction.
public func meanAbsoluteError(
  _ prediction: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(prediction, target, "meanAbsoluteError")
  return (prediction - target).abs().reduced(by: reduction)
}
