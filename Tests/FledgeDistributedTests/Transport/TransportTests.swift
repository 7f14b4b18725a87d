import FledgeCore
import Foundation
import RankChecks
import Synchronization
import Testing

@testable import FledgeDistributed

@Suite struct TransportTests {
  /// Runs `body` on two ranks of a room of its own.
  private func run(
    eagerLimit: Int, deadline: Double = 120, _ body: @escaping @Sendable (Group) throws -> Void
  ) -> [any Error] {
    let transports = InProcessTransport.connect(
      ranks: 2, deadline: deadline, eagerLimit: eagerLimit)
    let errors = Mutex<[any Error]>([])
    let done = DispatchGroup()
    for transport in transports {
      done.enter()
      Thread {
        do { try body(Group(over: transport)) } catch { errors.withLock { $0.append(error) } }
        transport.end(nil)
        done.leave()
      }.start()
    }
    done.wait()
    return errors.withLock { $0 }
  }

  @Test func `ranks that wait for their sends first are found, as soon as messages are large`() {
    let sendFirst: @Sendable (Group) throws -> Void = { world in
      try world.send(Tensor.ones([100]), to: 1 - world.rank)
      _ = try world.receive([100], from: 1 - world.rank)
    }
    #expect(run(eagerLimit: 400, sendFirst).isEmpty)
    let errors = run(eagerLimit: 399, deadline: 3, sendFirst)
    // The first to give up sees the other one wait for it.
    let seen = errors.contains { error in
      guard case .timedOut(let wait, _, let others)? = error as? DistributedError else {
        return false
      }
      return others.contains { $0.rank == wait.peer && $0.peer == wait.rank }
    }
    #expect(seen, "\(errors)")
  }

  @Test(arguments: [0, 100, 1 << 20])
  func `collectives do not depend on what is buffered`(eagerLimit: Int) {
    let errors = run(eagerLimit: eagerLimit) { world in
      for size in [1, 20, 1000] {
        for algorithm in RankCheck.algorithms {
          let sum = try world.allReduce(numbers([size], rank: world.rank), by: algorithm)
          #expect(sum.array() == sumOfNumbers([size], ranks: 2))
        }
        #expect(try world.allToAll(Tensor.ones([2 * size])).count == 2 * size)
        #expect(try world.allGather(Tensor.ones([size])).count == 2 * size)
      }
    }
    #expect(errors.isEmpty, "\(errors)")
  }

  @Test func `a sender may write its memory again once the wait is over`() {
    let errors = run(eagerLimit: 0) { world in
      var x = Tensor.zeros([1000])
      for i in 0..<20 {
        if world.rank == 0 {
          x = Tensor.full([1000], Double(i))
          try world.send(x, to: 1)
          x += 100
        } else {
          #expect(
            try world.receive([1000], from: 0).array() == [Float](repeating: Float(i), count: 1000))
        }
      }
    }
    #expect(errors.isEmpty, "\(errors)")
  }

  @Test func `a message of another size is an error, not memory that is overwritten`() {
    let errors = run(eagerLimit: 0) { world in
      // The tables of rows agree in their sum only.
      let own = world.rank == 0 ? [3, 1] : [1, 3]
      _ = try world.allGather(Tensor.ones([own[world.rank]]), rows: own)
    }
    #expect(errors.contains { if case .size? = $0 as? DistributedError { true } else { false } })
  }

  @Test func `a throttled link changes nothing but time`() throws {
    let results = try launch(
      ranks: 3, transport: { ThrottledTransport($0, latency: 1e-4, bandwidth: 1e8) }
    ) { world in
      let sum = try world.allReduce(numbers([100], rank: world.rank), by: .ring)
      return (sum.array(), world.traffic[.allReduce])
    }
    for (sum, traffic) in results {
      #expect(sum == sumOfNumbers([100], ranks: 3))
      #expect(traffic?.messages == 4)
    }
  }

  /// Latencies and bandwidths. By their places: what an exit test takes along travels as JSON, which
  /// has no NaN and no infinity.
  private static let impossible: [(Double, Double)] = [
    (-1, 1), (.nan, 1), (.infinity, 1), (0, 0), (0, .nan),
  ]

  @Test(arguments: impossible.indices)
  func `a link that cannot be is refused`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in
      let base = InProcessTransport.connect(ranks: 1)[0]
      let (latency, bandwidth) = Self.impossible[index]
      _ = ThrottledTransport(base, latency: latency, bandwidth: bandwidth)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("Fledge: ThrottledTransport: a link has a finite latency"), "\(text)")
  }

  @Test func `ranks start alike, and diverge where they are told to`() throws {
    let draws = try launch(ranks: 3) { world in
      world.seed(5)
      let same = Tensor.normal([4]).array()
      world.diverge()
      return (same, Tensor.normal([4]).array())
    }
    #expect(Set(draws.map(\.0)).count == 1 && Set(draws.map(\.1)).count == 3)
  }
}
