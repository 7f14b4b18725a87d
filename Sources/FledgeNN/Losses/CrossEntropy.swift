import FledgeCore

/// The mean over rows of −Σ_c t_c log softmax(logits)_c.   Shape: [*, C], int64 [*] → [].
///
/// - Parameters:
///   - logits: [*, C].
///   - targets: The class of each row, in 0 ..< C.
///   - ignoreIndex: Rows with this target count neither in the sum nor in the number of rows; where
///     all rows have it, the loss is 0.
///   - labelSmoothing: ε in t = (1 − ε) one-hot + ε / C (Szegedy et al. 2016).
public func crossEntropy(
  _ logits: Tensor, _ targets: Tensor, ignoreIndex: Int? = nil, labelSmoothing: Double = 0
) -> Tensor {
  require(
    logits.rank > 0 && logits.shape.dimensions.dropLast().elementsEqual(targets.shape),
    "crossEntropy",
    "needs logits [*, C] and targets [*], the shapes are \(logits.shape) and \(targets.shape)")
  let losses = crossEntropyLosses(
    logits.reshaped([targets.count, logits.shape[-1]]), targets.reshaped([targets.count]),
    ignoreIndex: ignoreIndex, labelSmoothing: labelSmoothing)
  guard let ignoreIndex else { return losses.mean() }
  let counted = targets.array(of: Int.self).count { $0 != ignoreIndex }
  return losses.sum() / Double(max(counted, 1))
}
