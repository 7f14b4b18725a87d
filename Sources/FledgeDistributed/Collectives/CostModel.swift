/// The α–β–γ model of a link and its ranks (Hockney 1994; Thakur et al. 2005): a message of n bytes
/// takes α + n β seconds, and reducing n bytes takes n γ.
public struct LinkModel: Sendable, Equatable {
  /// α, in seconds.
  public var latency: Double
  /// β.
  public var secondsPerByte: Double
  /// γ.
  public var secondsPerReducedByte: Double

  /// A link; reducing is free by default.
  public init(latency: Double, secondsPerByte: Double, secondsPerReducedByte: Double = 0) {
    self.latency = latency
    self.secondsPerByte = secondsPerByte
    self.secondsPerReducedByte = secondsPerReducedByte
  }

  func seconds(message bytes: Int) -> Double { latency + Double(bytes) * secondsPerByte }

  /// How long a collective takes: rounds · α + bytes · β + reduced bytes · γ along its longest path.
  public func seconds(_ cost: CollectiveCost) -> Double {
    Double(cost.rounds) * latency + Double(cost.criticalBytes) * secondsPerByte
      + Double(cost.criticalReducedBytes) * secondsPerReducedByte
  }
}

/// What a collective of N ranks on n bytes costs, exactly.
///
/// | collective | rounds | bytes in all |
/// |---|---|---|
/// | all-reduce, naive | 1 (N − 1 messages a rank) | N (N − 1) n |
/// | all-reduce, ring | 2 (N − 1) | 2 (N − 1) n |
/// | all-reduce, tree | 2 ⌈log₂ N⌉ | 2 (N − 1) n |
/// | all-reduce, recursive doubling | log₂ N (+ 2 if N is no power of 2) | P log₂ P n + 2 (N − P) n |
/// | all-reduce, hierarchical (H hosts of S) | 2 ⌈log₂ S⌉ + 2 (H − 1) | 2 (N − H) n + 2 (H − 1) n |
/// | reduce-scatter, all-gather | N − 1 | (N − 1) n |
/// | broadcast, reduce | ⌈log₂ N⌉ | (N − 1) n |
/// | barrier | ⌈log₂ N⌉ | 0 |
///
/// P is the largest power of two up to N.
public struct CollectiveCost: Sendable, Equatable {
  /// Messages one after another on the longest path.
  public let rounds: Int
  /// Messages that all ranks send together.
  public let messages: Int
  /// Bytes that all ranks send together.
  public let bytes: Int
  /// Bytes one after another on the longest path. (Chunks that differ by an element count as equal,
  /// rounded up.)
  public let criticalBytes: Int
  /// Bytes that are reduced one after another on the longest path.
  public let criticalReducedBytes: Int

  /// The cost of a collective with this algorithm (of an all-reduce) among `ranks` on `bytes`.
  public static func of(
    _ collective: Collective, _ algorithm: AllReduceAlgorithm = .automatic, bytes n: Int, ranks: Int
  ) -> CollectiveCost {
    let (others, depth) = (ranks - 1, depth(of: ranks))
    if others == 0 { return CollectiveCost(0, 0, 0, 0, 0) }
    let chunk = (n + ranks - 1) / ranks
    switch collective {
    case .allReduce: return allReduce(algorithm.chosen(for: n), n, ranks, chunk)
    case .broadcast: return CollectiveCost(depth, others, others * n, depth * n, 0)
    case .reduce: return CollectiveCost(depth, others, others * n, depth * n, depth * n)
    case .reduceScatter:
      return CollectiveCost(others, ranks * others, others * n, others * chunk, others * chunk)
    case .allGather, .split:
      return CollectiveCost(others, ranks * others, others * n, others * chunk, 0)
    // Every rank has n bytes, of which it keeps its own part; n counts those of all.
    case .allToAll:
      return CollectiveCost(others, ranks * others, n - n / ranks, others * n / ranks / ranks, 0)
    case .scatter, .gather:
      return CollectiveCost(others, others, n - n / ranks, others * chunk, 0)
    case .barrier: return CollectiveCost(depth, ranks * depth, 0, 0, 0)
    case .send: return CollectiveCost(1, 1, n, n, 0)
    }
  }

  private static func allReduce(
    _ algorithm: AllReduceAlgorithm, _ n: Int, _ ranks: Int, _ chunk: Int
  ) -> CollectiveCost {
    let (others, depth) = (ranks - 1, depth(of: ranks))
    switch algorithm {
    case .naive:
      return CollectiveCost(others, ranks * others, ranks * others * n, others * n, others * n)
    case .ring, .native, .automatic:
      return CollectiveCost(
        2 * others, 2 * ranks * others, 2 * others * n, 2 * others * chunk, others * chunk)
    case .tree:
      return CollectiveCost(2 * depth, 2 * others, 2 * others * n, 2 * depth * n, depth * n)
    case .recursiveDoubling:
      let rounds = ranks.bitWidth - 1 - ranks.leadingZeroBitCount
      let power = 1 << rounds
      let extra = ranks == power ? 0 : 2
      let messages = power * rounds + 2 * (ranks - power)
      return CollectiveCost(
        rounds + extra, messages, messages * n, (rounds + extra) * n, (rounds + extra / 2) * n)
    case .hierarchical(let size):
      let hosts = (ranks + size - 1) / size
      let up = Self.depth(of: min(size, ranks))
      let hostChunk = (n + hosts - 1) / hosts
      return CollectiveCost(
        2 * up + 2 * (hosts - 1), 2 * (ranks - hosts) + 2 * hosts * (hosts - 1),
        2 * (ranks - hosts) * n + 2 * (hosts - 1) * n,
        2 * up * n + 2 * (hosts - 1) * hostChunk, up * n + (hosts - 1) * hostChunk)
    }
  }

  private init(
    _ rounds: Int, _ messages: Int, _ bytes: Int, _ criticalBytes: Int,
    _ criticalReducedBytes: Int
  ) {
    self.rounds = rounds
    self.messages = messages
    self.bytes = bytes
    self.criticalBytes = criticalBytes
    self.criticalReducedBytes = criticalReducedBytes
  }

  /// ⌈log₂ n⌉.
  private static func depth(of n: Int) -> Int { Int.bitWidth - max(n - 1, 0).leadingZeroBitCount }
}
