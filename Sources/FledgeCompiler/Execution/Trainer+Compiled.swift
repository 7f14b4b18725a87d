import FledgeCore
import FledgeTrain

extension Trainer {
  /// Runs forward and backward pass of each batch as a graph, as
  /// `compile { … }` does; returns the trainer.
  ///
  ///     let trainer = Trainer(
  ///       model, optimizer, on: TrainingData(loader), arguments: { [$0.inputs, $0.targets] }
  ///     ) { crossEntropy(model($0[0]), $0[1]) }.compiled()
  ///
  /// All else is as it was, in the same order: hooks, clipping, the optimizer's step, schedules,
  /// validation, checkpoints. The run has the bits of one that is not compiled, and each can go on with a
  /// checkpoint of the other.
  ///
  /// Traps unless the trainer was made with `arguments:`; with a batch as the only argument a graph would
  /// keep the first batch. When it trains, steps must be plain and on one rank.
  ///
  /// - Parameter limit: How many versions for types of batches are kept.
  @discardableResult
  public func compiled(limit: Int = 8) -> Self {
    require(
      tensorLoss != nil, "compiled",
      "the loss is a function of a batch, and a graph would keep the first one; make the trainer with "
        + "Trainer(model, optimizer, on: data, arguments: { [$0.inputs, $0.targets] }) { loss of tensors }"
    )
    acceleration = { compile(limit: limit, $0).call }
    return self
  }
}
