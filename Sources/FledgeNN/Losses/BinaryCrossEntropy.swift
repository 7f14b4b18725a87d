import FledgeCore

/// mean −[z log σ(x) + (1 − z) log(1 − σ(x))] = mean [log(1 + eˣ) − x z] for logits x and targets
/// z in [0, 1].   Shape: two equal shapes → [].
public func binaryCrossEntropyWithLogits(_ logits: Tensor, _ targets: Tensor) -> Tensor {
  requireSameShape(logits, targets, "binaryCrossEntropyWithLogits")
  return (softplus(logits) - logits * targets).mean()
}
