/// One of several workers that train together, each on its own part of the data or the model, and
/// the state that belongs to it.
///
/// A rank is either a process (``process``) or one of several threads in a process:
/// ``withRank(_:of:threads:generator:ledger:_:)``. Its code is the same in both cases: all that it
/// draws, computes or allocates goes through its ``ExecutionContext``.
public final class Rank: Sendable {
  /// Its number, from 0.
  public let index: Int
  /// How many there are.
  public let count: Int
  /// The threads that its kernels share.
  public let threadPool: ThreadPool
  /// What draws where no generator is named: ``Generator/default``.
  public let generator: Generator

  init(_ index: Int, of count: Int, threadPool: ThreadPool, generator: Generator) {
    self.index = index
    self.count = count
    self.threadPool = threadPool
    self.generator = generator
  }

  /// Rank 0 of 1, with all cores: what code runs as that no rank was opened for.
  public static let process = Rank(
    0, of: 1, threadPool: ThreadPool(threadCount: ThreadPool.initialCount),
    generator: Generator(seed: 0))

  /// The rank that runs here.
  public static var current: Rank { ExecutionContext.current.rank }
}

/// Runs `body` as rank `index` of `count`.
///
///     Thread {
///       withRank(1, of: 4) {
///         seed(1)            // this rank's generator
///         train(model)       // on one thread, counted in its own ledger
///       }
///     }
///
/// Ranks that are threads of one process share nothing by accident: each has its own default
/// generator, threads (one by default) and ledger; on its own thread it starts outside all scopes.
/// Its results are bit-identical to those of a rank that runs alone.
///
/// - Parameters:
///   - threads: how many threads its kernels use, the caller included
///   - generator: its default generator; if nil, one with seed 0, as in a fresh process. To let
///     ranks draw different numbers, split one generator: `generator.split(UInt64(index))`.
///   - ledger: counts its memory; if nil, a ledger "rank i" below the one in force.
public func withRank<R, E: Error>(
  _ index: Int, of count: Int, threads: Int = 1, generator: Generator? = nil,
  ledger: Ledger? = nil, _ body: () throws(E) -> R
) throws(E) -> R {
  require(
    index >= 0 && index < count, "withRank", "there is no rank \(index) among \(count)")
  let outer = ExecutionContext.current
  let rank = Rank(
    index, of: count, threadPool: ThreadPool(threadCount: threads),
    generator: generator ?? Generator(seed: 0))
  let context = outer.changing(rank: rank, ledger: ledger ?? Ledger("rank \(index)"))
  return try context.run(body)
}
