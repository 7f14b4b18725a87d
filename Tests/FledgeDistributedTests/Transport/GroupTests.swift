import FledgeCore
import FledgeDistributed
import Testing

@Suite struct GroupTests {
  @Test func `a split makes groups by color, ordered by key`() throws {
    let results = try launch(ranks: 6) { world in
      let group = try world.split(
        color: world.rank == 5 ? nil : world.rank % 2, key: -world.rank)
      guard let group else { return (members: [Int](), rank: -1, sum: Float(0)) }
      let sum = try group.allReduce(Tensor([Float(world.rank)]))
      return (group.members, group.rank, sum.array()[0])
    }
    #expect(results[0].members == [4, 2, 0] && results[1].members == [3, 1])
    #expect(results.map(\.rank) == [2, 1, 1, 0, 0, -1])
    #expect(results.map(\.sum) == [6, 4, 6, 4, 6, 0])
  }

  @Test func `a mesh has a group along each axis`() throws {
    let results = try launch(ranks: 12) { world in
      let mesh = try Mesh(world, [("dp", 2), ("pp", 2), ("tp", 3)])
      let sums = try ["dp", "pp", "tp"].map {
        try mesh[$0].allReduce(Tensor([Float(world.rank)])).array()[0]
      }
      return (mesh.coordinates, ["dp", "pp", "tp"].map { mesh[$0].members }, sums)
    }
    for (rank, (coordinates, members, sums)) in results.enumerated() {
      let (d, p, t) = (rank / 6, rank / 3 % 2, rank % 3)
      #expect(coordinates == ["dp": d, "pp": p, "tp": t])
      let expected = [
        (0..<2).map { $0 * 6 + p * 3 + t }, (0..<2).map { d * 6 + $0 * 3 + t },
        (0..<3).map { d * 6 + p * 3 + $0 },
      ]
      #expect(members == expected)
      #expect(sums == expected.map { Float($0.reduce(0, +)) })
    }
  }

  @Test func `each rank has its own ledger, and traffic is counted by collective`() throws {
    let results = try launch(ranks: 2) { world in
      let kept = Tensor.zeros([100 * (world.rank + 1)])
      let traffic = try world.traffic { try world.barrier() }
      return withExtendedLifetime(kept) { (Ledger.current.statistics.liveBytes, traffic) }
    }
    #expect(results.map(\.0) == [400, 800])
    #expect(results.allSatisfy { $0.1 == [.barrier: Traffic(messages: 1)] })
  }
}
