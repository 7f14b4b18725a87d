import FledgeCore
import FledgeDistributed

extension RankCheck {
  /// Below and above what travels in one piece, is copied, or is left to the transport's own collectives.
  private static let sizes = [0, 1, 3, 7, 64, 1000, 5000, 50_001]
  /// All, with hosts that divide the ranks and hosts that do not.
  package static let algorithms: [AllReduceAlgorithm] = [
    .naive, .ring, .tree, .recursiveDoubling, .hierarchical(ranksPerHost: 2),
    .hierarchical(ranksPerHost: 3), .native, .automatic,
  ]

  package static let collectives = [
    RankCheck("every all-reduce adds up what the ranks have, in any size") { world in
      for size in sizes {
        let own = numbers([size], rank: world.rank)
        let expected = Tensor(sumOfNumbers([size], ranks: world.count))
        for algorithm in algorithms {
          let sum = try world.allReduce(own, by: algorithm)
          try check(sum.isIdentical(to: expected), "\(algorithm), \(size)")
        }
      }
    },
    RankCheck("every dtype is reduced: the sum, the largest, the smallest") { world in
      for dtype in DType.allCases {
        for size in [10, 5000] {
          let all = (0..<world.count).map { numbers([size], rank: $0, dtype: dtype) }
          let wide = all.map { $0.cast(to: .float64) }
          let own = all[world.rank]
          let (sum, largest, smallest) = (
            wide.dropFirst().reduce(wide[0], +), wide.dropFirst().reduce(wide[0], maximum),
            wide.dropFirst().reduce(wide[0], minimum)
          )
          for algorithm in algorithms {
            func holds(_ reduction: Reduction, _ expected: Tensor) throws {
              let found = try world.allReduce(own, reduction, by: algorithm)
              try check(
                found.dtype == dtype && found.cast(to: .float64).isIdentical(to: expected),
                "\(reduction) of \(dtype) × \(size), \(algorithm)")
            }
            try holds(.max, largest)
            try holds(.min, smallest)
            if dtype != .bool { try holds(.sum, sum) }
          }
        }
      }
    },
    RankCheck("all ranks get the same bits, whatever the order of the sums") { world in
      for size in [1003, 20_003] {
        var exact = Tensor.zeros([size], dtype: .float64)
        for rank in 0..<world.count { exact += normal(size, rank: rank).cast(to: .float64) }
        for algorithm in algorithms {
          let mean = try world.allReduce(normal(size, rank: world.rank), .mean, by: algorithm)
          try world.checkSame(mean, "\(algorithm), \(size)")
          try check(
            difference(mean, exact / Double(world.count)) < 1e-6, "\(algorithm), \(size)")
        }
      }
    },
    RankCheck("broadcast and reduce have every root") { world in
      for root in 0..<world.count {
        for size in [5, 5000] {
          var x = numbers([size], rank: world.rank)
          try world.broadcast(&x, from: root)
          try check(x.array() == numbers([size], rank: root).array(), "from \(root), \(size)")
          let sum = try world.reduce(numbers([size], rank: world.rank), to: root)
          try check((sum == nil) == (world.rank != root), "a sum at \(world.rank)")
          if let sum {
            try check(sum.array() == sumOfNumbers([size], ranks: world.count), "to \(root)")
          }
          let mean = try world.reduce(numbers([size], rank: world.rank), .mean, to: root)
          if let sum, let mean {
            try check(difference(mean, sum / Double(world.count)) < 1e-5, "the mean to \(root)")
          }
        }
      }
    },
    RankCheck("rows are shared out and brought back, also where the ranks do not divide them") {
      world in
      for count in [0, 1, 5, 13, 2001] {
        let part = try world.reduceScatter(numbers([count, 3], rank: world.rank))
        let rows = try world.allGather(Tensor([part.shape[0]])).array(of: Int.self)
        try check(rows.reduce(0, +) == count && rows.max()! - rows.min()! <= 1, "\(rows)")
        let whole = try world.allGather(part, rows: rows)
        try check(
          whole.array() == sumOfNumbers([count, 3], ranks: world.count), "\(count) rows")
        let last = world.count - 1
        let gathered = try world.gather(part, to: last, rows: rows)
        try check(
          gathered.map { $0.array() == whole.array() } ?? (world.rank != last), "gathered")
        let scattered = try world.scatter(gathered, shape: [count, 3], from: last)
        try check(scattered.array() == part.array(), "scattered")
      }
    },
    RankCheck("all-to-all is the transposition of the table of parts") { world in
      // Rank r sends (r + p + 1) · 700 rows to rank p: some in one piece, some not.
      func rows(_ a: Int, _ b: Int) -> Int { 700 * (a + b + 1) }
      func part(from a: Int, to b: Int) -> [Float] {
        [Float](repeating: Float(10 * a + b), count: 2 * rows(a, b))
      }
      let counts = (0..<world.count).map { rows(world.rank, $0) }
      let sent = (0..<world.count).flatMap { part(from: world.rank, to: $0) }
      let got = try world.allToAll(
        Tensor(sent, shape: [counts.reduce(0, +), 2]), sending: counts, receiving: counts)
      try check(
        got.array() == (0..<world.count).flatMap { part(from: $0, to: world.rank) }, "parts")
      // By default all parts are equal.
      let even = try world.allToAll(numbers([2 * world.count], rank: world.rank))
      let own = 2 * world.rank..<2 * world.rank + 2
      try check(
        even.array()
          == (0..<world.count).flatMap {
            numbers([2 * world.count], rank: $0)[own].array()
          }, "equal parts")
    },
    RankCheck("messages with tags reach their receiver in order, large ones too") { world in
      // Ranks 0 and 1, 2 and 3, …: first the even one sends, then the odd one.
      let peer = world.rank ^ 1
      if peer >= world.count { return }
      func message(_ i: Int, _ rank: Int) -> Tensor {
        Tensor.full([i == 1 ? 50_000 : 3], Double(10 * rank + i))
      }
      for sender in 0..<2 {
        if world.rank % 2 == sender {
          for (i, tag) in [(0, 7), (2, 1), (1, 7)] {
            try world.send(message(i, world.rank), to: peer, tag: tag)
          }
        } else {
          for (i, tag) in [(2, 1), (0, 7), (1, 7)] {
            let expected = message(i, peer)
            let x = try world.receive(expected.shape, from: peer, tag: tag)
            try check(x.array() == expected.array(), "message \(i)")
          }
        }
      }
    },
    RankCheck("in the background results come in the order of the calls, beside others") { world in
      let n = world.count
      let pending = (0..<20).map { i in
        world.allReduceInBackground(Tensor.full([1000 * i], Double(i + world.rank)))
      }
      for _ in 0..<3 {
        let own = try world.allReduce(Tensor.full([20_000], Double(world.rank)))
        try check(own.min().item() == Double(n * (n - 1) / 2), "the rank's own")
      }
      for (i, result) in pending.enumerated() {
        let sum = Float(n * i + n * (n - 1) / 2)
        try check(
          try result.wait().array() == [Float](repeating: sum, count: 1000 * i), "number \(i)")
      }
    },
    RankCheck("groups that overlap do not mix up their messages") { world in
      let half = try world.split(color: world.rank % 2, key: -world.rank)!
      let pair = try world.split(color: world.rank / 2)!
      for size in [1, 3000] {
        let pending = [half, pair, half, pair].map {
          $0.allReduceInBackground(Tensor.full([size], Double(world.rank)))
        }
        for (group, result) in zip([half, pair, half, pair], pending) {
          let sum = group.members.reduce(0, +)
          try check(try result.wait().max().item() == Double(sum), "\(group.members)")
        }
      }
      try check(half.members == half.members.sorted(by: >), "ordered by key")
    },
    RankCheck("texts of any length are gathered") { world in
      let texts = try world.gather(text: String(repeating: "é", count: 3000 * world.rank))
      try check(texts.map(\.count) == (0..<world.count).map { 3000 * $0 }, "lengths")
    },
    RankCheck("gradients of collectives are their adjoints") { world in
      let n = world.count
      let w = (0..<n).map { numbers([2 * n], rank: $0 + 4) }
      let total = w.dropFirst().reduce(w[0], +)
      let own = 2 * world.rank..<2 * world.rank + 2
      func gradient(_ shape: Shape, _ f: (Tensor) -> Tensor, _ weight: Tensor) -> [Float] {
        let x = numbers(shape, rank: world.rank).requiringGradients()
        (f(x) * weight).sum().backward()
        return x.grad!.array()
      }
      let mine = w[world.rank]
      try check(gradient([2 * n], world.summed, mine) == mine.array(), "sum")
      try check(gradient([2 * n], world.replicated, mine) == total.array(), "copy")
      try check(gradient([2], world.allGathered, mine) == total[own].array(), "gather")
      try check(
        gradient([2 * n], world.reduceScattered, mine[0..<2]) == w.flatMap { $0[0..<2].array() },
        "scatter")
      try check(
        gradient([2 * n], world.exchanged, mine) == w.flatMap { $0[own].array() }, "exchange")
    },
  ]
}
