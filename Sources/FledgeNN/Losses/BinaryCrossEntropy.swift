import FledgeCore

/// −w [z log p + (1 − z) log(1 − p)] for probabilities p in [0, 1] and targets z in [0, 1].
///
/// Logarithms are cut off at −100, as in PyTorch, so that a certain but wrong prediction costs 100
/// and not ∞; the gradient is 0 there.
/// ``binaryCrossEntropyWithLogits(_:_:weight:positiveWeight:reduction:)`` needs no cut-off.
/// - Parameter weight: w, broadcasting to the shape of the predictions. An element of weight 0 counts
///   for nothing, whatever it is.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func binaryCrossEntropy(
  _ probabilities: Tensor, _ targets: Tensor, weight: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(probabilities, targets, "binaryCrossEntropy")
  requireFit(weight, "weight", to: probabilities, "binaryCrossEntropy")
  // 1 in the place of what is cut off: a gradient through log 0 would be 0 · ∞.
  func safeLog(_ p: Tensor) -> Tensor {
    p.masked(where: p .<= 0, with: 1).log().clamped(min: -100)
      .masked(where: p .<= 0, with: -100)
  }
  return inFloat32([probabilities, targets] + [weight].compactMap { $0 }) { inputs in
    let weight = weight.map { _ in inputs[2] }
    let p = inputs[0].kept(by: weight).checkedProbabilities("binaryCrossEntropy")
    let targets = inputs[1].kept(by: weight)
    let losses = -(targets * safeLog(p) + (1 - targets) * safeLog(1 - p))
    return (weight.map { losses * $0 } ?? losses).reduced(by: reduction)
  }
}

/// −w [ω z log σ(x) + (1 − z) log(1 − σ(x))] for logits x and targets z in [0, 1]; with ω = 1 it is
/// w [log(1 + eˣ) − x z]. Finite for every x.
/// - Parameters:
///   - weight: w, broadcasting to the shape of the logits. An element of weight 0 counts for nothing,
///     whatever it is.
///   - positiveWeight: ω, the weight of the positive class, broadcasting likewise: 3 makes up for
///     three times as many negative examples.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func binaryCrossEntropyWithLogits(
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape(logits, targets, "binaryCrossEntropyWithLogits")
  requireFit(weight, "weight", to: logits, "binaryCrossEntropyWithLogits")
  requireFit(positiveWeight, "positiveWeight", to: logits, "binaryCrossEntropyWithLogits")
  let weights = [weight, positiveWeight].compactMap { $0 }
  return inFloat32([logits, targets] + weights) { inputs in
    let weight = weight.map { _ in inputs[2] }
    let positiveWeight = positiveWeight.map { _ in inputs[inputs.count - 1] }
    let (logits, targets) = (inputs[0].kept(by: weight), inputs[1].kept(by: weight))
    let losses =
      positiveWeight.map { positive in
        // −log σ(x) = log(1 + e⁻ˣ), and log(1 + eˣ) = x + log(1 + e⁻ˣ).
        logits * (1 - targets) + softplus(-logits) * (1 + (positive - 1) * targets)
      } ?? (softplus(logits) - logits * targets)
    return (weight.map { losses * $0 } ?? losses).reduced(by: reduction)
  }
}
