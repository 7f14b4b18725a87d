import FledgeCore
import FledgeDistributed
import Foundation
import Testing

/// What the others do where a rank fails, ends, hangs, or calls something else.
@Suite struct FailureTests {
  @Test func `a rank that throws ends the others, who say what they waited for`() throws {
    let failure = try #require(
      failure(ranks: 4) { world in
        try world.barrier()
        if world.rank == 2 { throw Broken(description: "no more data") }
        _ = try world.allReduce(Tensor.ones([100]), by: .ring)
      })
    #expect(failure.rank == 2 && failure.error is Broken)
    #expect(Set(failure.ranks) == [0, 1, 2, 3])
    let text = failure.description
    #expect(text.hasPrefix("rank 2 has failed: no more data; "), "\(text)")
    #expect(
      text.contains(
        "rank 3 waited for rank 2 in all-reduce 1 of world (sum of float32 × 100, ring)"),
      "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test func `a rank that is done already is named`() throws {
    let failure = try #require(
      failure(ranks: 3) { world in
        if world.rank == 1 { return }
        try world.barrier()
      })
    guard case .peerEnded(let wait)? = failure.error as? DistributedError else {
      Issue.record("\(failure)")
      return
    }
    #expect(wait.peer == 1)
    #expect(
      "\(failure.error)" == "rank \(wait.rank) waited for rank 1 in barrier 0 of world, but rank 1 "
        + "has ended without it")
  }

  @Test func `another collective is found by its first message`() throws {
    let failure = try #require(
      failure(ranks: 2) { world in
        if world.rank == 0 {
          _ = try world.allReduce(Tensor.ones([10]), by: .ring)
        } else {
          var x = Tensor.ones([10])
          try world.broadcast(&x, from: 0)
        }
      })
    let text = "\(failure.error)"
    #expect(
      text == "rank 1 waited for rank 0 in broadcast 0 of world (float32 × 10, root 0), but rank 0 "
        + "is in all-reduce (sum of float32 × 10, ring)", "\(text)")
  }

  @Test(arguments: ["shape", "dtype", "reduction", "algorithm", "root", "order"])
  func `a disagreement is named`(what: String) throws {
    let failure = try #require(
      // Two roots wait for each other, and nobody sends.
      failure(ranks: 2, deadline: what == "root" ? 0.3 : 120) { world in
        let isOdd = world.rank == 1
        let x = Tensor.ones(
          [what == "shape" && isOdd ? 9 : 10], dtype: what == "dtype" && isOdd ? .float64 : .float32
        )
        switch what {
        case "root": _ = try world.gather(x, to: world.rank)
        case "order":
          if isOdd { try world.barrier() }
          _ = try world.allReduce(x)
          if !isOdd { try world.barrier() }
        default:
          _ = try world.allReduce(
            x, what == "reduction" && isOdd ? .mean : .sum,
            by: what == "algorithm" && isOdd ? .tree : .ring)
        }
      })
    guard case .mismatch(let wait, let other)? = failure.error as? DistributedError else {
      #expect(what == "root", "\(failure)")
      return
    }
    #expect(wait.call != other)
  }

  @Test func `a rank that hangs is found by the deadline, with all who wait`() throws {
    let failure = try #require(
      failure(
        ranks: 3, deadline: 0.5,
        transport: { $0.rank == 1 ? FaultyTransport($0, losingAfter: 1, .silent) : $0 }
      ) { world in
        try world.barrier()
        try world.barrier()
      })
    guard case .timedOut(let wait, let seconds, _)? = failure.error as? DistributedError else {
      Issue.record("\(failure)")
      return
    }
    #expect(seconds == 0.5 && wait.call.collective == .barrier)
    let text = "\(failure.error)"
    #expect(text.contains("for 0.5 s and gave up"), "\(text)")
    #expect(text.hasSuffix("(a longer wait: launch(ranks:deadline:))"), "\(text)")
  }

  @Test func `a lost rank says at which message`() throws {
    let failure = try #require(
      failure(
        ranks: 4,
        transport: { $0.rank == 3 ? FaultyTransport($0, losingAfter: 4, .throwing) : $0 }
      ) { world in
        for _ in 0..<10 { _ = try world.allReduce(Tensor.ones([8]), by: .ring) }
      })
    #expect(failure.rank == 3)
    #expect(failure.error as? DistributedError == .dropped(rank: 3, message: 4))
  }

  @Test func `an error in the background ends the wait for it`() throws {
    let failure = try #require(
      failure(ranks: 2) { world in
        if world.rank == 1 { throw Broken(description: "lost") }
        let pending = world.allReduceInBackground(Tensor.ones([10]))
        _ = try pending.wait()
      })
    #expect(failure.rank == 1 && failure.ranks == [1, 0])
  }

  @Test func `an operation in a graph traps with the same line`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try launch(ranks: 2) { world in
        if world.rank == 1 { throw Broken(description: "lost") }
        _ = world.summed(Tensor.ones([10]))
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.hasPrefix(
        "Fledge: ranks.sum: rank 0 waited for rank 1 in all-reduce 0 of world (sum of float32 × 10, "
          + "recursive doubling), but rank 1 has failed: lost\n"), "\(text)")
  }
}
