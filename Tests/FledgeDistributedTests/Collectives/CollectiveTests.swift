import FledgeCore
import FledgeDistributed
import RankChecks
import Synchronization
import Testing

@Suite struct CollectiveTests {
  @Test func `a barrier holds everybody until the last one comes`() throws {
    let arrived = Arrivals()
    let seen = try launch(ranks: 5) { world in
      try (0..<10).map { _ in
        arrived.add()
        try world.barrier()
        let count = arrived.count
        try world.barrier()
        return count
      }
    }
    for counts in seen { #expect(counts == (1...10).map { 5 * $0 }) }
  }
}

/// Counts across ranks.
final class Arrivals: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}
