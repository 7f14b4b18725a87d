import FledgeCore

/// The state of a ``Trainer``'s run, besides weights, optimizer and generators.
struct TrainingState: Codable, Sendable, Equatable {
  /// Optimizer steps done.
  var step = 0
  /// Epochs done.
  var epoch = 0
  /// Batches taken of the epoch that has begun.
  var batch = 0
  /// Σ of the losses, weighted by examples, and the number of examples, of the current epoch or,
  /// between epochs, of the last one.
  var lossSum = 0.0
  var examples = 0
  /// The best value of the monitored metric, and the step it was measured at.
  var best: Double?
  var bestStep: Int?
  var validationsSinceBest = 0
  /// The last validation, and the step it was made after.
  var validation: [String: Double] = [:]
  var validationStep: Int?

  /// What no run can have reached; nil where there is nothing.
  func fault(batchesPerEpoch: Int?) -> String? {
    let counts = [
      ("steps", step), ("epochs", epoch), ("batches", batch), ("examples", examples),
      ("validations", validationsSinceBest), ("steps to the best", bestStep ?? 0),
      ("steps to a validation", validationStep ?? 0),
    ]
    if let (name, count) = counts.first(where: { !$0.1.isCount }) {
      return "it counts \(count) \(name)"
    }
    guard let batchesPerEpoch, batch >= batchesPerEpoch else { return nil }
    return "it has done \(batch) batches of an epoch of \(batchesPerEpoch)"
  }
}

/// What a ``Trainer`` puts in a checkpoint: the program's own settings, and where the run stands.
/// Load it to learn the settings, build the model they describe, and
/// ``Trainer/resume(from:)`` it:
///
///     let saved = try Checkpoint<TrainingRun<Settings>>.load(path)
///     let model = Net(saved.checkpoint.run.settings.width)
///     …
///     try trainer.resume(from: saved)
public struct TrainingRun<Settings: Codable & Sendable>: Codable, Sendable {
  /// The settings from which the program builds model and data again.
  public var settings: Settings
  let state: TrainingState
  /// The place in the data, as ``TrainingData`` wrote it.
  let data: String
  let stepRule: [String: Double]
  /// The states registered with ``Trainer/keep(_:state:restore:)``.
  let parts: [String: String]
  /// What belongs to each rank, where several trained.
  let ranks: [RankState]?
}

/// What of a run is another on every rank: the numbers it draws, and its place in its part of the data.
struct RankState: Codable, Sendable {
  let data: String
  let parts: [String: String]
  let generators: [String: GeneratorState]
}
