import FledgeCore
import FledgeDistributed
import RankChecks
import Testing

@Suite struct CountTests {
  static let sizes = [1, 7, 24, 1000]

  /// What all ranks send together in `body`, and what the busiest sends.
  private static func traffic(
    _ ranks: Int, _ body: @escaping @Sendable (Group) throws -> Void
  ) throws -> (total: [Collective: Traffic], each: [Traffic]) {
    let each = try launch(ranks: ranks) { world in
      try body(world)
      return world.traffic
    }
    var total: [Collective: Traffic] = [:]
    for (collective, traffic) in each.flatMap({ $0 }) {
      total[collective, default: Traffic()].messages += traffic.messages
      total[collective, default: Traffic()].bytes += traffic.bytes
    }
    let sums = each.map { counts in
      counts.values.reduce(Traffic()) {
        Traffic(messages: $0.messages + $1.messages, bytes: $0.bytes + $1.bytes)
      }
    }
    return (total, sums)
  }

  @Test(arguments: 1...8)
  func `an all-reduce sends what its formula says`(ranks: Int) throws {
    for algorithm in RankCheck.algorithms {
      for size in Self.sizes {
        let (total, _) = try Self.traffic(ranks) {
          _ = try $0.allReduce(Tensor.ones([size]), by: algorithm)
        }
        let cost = CollectiveCost.of(.allReduce, algorithm, bytes: 4 * size, ranks: ranks)
        let found = total[.allReduce] ?? Traffic()
        #expect(
          found == Traffic(messages: cost.messages, bytes: cost.bytes),
          "\(algorithm), \(size) elements")
      }
    }
  }

  @Test(arguments: 2...8)
  func `a ring sends 2 (N − 1)/N of the bytes from each rank`(ranks: Int) throws {
    // Divisible: exactly that many. Otherwise all but two of the chunks twice.
    for size in [ranks * 250, ranks * 250 + 1, ranks - 1] {
      let (_, each) = try Self.traffic(ranks) {
        _ = try $0.allReduce(Tensor.ones([size]), by: .ring)
      }
      let chunks = (0..<ranks).map { size / ranks + ($0 < size % ranks ? 1 : 0) }
      for (rank, traffic) in each.enumerated() {
        #expect(traffic.messages == 2 * (ranks - 1))
        let kept = chunks[rank] + chunks[(rank + 1) % ranks]
        #expect(traffic.bytes == 4 * (2 * size - kept))
        if size % ranks == 0 { #expect(traffic.bytes == 2 * (ranks - 1) * 4 * size / ranks) }
      }
    }
  }

  @Test(arguments: 2...8)
  func `the other collectives send what their formulas say`(ranks: Int) throws {
    let rows = 3 * ranks
    let (total, each) = try Self.traffic(ranks) { world in
      var x = Tensor.ones([rows, 5])
      try world.broadcast(&x, from: 1)
      _ = try world.reduce(x, to: ranks - 1)
      _ = try world.reduceScatter(x)
      _ = try world.allGather(x[0..<3])
      _ = try world.allToAll(x)
      _ = try world.scatter(world.rank == 0 ? x : nil, shape: x.shape)
      _ = try world.gather(x[0..<3])
      try world.barrier()
    }
    let bytes = 4 * rows * 5
    for collective in [
      Collective.broadcast, .reduce, .reduceScatter, .allGather, .scatter, .gather, .barrier,
    ] {
      let cost = CollectiveCost.of(collective, bytes: bytes, ranks: ranks)
      #expect(
        total[collective] == Traffic(messages: cost.messages, bytes: cost.bytes), "\(collective)")
    }
    let exchange = CollectiveCost.of(.allToAll, bytes: ranks * bytes, ranks: ranks)
    #expect(
      total[.allToAll] == Traffic(messages: exchange.messages, bytes: exchange.bytes))
    #expect(each.count == ranks)
  }

  @Test func `rounds of a tree grow with the logarithm, of a ring linearly`() {
    func rounds(_ algorithm: AllReduceAlgorithm, _ ranks: Int) -> Int {
      CollectiveCost.of(.allReduce, algorithm, bytes: 1, ranks: ranks).rounds
    }
    #expect([2, 3, 4, 5, 8, 9, 1024].map { rounds(.tree, $0) } == [2, 4, 4, 6, 6, 8, 20])
    #expect([2, 3, 4, 8, 1000].map { rounds(.ring, $0) } == [2, 4, 6, 14, 1998])
    #expect([2, 3, 4, 6, 8, 1024].map { rounds(.recursiveDoubling, $0) } == [1, 3, 2, 4, 3, 10])
  }

  @Test func `the model prefers few rounds for small and few bytes for large messages`() {
    let link = LinkModel(latency: 50e-6, secondsPerByte: 1e-9)
    func seconds(_ algorithm: AllReduceAlgorithm, _ bytes: Int) -> Double {
      link.seconds(.of(.allReduce, algorithm, bytes: bytes, ranks: 8))
    }
    #expect(seconds(.recursiveDoubling, 1000) < seconds(.ring, 1000))
    #expect(seconds(.ring, 100_000_000) < seconds(.recursiveDoubling, 100_000_000))
    // By hand: 14 rounds of 50 µs, and 2 · 7/8 of 8 MB at a byte a nanosecond.
    #expect(abs(seconds(.ring, 8_000_000) - (14 * 50e-6 + 14e-3)) < 1e-12)
  }
}
