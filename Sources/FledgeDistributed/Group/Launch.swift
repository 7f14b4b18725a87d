import FledgeCore
import Foundation
import Synchronization

/// Runs `body` on several ranks, which are threads of this process, and returns their results in the
/// order of the ranks. In a process that `mpirun` or `srun` has started, `body` runs once, as the
/// rank that this process is, and the result is its own alone; `ranks` says nothing then.
///
///     let losses = try launch(ranks: 4) { world in
///       let model = MLP(sizes: [2, 16, 1])
///       let parallel = try DistributedDataParallel(model, over: world)
///       …
///     }
///
/// Each rank has a context of its own (``/FledgeCore/withRank(_:of:threads:generator:ledger:_:)``):
/// threads, ledger and a generator with seed 0, as in a fresh process; see ``Group/seed(_:)``.
///
/// If ranks throw, the first error that is not a consequence of another one's is thrown, as a
/// ``RankFailure``; the others end as soon as they need the failed rank.
///
/// - Parameters:
///   - deadline: for how many seconds a rank waits for another one
///   - threads: how many threads the kernels of each rank use
///   - wrap: puts a transport around each rank's own, such as a ``ThrottledTransport``
public func launch<Value: Sendable>(
  ranks count: Int, deadline: Double = 30, threads: Int = 1,
  transport wrap: @escaping @Sendable (any Transport) -> any Transport = { $0 },
  _ body: @escaping @Sendable (Group) throws -> Value
) throws -> [Value] {
  require(count > 0, "launch", "there must be at least one rank, got \(count)")
  if Launcher.processCount != nil {
    return [try runAsProcess(deadline: deadline, threads: threads, transport: wrap, body)]
  }
  let transports = InProcessTransport.connect(ranks: count, deadline: deadline)
  let outcomes = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
  let order = Mutex<[Int]>([])
  let context = ExecutionContext.current
  let group = DispatchGroup()
  for rank in 0..<count {
    group.enter()
    let transport = wrap(transports[rank])
    let thread = Thread {
      let result = Result {
        try context.run {
          try withRank(rank, of: count, threads: threads) {
            try body(Group(over: transport))
          }
        }
      }
      if case .failure = result { order.withLock { $0.append(rank) } }
      outcomes.withLock { $0[rank] = result }
      transport.end(result.failure.map { "\($0)" })
      group.leave()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }
  group.wait()
  let results = outcomes.withLock { $0.map { $0! } }
  // The first to fail is the cause, unless it only noticed that another one had.
  let failed = order.withLock { $0 }
  if let cause = failed.first(where: { !results[$0].failure!.isConsequence }) ?? failed.first {
    throw RankFailure(
      rank: cause, error: results[cause].failure!, ranks: failed,
      consequences: failed.compactMap { $0 == cause ? nil : results[$0].failure })
  }
  return try results.map { try $0.get() }
}

/// Runs `body` as one of the processes that were started together.
private func runAsProcess<Value: Sendable>(
  deadline: Double, threads: Int, transport wrap: (any Transport) -> any Transport,
  _ body: (Group) throws -> Value
) throws -> Value {
  #if MPI
    guard let process = MPIProcess.shared else {
      throw DistributedError.unavailable("this MPI serves one thread only; two are needed")
    }
    let transport = MPITransport(process, deadline: deadline)
    let result = Result {
      try withRank(transport.rank, of: transport.rankCount, threads: threads) {
        try body(Group(over: wrap(transport)))
      }
    }
    let failure = result.failure
    transport.end(failure.map { "\($0)" })
    if let failure {
      if failure.isConsequence { throw failure }
      throw RankFailure(
        rank: transport.rank, error: failure, ranks: [transport.rank], consequences: [])
    }
    if let other = transport.awaitOthers() {
      throw DistributedError.otherFailed(rank: other.rank, reason: other.reason)
    }
    return try result.get()
  #else
    throw DistributedError.unavailable(
      "this process was started together with others, but it is built without MPI; build it with "
        + "`swift build -c release --traits MPI` (see docs/cluster.md)")
  #endif
}

/// A rank has thrown, and so ended the others.
public struct RankFailure: Error, CustomStringConvertible, LocalizedError {
  /// The rank.
  public let rank: Int
  /// What it has thrown.
  public let error: any Error
  /// All ranks that have ended with an error, in the order in which they did.
  public let ranks: [Int]
  /// The errors of the others.
  public let consequences: [any Error]

  /// One line: the error, and who waited for whom because of it.
  public var description: String {
    let waits = consequences.compactMap { error -> String? in
      guard case .peerFailed(let wait, _, _)? = error as? DistributedError else { return nil }
      return "\(wait)"
    }
    return "rank \(rank) has failed: \(error)" + waits.map { "; \($0)" }.joined()
  }

  public var errorDescription: String? { description }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}

extension Error {
  /// Whether another rank has failed before.
  fileprivate var isConsequence: Bool {
    switch self as? DistributedError {
    case .peerFailed, .peerEnded, .otherFailed: true
    default: false
    }
  }
}

extension Group {
  /// Seeds this rank's generator: with the same numbers on all ranks, for weights and for the order of
  /// the data.
  ///
  /// Dropout must differ between ranks of data parallelism, so call ``diverge()`` after the model is
  /// made.
  public func seed(_ value: UInt64) { FledgeCore.seed(value) }

  /// Gives this rank's generator a stream that no other rank of the group has, which follows from the
  /// present one.
  public func diverge() {
    let generator = Rank.current.generator
    generator.state = generator.split(UInt64(rank)).state
  }
}
