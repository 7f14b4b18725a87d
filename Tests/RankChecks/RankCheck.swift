import FledgeCore
import FledgeDistributed

/// A claim about ranks that work together, which each of them checks for itself.
///
/// The tests run these with ranks that are threads, for several numbers of them; `check-ranks` runs
/// them with ranks that are processes (`make test-mpi`). What can only be seen by looking at all ranks
/// from outside is in the tests alone.
package struct RankCheck: Sendable, CustomStringConvertible {
  package let description: String
  package let run: @Sendable (Group) throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (Group) throws -> Void) {
    (self.description, self.run) = (description, run)
  }

  package static let all = collectives + training + relaxed
}

/// Something was not as it must be.
package struct CheckFailure: Error, CustomStringConvertible {
  package let description: String
  package init(description: String) { self.description = description }
}

/// Throws unless `condition` holds.
func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw CheckFailure(description: what()) }
}

extension Group {
  /// Throws unless all ranks have the same bits of `x`.
  func checkSame(_ x: Tensor, _ what: String) throws {
    var first = x.copied()
    try broadcast(&first, from: 0)
    try check(first.isIdentical(to: x), "rank \(rank) has other bits than rank 0: \(what)")
  }
}
