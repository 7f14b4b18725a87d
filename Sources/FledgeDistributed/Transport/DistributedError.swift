import Foundation

/// A rank that waits for another one in a call.
public struct RankWait: Sendable, Hashable, CustomStringConvertible {
  /// Who waits; both are ranks of the world.
  public let rank: Int
  /// For whom.
  public let peer: Int
  /// In what.
  public let call: Call
  /// Which one of the group's calls it is, from 0.
  let sequence: Int
  let group: String

  /// Such as `rank 0 waited for rank 2 in all-reduce 17 of world (sum of float32 × 100)`.
  public var description: String { text("waited") }

  func text(_ verb: String) -> String {
    let number = sequence < 0 ? "with tag \(-1 - sequence)" : "\(sequence)"
    let name = "\(call.collective)"
    let details = call.description.dropFirst(name.count)
    return "rank \(rank) \(verb) for rank \(peer) in \(name) \(number) of \(group)\(details)"
  }
}

/// Why ranks could not go on together. Each is one line that says who waited for whom in what.
public enum DistributedError: Error, Hashable, Sendable {
  /// The other rank has thrown; `reason` is the text of the first error, wherever it happened.
  case peerFailed(RankWait, rank: Int, reason: String)
  /// The other rank's part of the program is over.
  case peerEnded(RankWait)
  /// The other rank is in another call, or has another shape or dtype.
  case mismatch(RankWait, other: Call)
  /// The message has another size than all ranks have agreed on.
  case size(RankWait, expected: Int, found: Int)
  /// Nothing came in time. `others` are the ranks that wait, too.
  case timedOut(RankWait, seconds: Double, others: [RankWait])
  /// Another process has failed after this one had done its part.
  case otherFailed(rank: Int, reason: String)
  /// A rank was told to fail, by ``FaultyTransport``.
  case dropped(rank: Int, message: Int)
  /// There is no MPI in this build, or no such thing in this MPI.
  case unavailable(String)
}

extension DistributedError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .peerFailed(let wait, let rank, let reason):
      "\(wait), but rank \(rank) has failed: \(reason)"
    case .peerEnded(let wait):
      "\(wait), but rank \(wait.peer) has ended without it"
    case .mismatch(let wait, let other):
      "\(wait), but rank \(wait.peer) is in \(other)"
    case .size(let wait, let expected, let found):
      "\(wait), but got \(found) bytes where \(expected) were agreed on"
    case .timedOut(let wait, let seconds, let others):
      "\(wait) for \(String(format: "%g", seconds)) s and gave up"
        + others.map { "; \($0.text("waits"))" }.joined()
        + " (a longer wait: launch(ranks:deadline:))"
    case .otherFailed(let rank, let reason): "rank \(rank) has failed: \(reason)"
    case .dropped(let rank, let message): "rank \(rank) was lost at message \(message)"
    case .unavailable(let reason): reason
    }
  }

  public var errorDescription: String? { description }
}
