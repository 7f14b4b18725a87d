import FledgeCore
import FledgeData
import Foundation
import Testing

/// Counts nothing and changes nothing; only its presence matters.
private struct Watcher: Transformation {
  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors { next(primitive, inputs) }
}

@Suite struct PrefetcherContextTests {
  private struct Seen: Sendable {
    let rank: Int
    let backend: String
    let transformations: Int
    let isElsewhere: Bool
    let batch: Tensor
  }

  @Test(
    "items are made as the rank, on the backend and in the ledger of whoever asked for them")
  func context() {
    let ledger = Ledger()
    var items: [Seen] = []
    let caller = ObjectIdentifier(Thread.current)
    withRank(1, of: 3, ledger: ledger) {
      withBackend(.reference) {
        withTransformation(Watcher()) {
          let prefetcher = Prefetcher(0..<6, ahead: 3, workers: 2) { _ in
            let context = ExecutionContext.current
            return Seen(
              rank: context.rank.index, backend: "\(type(of: context.backend))",
              transformations: context.transformations.count,
              isElsewhere: ObjectIdentifier(Thread.current) != caller, batch: Tensor.zeros([25]))
          }
          while let item = prefetcher.next() { items.append(item) }
        }
      }
    }
    #expect(items.count == 6 && items.allSatisfy { $0.rank == 1 && $0.isElsewhere })
    #expect(items.allSatisfy { $0.backend == "ReferenceBackend" })
    // They stand around the caller's own operations.
    #expect(items.allSatisfy { $0.transformations == 0 })
    #expect(ledger.statistics.liveBytes == 600)
    items = []
    #expect(ledger.statistics.liveBytes == 0)
  }
}
