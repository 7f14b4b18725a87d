import FledgeStudio
import Foundation

/// The sessions of the playground.
final class PlayRoom: Sendable {
  /// Sessions at a time; the one that has been idle longest makes room.
  static let capacity = 8
  /// A session that nobody has looked at for so long ends.
  static let patience = 60.0

  private let sessions = Signalled<(counter: Int, open: [String: PlaySession])>((0, [:]))

  /// The playground on a learner's code, where `learn studio` has opened it.
  let learner: LearnerProgram?

  init(learner: LearnerProgram? = nil) { self.learner = learner }

  /// - Throws: ``PlayError``
  func open(_ configuration: PlayConfiguration) throws(PlayError) -> (String, PlaySession) {
    let session = try PlaySession(configuration, learner: learner)
    let (id, gone) = sessions.update { state -> (String, [PlaySession]) in
      state.counter += 1
      let id = "play\(state.counter)"
      var gone = state.open.filter { $0.value.idleSeconds > Self.patience }
      let excess = state.open.count - gone.count - Self.capacity + 1
      if excess > 0 {
        let others = state.open.filter { gone[$0.key] == nil }
        let idle = others.sorted { $0.value.idleSeconds > $1.value.idleSeconds }
        for (key, value) in idle.prefix(excess) { gone[key] = value }
      }
      for key in gone.keys { state.open[key] = nil }
      state.open[id] = session
      return (id, Array(gone.values))
    }
    for session in gone { session.end() }
    return (id, session)
  }

  subscript(id: String) -> PlaySession? { sessions.change { $0.open[id] } }

  /// How many sessions are open.
  var count: Int { sessions.change { $0.open.count } }

  func close(_ id: String) { sessions.update { $0.open.removeValue(forKey: id) }?.end() }
}
