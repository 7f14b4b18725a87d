import FledgeCore

extension Module {
  /// Runs `body` in evaluation mode and without gradients, then gives each module the mode that it
  /// had:
  ///
  ///     let logits = model.evaluating { model(images) }
  public func evaluating<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result {
    let modes = TrainingModes(of: self)
    modes.evaluate()
    defer { modes.restore() }
    return try withoutGradients(body)
  }
}
