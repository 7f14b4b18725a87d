import FledgeCore

/// −Σ_c t_c w_c log softmax(logits)_c for each row.   Shape: [*, C], int64 [*] → [], or [*] without
/// reduction.
///
/// - Parameters:
///   - logits: [*, C].
///   - targets: The class of each row, in 0 ..< C; integers. For a distribution over the classes
///     see ``crossEntropy(_:probabilities:weights:labelSmoothing:reduction:)``.
///   - weights: w, one for each class [C]; by default 1. The mean is weighted by the weights of the
///     rows' targets, as in PyTorch.
///   - ignoreIndex: Rows with this target count neither in the sum nor in the number of rows; if
///     all rows have it, the loss is 0.
///   - labelSmoothing: ε in t = (1 − ε) one-hot + ε / C (Szegedy et al. 2016).
public func crossEntropy(
  _ logits: Tensor, _ targets: Tensor, weights: Tensor? = nil, ignoreIndex: Int? = nil,
  labelSmoothing: Double = 0, reduction: LossReduction = .mean
) -> Tensor {
  requireRows(logits, targets, weights, labelSmoothing: labelSmoothing, "crossEntropy")
  if let weights {
    return inFloat32(Tensors(logits, weights)) {
      weightedCrossEntropy(
        $0[0], targets, weights: $0[1], ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing,
        reduction: reduction)
    }
  }
  return inFloat32(Tensors(logits)) {
    let losses = crossEntropyLosses(
      $0[0].reshaped([targets.count, logits.shape[-1]]), targets.reshaped([targets.count]),
      ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing
    ).reshaped(targets.shape)
    guard let ignoreIndex, reduction == .mean else { return losses.reduced(by: reduction) }
    let counted = (targets .!= Double(ignoreIndex)).sum().cast(to: losses.dtype)
    return losses.reduced(by: .mean, total: counted.clamped(min: 1))
  }
}

/// −Σ_c t_c w_c log softmax(logits)_c for each row, t being a distribution over the classes.
/// Shape: two equal [*, C] → [], or [*] without reduction.
///
/// - Parameters:
///   - logits: [*, C].
///   - probabilities: t, [*, C]; a class of probability 0 adds nothing, whatever its logit is. They
///     may be trained.
///   - weights: w, one for each class [C]; by default 1. The mean is that of the rows all the same,
///     as in PyTorch.
///   - labelSmoothing: ε; t becomes (1 − ε) t + ε / C.
public func crossEntropy(
  _ logits: Tensor, probabilities: Tensor, weights: Tensor? = nil, labelSmoothing: Double = 0,
  reduction: LossReduction = .mean
) -> Tensor {
  require(
    logits.rank > 0 && probabilities.shape == logits.shape, "crossEntropy",
    "needs logits and probabilities of one shape [*, C], the shapes are \(logits.shape) and "
      + "\(probabilities.shape)")
  require(
    probabilities.dtype.isFloatingPoint, "crossEntropy",
    "probabilities must be floating-point numbers, they are \(probabilities.dtype); for a class a "
      + "row use crossEntropy(logits, targets)")
  requireOptions(logits, weights, labelSmoothing, "crossEntropy")
  let inputs = Tensors(logits, probabilities)
  return inFloat32(weights.map { inputs + [$0] } ?? inputs) { inputs in
    let logProbabilities = logSoftmax(inputs[0])
    var share = inputs[1]
    if labelSmoothing > 0 {
      share = share * (1 - labelSmoothing) + labelSmoothing / Double(logits.shape[-1])
    }
    if weights != nil { share = share * inputs[2] }
    return -(logProbabilities.kept(by: share) * share).sum(axis: -1).reduced(by: reduction)
  }
}

private func weightedCrossEntropy(
  _ logits: Tensor, _ targets: Tensor, weights: Tensor, ignoreIndex: Int?, labelSmoothing: Double,
  reduction: LossReduction
) -> Tensor {
  let rows = TargetRows(targets, weights: weights, ignoreIndex: ignoreIndex)
  // A row that does not count may hold anything, and NaN would come back in its gradient.
  let logProbabilities = logSoftmax(
    ignoreIndex == nil
      ? logits : logits.masked(where: rows.isCounted.not().expandedDims(axis: -1), with: 0))
  var losses = rows.losses(logProbabilities)
  if labelSmoothing > 0 {
    let uniform =
      -(logProbabilities.kept(by: weights) * weights).mean(axis: -1)
      .masked(where: rows.isCounted.not(), with: 0) * labelSmoothing
    // A loss that does not count may be ∞, and 0 · ∞ is NaN.
    losses = labelSmoothing == 1 ? uniform : losses * (1 - labelSmoothing) + uniform
  }
  return losses.reduced(by: reduction, total: rows.totalWeight)
}

/// −w[t] logProbabilities[t] for each row: the cross-entropy after
/// ``/FledgeCore/logSoftmax(_:axis:)``.   Shape: [*, C], int64 [*] → [], or [*] without reduction.
///
/// - Parameters:
///   - logProbabilities: [*, C].
///   - targets: The class of each row, in 0 ..< C.
///   - weights: w, one for each class [C]; by default 1. The mean is Σ w l / Σ w.
///   - ignoreIndex: Rows with this target are ignored; if all have it, the loss is 0.
public func negativeLogLikelihood(
  _ logProbabilities: Tensor, _ targets: Tensor, weights: Tensor? = nil, ignoreIndex: Int? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireRows(logProbabilities, targets, weights, "negativeLogLikelihood")
  let weights = weights ?? Tensor.ones([logProbabilities.shape[-1]], dtype: logProbabilities.dtype)
  return inFloat32(Tensors(logProbabilities, weights)) {
    let rows = TargetRows(targets, weights: $0[1], ignoreIndex: ignoreIndex)
    return rows.losses($0[0]).reduced(by: reduction, total: rows.totalWeight)
  }
}

/// The target of each row and what the row weighs.
private struct TargetRows {
  /// int64 [*]; 0 where the row is ignored.
  let targets: Tensor
  /// Where rows count: bool [*].
  let isCounted: Tensor
  /// [*]; 0 for rows that do not count.
  let weight: Tensor

  init(_ targets: Tensor, weights: Tensor, ignoreIndex: Int?) {
    isCounted =
      ignoreIndex.map { targets .!= Double($0) } ?? Tensor.ones(targets.shape, dtype: .bool)
    self.targets = Tensor.where(
      isCounted, targets.cast(to: .int64), Tensor.full([], 0, dtype: .int64))
    // An ignored row stands for class 0, whose weight may be infinite.
    weight = weights.rows(at: self.targets).masked(where: isCounted.not(), with: 0)
  }

  /// −w[t] log p[t].   Shape: [*, C] → [*]
  func losses(_ logProbabilities: Tensor) -> Tensor {
    let chosen = logProbabilities.gather(targets.expandedDims(axis: -1), axis: -1)
      .squeezed(axis: -1)
    // Not by the weight alone, which keeps all rows where it is trained.
    return (-chosen).masked(where: isCounted.not(), with: 0).kept(by: weight) * weight
  }

  /// Σ w over the rows that count; 1 where none does.
  var totalWeight: Tensor {
    let total = weight.sum()
    return total.masked(where: total .== 0, with: 1)
  }
}

private func requireRows(
  _ rows: Tensor, _ targets: Tensor, _ weights: Tensor?, labelSmoothing: Double = 0,
  _ operation: String
) {
  require(
    rows.rank > 0 && rows.shape.dimensions.dropLast().elementsEqual(targets.shape), operation,
    "needs \(operation == "crossEntropy" ? "logits" : "log-probabilities") [*, C] and targets [*], "
      + "the shapes are \(rows.shape) and \(targets.shape)"
      + (targets.shape == rows.shape
        ? "; for distributions over the classes use crossEntropy(logits, probabilities: targets)"
        : ""))
  require(
    !targets.dtype.isFloatingPoint, operation,
    "targets are classes, so they must be integers, they are \(targets.dtype); cast them, or for "
      + "distributions over the classes use crossEntropy(logits, probabilities: targets)")
  requireOptions(rows, weights, labelSmoothing, operation)
}

private func requireOptions(
  _ rows: Tensor, _ weights: Tensor?, _ labelSmoothing: Double, _ operation: String
) {
  require(
    (0...1).contains(labelSmoothing), operation,
    "the label smoothing must be in 0…1, got \(labelSmoothing)")
  guard let weights else { return }
  require(
    weights.shape == [rows.shape[-1]], operation,
    "needs a weight for each of \(rows.shape[-1]) classes, the weights' shape is \(weights.shape)")
}
