import FledgeCore

/// mean (prediction − target)².   Shape: two equal shapes → [].
public func meanSquaredError(_ prediction: Tensor, _ target: Tensor) -> Tensor {
  requireSameShape(prediction, target, "meanSquaredError")
  return (prediction - target).square().mean()
}

/// Losses do not broadcast: [N] beside [N, 1] would silently become [N, N].
func requireSameShape(_ prediction: Tensor, _ target: Tensor, _ operation: String) {
  require(
    prediction.shape == target.shape, operation,
    "the prediction's shape \(prediction.shape) is not the target's, \(target.shape)")
}
