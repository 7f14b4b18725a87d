import FledgeCore

/// How an all-reduce goes about it. All give the same bits on every rank.
public enum AllReduceAlgorithm: Sendable, Hashable {
  /// Everybody sends everything to everybody: one round, (N − 1) n bytes a rank.
  case naive
  /// Reduce-scatter and all-gather around a ring: 2 (N − 1) rounds, 2 (N − 1)/N · n bytes a rank.
  case ring
  /// To a root and back along a binomial tree: 2 ⌈log₂ N⌉ rounds, 2 (N − 1) n bytes in all.
  case tree
  /// Pairs at distances 1, 2, 4, …: log₂ N rounds of n bytes a rank.
  case recursiveDoubling
  /// Ranks of one host first (so many with neighbouring numbers), then one of each host in a ring.
  case hierarchical(ranksPerHost: Int)
  /// The transport's own way, as MPI's, where it has one; else ``ring``.
  case native
  /// ``recursiveDoubling`` up to 16 KB, where rounds count, and ``native`` above, where bytes do. In
  /// the background ``ring``, which lets the rank's own thread send meanwhile.
  case automatic

  /// What is used for so many bytes.
  func chosen(for byteCount: Int, hasNative: Bool = false) -> AllReduceAlgorithm {
    switch self {
    case .automatic: byteCount <= 16384 ? .recursiveDoubling : hasNative ? .native : .ring
    case .native: hasNative ? .native : .ring
    default: self
    }
  }

  /// Equal on two ranks if they send each other the same messages.
  var number: UInt16 {
    switch self {
    case .automatic: 0
    case .naive: 1
    case .ring: 2
    case .tree: 3
    case .recursiveDoubling: 4
    case .native: 6
    case .hierarchical(let size): 5 + UInt16(truncatingIfNeeded: size) << 4
    }
  }

  static func name(_ number: UInt16) -> String? {
    let names = ["", "naive", "ring", "tree", "recursive doubling", "hierarchical", "native"]
    return number == 0 ? nil : names[Int(number & 15)]
  }
}

extension Exchange {
  func allReduce(
    _ x: Elements, _ reduction: Reduction, _ algorithm: AllReduceAlgorithm
  ) throws {
    if count == 1 { return }
    switch algorithm {
    case .naive: try naiveAllReduce(x, reduction)
    case .tree: try treeAllReduce(x, reduction)
    case .recursiveDoubling: try doublingAllReduce(x, reduction)
    case .hierarchical(let size): try hierarchicalAllReduce(x, reduction, size)
    case .native: try nativeAllReduce(x, reduction)
    case .ring, .automatic: try ringAllReduce(x, reduction)
    }
  }

  /// Adds up in the order of the ranks on each of them.
  private func naiveAllReduce(_ x: Elements, _ reduction: Reduction) throws {
    let memory = Tensor(uninitialized: [x.count], x.dtype)
    try withExtendedLifetime(memory.storage) {
      let own = Elements(memory)
      own.copy(x.bytes)
      var sends: [any Sending] = []
      do {
        for step in 1..<count { sends.append(try send(own, to: wrapped(index + step))) }
        for place in 0..<count {
          switch (place, place == index) {
          case (0, true): break
          case (0, false): try receive(x, from: 0)
          case (_, true): x.combine(own.bytes, reduction)
          case (_, false): try combine(x, from: place, reduction)
          }
        }
      } catch {
        for sending in sends { sending.cancel() }
        throw error
      }
      for sending in sends { try sending.wait() }
    }
    if reduction == .mean { x.divide(by: count) }
  }

  /// In round k the ranks i and i xor 2ᵏ exchange what they have. Both add the same two numbers, so
  /// both get the same bits. Ranks beyond the largest power of two hand theirs in before, and get the
  /// result afterwards.
  private func doublingAllReduce(_ x: Elements, _ reduction: Reduction) throws {
    var power = 1
    while power * 2 <= count { power *= 2 }
    if index >= power {
      try sendAndWait(x, to: index - power)
      return try receive(x, from: index - power)
    }
    let partner = index + power
    if partner < count { try combine(x, from: partner, reduction) }
    let memory = Tensor(uninitialized: [x.count], x.dtype)
    try withExtendedLifetime(memory.storage) {
      let other = Elements(memory)
      var distance = 1
      while distance < power {
        let peer = index ^ distance
        // Not added at once: the peer may still read what is here.
        try shift(x, to: peer, other, from: peer)
        x.combine(other.bytes, reduction)
        distance *= 2
      }
    }
    if reduction == .mean { x.divide(by: count) }
    if partner < count { try sendAndWait(x, to: partner) }
  }

  /// Within each host up a tree to its first rank, among these around a ring, and down again: between
  /// hosts only the first ranks send, 2 (H − 1)/H · n bytes each for H hosts.
  private func hierarchicalAllReduce(
    _ x: Elements, _ reduction: Reduction, _ size: Int
  ) throws {
    let first = index / size * size
    let host = among(Array(first..<min(first + size, count)))
    let sum: Reduction = reduction == .mean ? .sum : reduction
    try host.treeReduce(x, to: 0, sum)
    if index == first {
      try among(Array(stride(from: 0, to: count, by: size))).ringAllReduce(x, sum)
      if reduction == .mean { x.divide(by: count) }
    }
    try host.treeBroadcast(x, from: 0)
  }
}
