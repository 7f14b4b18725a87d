import FledgeCore

extension Module {
  /// Runs `body` in evaluation mode and without gradients, then restores the mode:
  ///
  ///     let logits = model.evaluating { model(images) }
  public func evaluating<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result {
    let wasTraining = isTraining
    eval()
    defer { train(wasTraining) }
    return try withoutGradients(body)
  }
}
