import FledgeCore
import FledgeDistributed
import RankChecks
import Testing

@Suite struct AllReduceTests {
  static let algorithms: [AllReduceAlgorithm] = [
    .naive, .ring, .tree, .recursiveDoubling, .hierarchical(ranksPerHost: 2),
    .hierarchical(ranksPerHost: 3), .automatic,
  ]

  @Test(arguments: 1...8)
  func `every algorithm adds up what the ranks have, in any size`(ranks: Int) throws {
    let sizes = [0, 1, 3, 7, 8, 64, 5000]
    let results = try launch(ranks: ranks) { world in
      try Self.algorithms.map { algorithm in
        try sizes.map {
          try world.allReduce(numbers([$0], rank: world.rank), by: algorithm).array()
        }
      }
    }
    for (rank, result) in results.enumerated() {
      for (algorithm, found) in zip(Self.algorithms, result) {
        for (size, values) in zip(sizes, found) {
          #expect(
            values == sumOfNumbers([size], ranks: ranks), "rank \(rank), \(algorithm), \(size)")
        }
      }
    }
  }

  @Test(arguments: [2, 3, 5, 8])
  func `all ranks get the same bits, whatever the order of the sums`(ranks: Int) throws {
    let results = try launch(ranks: ranks) { world in
      let x = normal(1003, rank: world.rank)
      return try Self.algorithms.map { try world.allReduce(x, .mean, by: $0) }
    }
    var exact = Tensor.zeros([1003], dtype: .float64)
    for rank in 0..<ranks { exact += normal(1003, rank: rank).cast(to: .float64) }
    for i in Self.algorithms.indices {
      for rank in 1..<ranks {
        let isIdentical = results[rank][i].isIdentical(to: results[0][i])
        #expect(isIdentical, "rank \(rank), \(Self.algorithms[i])")
      }
      let error = (results[0][i].cast(to: .float64) - exact / Double(ranks)).abs().max().item()
      #expect(error < 1e-6, "\(Self.algorithms[i])")
    }
  }

  @Test(arguments: DType.allCases)
  func `any dtype is reduced`(dtype: DType) throws {
    let results = try launch(ranks: 3) { world in
      let x = numbers([2, 5], rank: world.rank, dtype: dtype)
      return try Self.algorithms.map { algorithm in
        try (
          dtype == .bool ? x : world.allReduce(x, .sum, by: algorithm),
          world.allReduce(x, .max, by: algorithm), world.allReduce(x, .min, by: algorithm)
        )
      }
    }
    let all = (0..<3).map { numbers([2, 5], rank: $0, dtype: dtype) }
    let wide = all.map { $0.cast(to: .float64) }
    for (rank, result) in results.enumerated() {
      for (sum, largest, smallest) in result {
        #expect(sum.dtype == dtype && largest.dtype == dtype && sum.shape == [2, 5])
        #expect(sum.array() == (dtype == .bool ? all[rank] : wide[0] + wide[1] + wide[2]).array())
        #expect(largest.array() == maximum(maximum(wide[0], wide[1]), wide[2]).array())
        #expect(smallest.array() == minimum(minimum(wide[0], wide[1]), wide[2]).array())
      }
    }
  }

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
