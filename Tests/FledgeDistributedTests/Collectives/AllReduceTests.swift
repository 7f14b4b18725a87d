import FledgeCore
import FledgeDistributed
import RankChecks
import Testing

@Suite struct AllReduceTests {
  @Test func `a value with other holders is not changed under them`() throws {
    let kept = try launch(ranks: 2) { world in
      let before = Tensor([1, 2, 3])
      var x = before
      try world.allReduce(&x)
      return (before.array(), x.array())
    }
    for (before, after) in kept {
      #expect(before == [1, 2, 3] && after == [2, 4, 6])
    }
  }

  @Test func `a view is reduced in its own order`() throws {
    let results = try launch(ranks: 2) { world in
      try world.allReduce(numbers([3, 4], rank: world.rank).transposed())
    }
    let expected = (numbers([3, 4], rank: 0) + numbers([3, 4], rank: 1)).transposed()
    for result in results { #expect(result.array() == expected.array() && result.shape == [4, 3]) }
  }

  @Test func `in the background results come in the order of the calls`() throws {
    let results = try launch(ranks: 4) { world in
      let pending = (0..<20).map { i in
        world.allReduceInBackground(Tensor.full([100 * i], Double(i + world.rank)), .sum)
      }
      // The rank's own collectives are not mixed up with those in the background.
      let own = try world.allReduce(Tensor([Float(world.rank)]))
      return try (own.array(), pending.map { try $0.wait().array() })
    }
    for (own, values) in results {
      #expect(own == [6])
      for i in 0..<20 { #expect(values[i] == [Float](repeating: Float(4 * i + 6), count: 100 * i)) }
    }
  }
}
