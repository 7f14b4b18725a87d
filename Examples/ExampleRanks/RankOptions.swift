import ArgumentParser
import Fledge
import FledgeDistributed
import Foundation

/// The options of examples whose ranks train together: threads of one process, or the processes that
/// `mpirun` has started.
public struct RankOptions: ParsableArguments, Sendable {
  @Option(
    help: "Ranks that train together, each a thread of this process. (Under mpirun, its processes.)"
  )
  var ranks = 1
  @Option(
    help: "How they do it: \(ParallelStrategy.allCases.map(\.rawValue).joined(separator: ", ")).")
  var strategy: ParallelStrategy?
  @Flag(help: "Say what each rank has sent, by collective.") var report = false

  public init() {}

  /// How many ranks there are.
  public var count: Int { Launcher.processCount ?? ranks }
  /// Whether several ranks train together.
  public var areSeveral: Bool { count > 1 }

  public func validate() throws {
    if !(1...64).contains(ranks) { throw ValidationError("--ranks must be from 1 to 64.") }
    if !areSeveral && (strategy != nil || report) {
      throw ValidationError("--strategy and --report go with --ranks of 2 or more.")
    }
  }

  /// Runs `body` alone, or on each rank. A run that its user has ended (``ExitCode``), on which all
  /// ranks have agreed, ends as one rank's would.
  public func run(_ body: @escaping @Sendable (RankPlan) throws -> Void) throws {
    if !areSeveral { return try body(RankPlan()) }
    let (strategy, report) = (strategy ?? .ddp, report)
    do {
      _ = try launch(ranks: ranks) {
        try body(RankPlan(world: $0, strategy: strategy, isReported: report))
      }
    } catch let failure as RankFailure where failure.error is ExitCode {
      throw failure.error
    }
  }
}

/// Whether one rank trains alone, or several together.
public struct RankPlan: Sendable {
  var world: Group?
  var strategy = ParallelStrategy.ddp
  /// Whether a table of what each rank has sent is wanted.
  var isReported = false

  /// One rank alone.
  public init() {}

  init(world: Group, strategy: ParallelStrategy, isReported: Bool) {
    (self.world, self.strategy, self.isReported) = (world, strategy, isReported)
  }

  /// Whether this rank speaks and writes.
  public var isWriter: Bool { world?.rank ?? 0 == 0 }

  /// The examples of a batch that belong to this rank; all of them where there is one.
  public func share(of count: Int) -> Range<Int> { world?.share(of: count) ?? 0..<count }

  /// Throws where a rank would have fewer than `least` of the `count` examples of the smallest batch.
  public func check(smallestBatch count: Int, of unit: String, each least: Int = 1) throws {
    guard let ranks = world?.count, count < least * ranks else { return }
    throw ValidationError(
      "The smallest batch has \(count) \(unit), too few for \(ranks) ranks: each needs \(least).")
  }

  /// The optimizer that `make` makes, and how it works together with the other ranks.
  public func optimizer(
    _ groups: [ParameterGroup], _ make: ([ParameterGroup]) -> Optimizer
  ) throws -> (optimizer: Optimizer, strategy: any TrainingStrategy) {
    guard let world else { return (make(groups), SingleProcess()) }
    let (optimizer, strategy) = try strategy.optimizer(groups, over: world, make: make)
    return (optimizer, strategy)
  }

  /// The log of the rank that writes; the others have one that goes nowhere.
  public func log(_ file: String, standardOutput: Bool, mode: MetricsLog.Mode = .replacing) throws
    -> MetricsLog
  {
    try MetricsLog(
      standardOutput: standardOutput && isWriter, file: isWriter ? file : nil, mode: mode)
  }

  /// Says something once, whatever the number of ranks.
  public func tell(_ text: String) {
    if isWriter { say(text) }
  }

  /// On all ranks: a model of which each has a part is whole again.
  public func bringBack(_ model: Module) { world?.bringBack(model) }

  /// After training, on all ranks: the model is whole again, and the table that was asked for is shown.
  public func finish(_ model: Module) throws {
    guard let world else { return }
    let table = try world.trafficReport()
    if isReported { tell("\n\(table)\n") }
    world.bringBack(model)
  }
}

extension ParallelStrategy: ExpressibleByArgument {}
