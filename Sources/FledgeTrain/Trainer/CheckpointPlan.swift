import FledgeCore
import FledgeIO
import FledgeNN
import FledgeOptim

/// When and where a ``Trainer`` saves.
///
/// Every ``every`` and at the end (completed or not) it writes `last`; after each validation that
/// is the best so far, by ``Trainer/monitor``, it writes `best`. Both are whole checkpoints that
/// can be resumed, written completely or not at all.
public struct CheckpointPlan {
  /// The path of the newest checkpoint.
  public let last: String
  /// The path of the best one; nil keeps none.
  public let best: String?
  /// How often `last` is written; nil writes it at the end only.
  public let every: TrainingSpan?
  /// The command that resumes the run, printed after Ctrl-C.
  public let resumeCommand: String?

  /// All of a run but the settings, which the plan knows.
  struct Snapshot {
    let state: TrainingState
    let data: String
    let stepRule: [String: Double]
    let parts: [String: String]
    let generators: [String: GeneratorState]
    let tensors: [String: [String: Tensor]]
  }

  let write: (Snapshot, Module, Optimizer, String) throws -> Void

  /// - Parameters:
  ///   - settings: what the program needs to build the model again
  ///   - every: how often `last` is written; nil only at the end
  public init<Settings: Codable & Sendable>(
    last: String, best: String? = nil, settings: Settings, every: TrainingSpan? = nil,
    resumeCommand: String? = nil
  ) {
    self.last = last
    self.best = best
    self.every = every
    self.resumeCommand = resumeCommand
    write = { snapshot, model, optimizer, path in
      let run = TrainingRun(
        settings: settings, state: snapshot.state, data: snapshot.data,
        stepRule: snapshot.stepRule, parts: snapshot.parts)
      try Checkpoint(step: snapshot.state.step, generators: snapshot.generators, run: run)
        .save(model, optimizer, others: snapshot.tensors, to: path)
    }
  }
}
