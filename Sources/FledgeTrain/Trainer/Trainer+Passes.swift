import FledgeCore
import FledgeNN

/// Forward and backward pass of a batch as functions of its tensors: for a batch alone, and for one of
/// several, whose loss is multiplied by a weight, the last argument. They return the loss.
struct AcceleratedPasses {
  let alone: ([Tensor]) -> [Tensor]
  let weighted: ([Tensor]) -> [Tensor]
}

extension Trainer {
  /// Adds up the gradients of `weight` times the loss of one batch; returns the loss.
  func addGradients(of batch: Batch, weight: Double, isLast: Bool) throws -> Double {
    if let passes = passes(), let tensorLoss {
      let arguments = tensorLoss.arguments(batch)
      let results =
        weight == 1
        ? passes.alone(arguments)
        : passes.weighted(arguments + [.full([], weight, dtype: .float64)])
      return results[0].item()
    }
    let result = stepRule.forward { lossOf(batch) }
    requireScalar(result)
    try stepRule.backward(weight == 1 ? result : result * weight) { loss in
      try strategy.backward(loss, isLast: isLast)
    }
    return result.item()
  }

  private func passes() -> AcceleratedPasses? {
    if let acceleratedPasses { return acceleratedPasses }
    guard let acceleration, let loss = tensorLoss?.loss else { return nil }
    let passes = AcceleratedPasses(
      alone: acceleration { [unowned self] arguments in
        let result = loss(arguments)
        requireScalar(result)
        result.backward()
        return [result]
      },
      weighted: acceleration { [unowned self] arguments in
        let result = loss(arguments.dropLast())
        requireScalar(result)
        (result * arguments.last!.cast(to: result.dtype)).backward()
        return [result]
      })
    acceleratedPasses = passes
    return passes
  }

  private func requireScalar(_ loss: Tensor) {
    require(loss.count == 1, "Trainer", "the loss must be a scalar, its shape is \(loss.shape)")
  }

  /// What is accelerated is a plain pass on one rank.
  func requirePlainPasses() {
    guard acceleration != nil else { return }
    require(
      stepRule is PlainStep && strategy is SingleProcess, "Trainer",
      "a compiled pass is plain and on one rank; with \(type(of: stepRule)) and \(type(of: strategy)), "
        + "leave out compiled()")
  }
}
