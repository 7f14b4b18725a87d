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
    let stepRule: [String: Double]
    /// Of this rank.
    let own: RankState
    /// Of all ranks, where there are several.
    let ranks: [RankState]?
    /// By their names in the file.
    let tensors: [String: Tensor]
  }

  let write: (Snapshot, String) throws -> Void

  /// - Parameters:
  ///   - settings: what the program needs to build the model again
  ///   - every: how often `last` is written; if nil, only at the end
  public init<Settings: Codable & Sendable>(
    last: String, best: String? = nil, settings: Settings, every: TrainingSpan? = nil,
    resumeCommand: String? = nil
  ) {
    self.last = last
    self.best = best
    self.every = every
    self.resumeCommand = resumeCommand
    write = { snapshot, path in
      let run = TrainingRun(
        settings: settings, state: snapshot.state, data: snapshot.own.data,
        stepRule: snapshot.stepRule, parts: snapshot.own.parts, ranks: snapshot.ranks)
      try Checkpoint(step: snapshot.state.step, generators: snapshot.own.generators, run: run)
        .write(snapshot.tensors, to: path)
    }
  }
}
