import FledgeCore

// Losses that say which vectors should lie close to each other.

/// a·b / (‖a‖ ‖b‖) along an axis, each ‖·‖² with 10⁻¹² added.   Shape: two shapes that broadcast →
/// the shape that they broadcast to, without the axis.
public func cosineSimilarity(_ a: Tensor, _ b: Tensor, axis: Int = -1) -> Tensor {
  let shape = Shape.broadcast(a.shape, b.shape, for: "cosineSimilarity")
  func squaredNorm(_ x: Tensor) -> Tensor { x.square().sum(axis: axis) + 1e-12 }
  return inFloat32(Tensors(a, b)) {
    let (a, b) = ($0[0].broadcast(to: shape), $0[1].broadcast(to: shape))
    return (a * b).sum(axis: axis) * (squaredNorm(a) * squaredNorm(b)).rsqrt()
  }
}

/// 1 − cos(a, b) for pairs that belong together, max(0, cos(a, b) − margin) for the others.
/// - Parameters:
///   - labels: 1 where the rows belong together, −1 where they do not.
///
/// Shape: [N, D], [N, D], [N] → [], or [N] without reduction.
public func cosineEmbeddingLoss(
  _ a: Tensor, _ b: Tensor, labels: Tensor, margin: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
  require(
    a.rank == 2 && a.shape == b.shape && labels.shape == [a.shape[0]], "cosineEmbeddingLoss",
    "needs two [N, D] and labels [N], the shapes are \(a.shape), \(b.shape) and \(labels.shape)")
  require(margin.isFinite, "cosineEmbeddingLoss", "the margin must be finite, got \(margin)")
  return inFloat32(Tensors(a, b)) {
    let cosine = cosineSimilarity($0[0], $0[1])
    let apart = relu(cosine - margin)
    return Tensor.where(labels .> 0, 1 - cosine, apart).reduced(by: reduction)
  }
}

/// max(0, d(anchor, positive) − d(anchor, negative) + margin) with d(a, b) = ‖a − b + ε‖ₚ
/// (Schroff et al. 2015).
/// - Parameters:
///   - p: Which norm.
///   - swap: Takes the smaller of d(anchor, negative) and d(positive, negative) (Balntas et al.
///     2016).
///
/// Shape: three of [*, D] → [], or [*] without reduction.
public func tripletMarginLoss(
  anchor: Tensor, positive: Tensor, negative: Tensor, margin: Double = 1, p: Double = 2,
  epsilon: Double = 1e-6, swap: Bool = false, reduction: LossReduction = .mean
) -> Tensor {
  require(
    anchor.rank > 0 && anchor.shape == positive.shape && anchor.shape == negative.shape,
    "tripletMarginLoss",
    "needs three tensors of one shape [*, D], the shapes are \(anchor.shape), \(positive.shape) "
      + "and \(negative.shape)")
  require(margin.isFinite, "tripletMarginLoss", "the margin must be finite, got \(margin)")
  requireEpsilon(epsilon, "tripletMarginLoss")
  func distance(_ a: Tensor, _ b: Tensor) -> Tensor { (a - b + epsilon).norm(p, axes: [-1]) }
  return inFloat32(Tensors(anchor, positive, negative)) { inputs in
    let (anchor, positive, negative) = (inputs[0], inputs[1], inputs[2])
    var apart = distance(anchor, negative)
    if swap { apart = minimum(apart, distance(positive, negative)) }
    return relu(distance(anchor, positive) - apart + margin).reduced(by: reduction)
  }
}

/// InfoNCE (van den Oord et al. 2018): each query should pick out its own key among those of the
/// whole batch, −log softmax_j(cos(qᵢ, kⱼ) / τ) at j = i.
/// - Parameters:
///   - temperature: τ.
///   - symmetric: The mean of this and of each key picking its query, as in CLIP (Radford et al.
///     2021).
///
/// Shape: [N, D], [N, D] → [], or [N] without reduction.
public func infoNCE(
  _ queries: Tensor, _ keys: Tensor, temperature: Double = 0.1, symmetric: Bool = false,
  reduction: LossReduction = .mean
) -> Tensor {
  require(
    queries.rank == 2 && queries.shape == keys.shape, "infoNCE",
    "needs queries and keys [N, D], the shapes are \(queries.shape) and \(keys.shape)")
  require(temperature > 0, "infoNCE", "the temperature must be positive, got \(temperature)")
  func normalized(_ x: Tensor) -> Tensor {
    x * (x.square().sum(axis: -1, keepDims: true) + 1e-12).rsqrt()
  }
  return inFloat32(Tensors(queries, keys)) {
    let scores = normalized($0[0]).matmul(normalized($0[1]).transposed()) / temperature
    let own = Tensor.arange(queries.shape[0])
    let losses = crossEntropy(scores, own, reduction: .none)
    if !symmetric { return losses.reduced(by: reduction) }
    let back = crossEntropy(scores.transposed(), own, reduction: .none)
    return ((losses + back) * 0.5).reduced(by: reduction)
  }
}
