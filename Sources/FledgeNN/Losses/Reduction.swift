import FledgeCore

/// How the losses of elements or rows are combined.
public enum LossReduction: Sendable, Hashable, CaseIterable {
  /// Their mean; where a loss weighs its rows, Σ weight · loss / Σ weight.
  case mean
  /// Their sum, divided by the size of the first axis.
  case batchMean
  /// Their sum.
  case sum
  /// The losses themselves.
  case none
}

extension Tensor {
  /// Reduces the losses in this tensor; a mean divides by `total`, by default their number.
  /// Shape: [*] → [], or [*] where nothing is reduced.
  func reduced(by reduction: LossReduction, total: Tensor? = nil) -> Tensor {
    switch reduction {
    case .mean: total.map { sum() / $0 } ?? mean()
    case .batchMean: sum() / Double(Swift.max(rank == 0 ? 1 : shape[0], 1))
    case .sum: sum()
    case .none: self
    }
  }
}

extension Tensor {
  /// The elements that count: 0 in the place of those whose weight is 0, which may be anything, since
  /// 0 · ∞ would be NaN. A weight in the graph leaves out none: its gradient there is the loss.
  func kept(by weight: Tensor?) -> Tensor {
    guard let weight, !weight.requiresGradients else { return self }
    return masked(where: weight .== 0, with: 0)
  }
}

/// Weights broadcast to the losses, and must not make them more.
func requireFit(
  _ weight: Tensor?, _ name: String, to prediction: Tensor, _ operation: String
) {
  guard let weight else { return }
  require(
    Shape.broadcast(weight.shape, prediction.shape) == prediction.shape, operation,
    "a \(name) of shape \(weight.shape) does not broadcast to the predictions' "
      + "\(prediction.shape)")
}

/// Losses do not broadcast: [N] beside [N, 1] would silently become [N, N].
func requireSameShape(_ prediction: Tensor, _ target: Tensor, _ operation: String) {
  require(
    prediction.shape == target.shape, operation,
    "the prediction's shape \(prediction.shape) is not the target's, \(target.shape)")
}
