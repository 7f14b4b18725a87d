import FledgeCore

/// KL(t ‖ q) = Σ t (log t − log q), the Kullback–Leibler divergence of predictions q from targets t.
///
/// By default the elements t (log t − log q) are summed over all axes and divided by the size of the
/// first, the batch; `.mean` divides by the number of elements, which is PyTorch's default but not
/// the divergence.
/// - Parameters:
///   - logProbabilities: log q.
///   - targets: t, or log t where `isLogTarget`. An element t = 0 adds 0.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func klDivergence(
  _ logProbabilities: Tensor, _ targets: Tensor, isLogTarget: Bool = false,
  reduction: LossReduction = .batchMean
) -> Tensor {
  requireSameShape(logProbabilities, targets, "klDivergence")
  if isLogTarget {
    return (targets.exp() * (targets - logProbabilities)).reduced(by: reduction)
  }
  let logTargets = targets.masked(where: targets .<= 0, with: 1).log()
  return (targets * (logTargets - logProbabilities)).reduced(by: reduction)
}
