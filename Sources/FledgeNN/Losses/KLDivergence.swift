import FledgeCore

/// KL(t ‖ q) = Σ t (log t − log q), the Kullback–Leibler divergence of predictions q from targets t.
///
/// By default the elements t (log t − log q) are summed over all axes and divided by the size of the
/// first, the batch; `.mean` divides by the number of elements, which is PyTorch's default but not
/// the divergence.
/// - Parameters:
///   - logProbabilities: log q.
///   - targets: t, or log t where `isLogTarget`. An element t = 0 adds 0, whatever q is.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func klDivergence(
  _ logProbabilities: Tensor, _ targets: Tensor, isLogTarget: Bool = false,
  reduction: LossReduction = .batchMean
) -> Tensor {
  requireSameShape(logProbabilities, targets, "klDivergence")
  return inFloat32(Tensors(logProbabilities, targets)) { inputs in
    let (logProbabilities, targets) = (inputs[0], inputs[1])
    // Where t is 0 the difference is left out, too: log q may be −∞, and 0 · ∞ is NaN.
    if isLogTarget {
      let difference = (targets - logProbabilities)
        .masked(where: targets .== -.infinity, with: 0)
      return (targets.exp() * difference).reduced(by: reduction)
    }
    let isZero = targets .<= 0
    let logTargets = targets.masked(where: isZero, with: 1).log()
    let difference = (logTargets - logProbabilities).masked(where: isZero, with: 0)
    return (targets * difference).reduced(by: reduction)
  }
}
