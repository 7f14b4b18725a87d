import FledgeCore

/// max(0, −y (a − b) + margin): the first of two scores should be the higher one where y = 1, the
/// second where y = −1. At the margin itself the slope is that of the line, as in PyTorch.
/// - Parameter labels: y; above 0 stands for 1, everything else for −1.
///
/// Shape: three equal shapes → [], or theirs without reduction.
public func marginRankingLoss(
  _ a: Tensor, _ b: Tensor, labels: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
  require(
    a.shape == b.shape && labels.shape == a.shape, "marginRankingLoss",
    "needs scores and labels of one shape, the shapes are \(a.shape), \(b.shape) and "
      + "\(labels.shape)")
  require(margin.isFinite, "marginRankingLoss", "the margin must be finite, got \(margin)")
  return inFloat32(Tensors(a, b)) {
    let gap = Tensor.where(labels .> 0, $0[1] - $0[0], $0[0] - $0[1])
    return (gap + margin).clamped(min: 0).reduced(by: reduction)
  }
}

/// x for pairs that belong together, max(0, margin − x) for the others, where x is a distance.
/// - Parameter labels: 1 where a pair belongs together; all that is not above 0 stands for −1.
///
/// Shape: two equal shapes → [], or theirs without reduction.
public func hingeEmbeddingLoss(
  _ distances: Tensor, labels: Tensor, margin: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  require(
    distances.shape == labels.shape, "hingeEmbeddingLoss",
    "needs a label for each distance, the shapes are \(distances.shape) and \(labels.shape)")
  require(margin.isFinite, "hingeEmbeddingLoss", "the margin must be finite, got \(margin)")
  return inFloat32(Tensors(distances)) {
    Tensor.where(labels .> 0, $0[0], (margin - $0[0]).clamped(min: 0)).reduced(by: reduction)
  }
}
