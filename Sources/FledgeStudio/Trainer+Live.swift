import FledgeCore
import FledgeOptim
import FledgeTrain
import Foundation

extension Trainer {
  /// Shows the training in the browser while it runs, and prints the address of its page. Call it
  /// after `clipping` and the like are set and before `train(until:)`:
  ///
  ///     let live = try trainer.live("my-training")
  ///     live.show("samples") { .text(write(100)) }
  ///
  /// The page sees losses, validation metrics, the learning rate, gradients, memory and
  /// distributions, and can pause, step and stop the run and change its learning rate. Unless it
  /// changes the rate, the run ends with the same bits as without a page. A run that the page stops
  /// is saved, and then validated where its last validation is of an earlier step.
  ///
  /// - Parameter floor: the loss that no model can beat, where it is known
  /// - Throws: ``StudioError``
  @discardableResult
  public func live(_ name: String, floor: Double? = nil) throws(StudioError) -> LiveRun {
    let link = try StudioStarter.connect()
    let run = live(RunDescription(name: name, floor: floor), over: link)
    say("watch it at \(run.address)")
    return run
  }

  package func live(_ description: RunDescription, over link: StudioLink) -> LiveRun {
    var description = description
    description.parameters = model.parameterCount
    let run = LiveRun(description, over: link)
    on(.trainingBegins) { [description] trainer in
      var known = description
      known.total = trainer.lastStep
      known.unit = trainer.unit
      run.describe(known)
      if !(trainer.stepRule is WatchedStep) {
        trainer.stepRule = WatchedStep(base: trainer.stepRule, run: run)
      }
    }
    on(.stepBegins) { trainer in
      run.stepBegins()
      // A pause that Ctrl-C ended: a run that does not handle it ends as it would have.
      if run.wasInterrupted && !trainer.handlesInterrupts { raise(SIGINT) }
      if run.rateFactor != 1 { trainer.optimizer.learningRateFactor *= run.rateFactor }
    }
    on(.gradientsReady) { run.gradientsReady($0.model, at: $0.step + 1) }
    on(.stepEnds) { trainer in
      run.note("loss", trainer.loss, at: trainer.step)
      run.note(
        "learning_rate",
        trainer.optimizer.learningRate * trainer.optimizer.learningRateFactor, at: trainer.step)
      if let norm = trainer.gradientNorm { run.note("gradient_norm", norm, at: trainer.step) }
      let hasEpochs = trainer.stepsPerEpoch != nil
      run.stepEnds(
        trainer.step, epoch: hasEpochs ? trainer.epoch + 1 : nil,
        processed: trainer.processedExamples)
      if run.isStopRequested { trainer.stop() }
    }
    on(.validationEnds) { trainer in
      for (name, value) in trainer.validation { run.record(name, value, at: trainer.step) }
    }
    on(.trainingEnds) { trainer in
      if let watched = trainer.stepRule as? WatchedStep { trainer.stepRule = watched.base }
      if run.isStopRequested { try trainer.validateWhereOld() }
      run.finish()
    }
    return run
  }
}

/// A step rule with its forward pass watched.
struct WatchedStep: StepRule {
  let base: any StepRule
  let run: LiveRun

  func forward(_ loss: () -> Tensor) -> Tensor { run.observing { base.forward(loss) } }
  func backward(_ loss: Tensor, _ run: (Tensor) throws -> Void) throws {
    try base.backward(loss, run)
  }
  func unscale(_ optimizer: Optimizer, _ strategy: any TrainingStrategy) throws {
    try base.unscale(optimizer, strategy)
  }
  func update(_ optimizer: Optimizer) { base.update(optimizer) }
  var state: [String: Double] { base.state }
  func restore(_ state: [String: Double]) throws { try base.restore(state) }
}
