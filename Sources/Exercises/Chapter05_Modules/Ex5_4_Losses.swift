import FledgeCore
import FledgeCourse

// Three losses, made of tensor operations, which are differentiable, so the losses need no gradient
// rules of their own. Each is a mean, a tensor of shape [].

/// The mean of (prediction − target)².   Shape: two equal shapes → []
func squaredErrorLoss(_ prediction: Tensor, _ target: Tensor) -> Tensor {
  // Shapes that only broadcast, [N] beside [N, 1], would give N² differences.
  if prediction.shape != target.shape {
    fledgeTrap("squaredErrorLoss", "\(prediction.shape) beside \(target.shape)")
  }
  // solution
  return (prediction - target).square().mean()
  // end solution
}

/// The mean of −z log σ(x) − (1 − z) log(1 − σ(x)) for logits x and targets z in [0, 1].
///
/// It is also log(1 + eˣ) − x z, where 1 is e⁰: a log-sum-exp of 0 and x, which is finite for every x
/// and has a slope at every x, also at x = 0, where an untrained network begins.
///
/// `Tensor.stack(_:axis:)` and `logSumExp(axis:)` are there.   Shape: two equal shapes → []
func binaryCrossEntropyLoss(_ logits: Tensor, _ targets: Tensor) -> Tensor {
  // solution
  let both = Tensor.stack([Tensor.zeros(like: logits), logits], axis: -1)
  return (both.logSumExp(axis: -1) - logits * targets).mean()
  // end solution
}

/// The mean of −log softmax(x)ₜ over rows of logits x with classes t, where −log softmax(x)ₜ is
/// log Σ eˣ − xₜ. Rows with the class `ignored` (padding) count neither in the sum nor in the number
/// of rows; where no row counts, the loss is 0.
///
/// Shape: [*, C], int64 [*] → []
///
/// `gather` takes xₜ out of the rows: `x.gather(t.expandedDims(axis: -1), axis: -1)` is [*, 1]. It
/// needs a class that is there also for ignored rows.
func crossEntropyLoss(_ logits: Tensor, _ targets: Tensor, ignoring ignored: Int = -100) -> Tensor {
  // solution
  let counts = targets .!= Double(ignored)
  let classes = targets.masked(where: counts.not(), with: 0).expandedDims(axis: -1)
  let right = logits.gather(classes, axis: -1).squeezed(axis: -1)
  let losses = (logits.logSumExp(axis: -1) - right) * counts.cast(to: logits.dtype)
  return losses.sum() / max(counts.sum().item(), 1)
  // end solution
}
