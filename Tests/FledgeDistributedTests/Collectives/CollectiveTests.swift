import FledgeCore
import FledgeDistributed
import RankChecks
import Synchronization
import Testing

@Suite struct CollectiveTests {
  @Test(arguments: 1...8)
  func `broadcast and reduce have every root`(ranks: Int) throws {
    let results = try launch(ranks: ranks) { world in
      try (0..<ranks).map { root in
        var x = numbers([5, 3], rank: world.rank)
        try world.broadcast(&x, from: root)
        let sum = try world.reduce(numbers([7], rank: world.rank), to: root)
        let mean = try world.reduce(numbers([7], rank: world.rank), .mean, to: root)
        return (x.array(), sum?.array(), mean?.array())
      }
    }
    let sum = sumOfNumbers([7], ranks: ranks)
    for (rank, result) in results.enumerated() {
      for (root, (copied, total, mean)) in result.enumerated() {
        #expect(copied == numbers([5, 3], rank: root).array())
        #expect((total == nil) == (rank != root))
        if let total { #expect(total == sum) }
        if let mean {
          for (a, b) in zip(mean, sum) { #expect(abs(a - b / Float(ranks)) < 1e-5) }
        }
      }
    }
  }

  @Test(arguments: 1...8)
  func `rows are shared out, also where the ranks do not divide them`(ranks: Int) throws {
    let rows = [0, 1, 5, 8, 13]
    let results = try launch(ranks: ranks) { world in
      try rows.map { count in
        let part = try world.reduceScatter(numbers([count, 3], rank: world.rank))
        let sizes = try world.allGather(Tensor([part.shape[0]])).array(of: Int.self)
        let whole = try world.allGather(part, rows: sizes)
        let gathered = try world.gather(part, to: ranks - 1, rows: sizes)
        let scattered = try world.scatter(gathered, shape: [count, 3], from: ranks - 1)
        return (sizes, part, whole, gathered, scattered)
      }
    }
    for (rank, result) in results.enumerated() {
      for (count, (sizes, part, whole, gathered, scattered)) in zip(rows, result) {
        #expect(sizes.reduce(0, +) == count && sizes.max()! - sizes.min()! <= 1)
        #expect(whole.array() == sumOfNumbers([count, 3], ranks: ranks), "rank \(rank), \(count)")
        #expect((gathered == nil) == (rank != ranks - 1))
        if let gathered { #expect(gathered.array() == whole.array()) }
        #expect(scattered.array() == part.array() && scattered.shape == part.shape)
      }
    }
  }

  @Test(arguments: 1...6)
  func `all-to-all is the transposition of the table of parts`(ranks: Int) throws {
    // Rank r sends r + p + 1 rows to rank p.
    let results = try launch(ranks: ranks) { world in
      let counts = (0..<ranks).map { world.rank + $0 + 1 }
      let rows = (0..<ranks).flatMap { peer in
        [Float](repeating: Float(10 * world.rank + peer), count: 2 * counts[peer])
      }
      let x = Tensor(rows, shape: [counts.reduce(0, +), 2])
      let even = try world.allToAll(numbers([2 * ranks], rank: world.rank))
      return try (world.allToAll(x, sending: counts, receiving: counts).array(), even.array())
    }
    for (rank, (result, even)) in results.enumerated() {
      var (expected, parts): ([Float], [Float]) = ([], [])
      for peer in 0..<ranks {
        expected += [Float](repeating: Float(10 * peer + rank), count: 2 * (rank + peer + 1))
        parts += numbers([2 * ranks], rank: peer).array()[2 * rank..<2 * rank + 2]
      }
      #expect(result == expected)
      #expect(even == parts)
    }
  }

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

  @Test func `messages with tags reach their receiver in order`() throws {
    let results = try launch(ranks: 3) { world in
      if world.rank == 0 {
        for i in 0..<3 { try world.send(Tensor([Float(i)]), to: 2, tag: 7) }
        try world.send(Tensor([9]), to: 2, tag: 1)
        return [Float]()
      }
      if world.rank == 1 { return [] }
      let late = try world.receive([1], from: 0, tag: 1).array()
      return try late + (0..<3).flatMap { _ in try world.receive([1], from: 0, tag: 7).array() }
    }
    #expect(results[2] == [9, 0, 1, 2])
  }

  @Test func `texts of any length are gathered`() throws {
    let results = try launch(ranks: 4) { world in
      try world.gather(text: String(repeating: "é", count: world.rank))
    }
    for texts in results { #expect(texts == ["", "é", "éé", "ééé"]) }
  }
}

/// Counts across ranks.
final class Arrivals: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}
