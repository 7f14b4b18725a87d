// Runs the checks of ranks in processes: mpirun -n 4 check-ranks. See Scripts/test-mpi.sh.
import ArgumentParser
import Fledge
import FledgeDistributed
import Foundation
import RankChecks

struct CheckRanks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-ranks",
    abstract: "Check what ranks do together, as processes (mpirun -n 4 check-ranks) or threads.")

  enum Failure: String, CaseIterable, ExpressibleByArgument {
    case throwing, mismatch, hanging, ending, killed
  }

  @Option(help: "Ranks that are threads, where no mpirun has started this.") var ranks = 4
  @Option(help: "Let rank 1 fail in this way, and see that the others end.") var failure: Failure?
  @Flag(help: "Let rank 1 work on for five seconds when the others are done.") var slow = false
  @Flag(help: "Measure an all-reduce of 64 MB by each algorithm.") var speed = false

  func run() throws {
    do {
      try runRanks()
    } catch {
      // In one piece, so that lines of several processes do not run into each other.
      FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
      throw ExitCode.failure
    }
  }

  private func runRanks() throws {
    _ = try launch(ranks: ranks, deadline: failure == nil && !slow ? 60 : 3) { world in
      if let failure { return try fail(failure, world) }
      if speed { return try measure(world) }
      if slow { return Thread.sleep(forTimeInterval: world.rank == 1 ? 5 : 0) }
      for check in RankCheck.all {
        do {
          try check.run(world)
        } catch let error as CheckFailure {
          throw CheckFailure(description: "\(check): \(error)")
        }
        tell("✓ \(check)", world)
      }
      try world.barrier()
      tell("\(RankCheck.all.count) checks passed on \(world.count) ranks", world)
    }
  }

  func tell(_ text: String, _ world: Group) {
    if world.rank == 0 { print(text) }
    fflush(nil)
  }

  /// What happens in a training run when rank 1 goes.
  func fail(_ failure: Failure, _ world: Group) throws {
    _ = try world.allReduce(Tensor.ones([10]))
    if world.rank == 1 {
      switch failure {
      case .throwing: throw CheckFailure(description: "no more data")
      case .mismatch: try world.barrier()
      case .hanging: Thread.sleep(forTimeInterval: 30)
      case .ending: return
      case .killed: kill(getpid(), SIGKILL)
      }
    }
    _ = try world.allReduce(Tensor.ones([10]))
  }

  /// The time of an all-reduce of 64 MB, the least of ten, and the rate of bytes of the result.
  func measure(_ world: Group) throws {
    let count = 16 << 20
    var x = Tensor.ones([count])
    let algorithms: [(String, AllReduceAlgorithm)] = [("ring", .ring), ("native", .native)]
    for (name, algorithm) in algorithms {
      var times: [Double] = []
      for _ in 0..<11 {
        try world.barrier()
        let start = Date()
        try world.allReduce(&x, .max, by: algorithm)
        times.append(-start.timeIntervalSinceNow)
      }
      let seconds = try world.allReduce(Tensor([times.dropFirst().min()!]), .max).item()
      tell(
        String(
          format: "%@: %.1f ms, %.2f GB/s", name, seconds * 1000, Double(4 * count) / seconds / 1e9),
        world)
    }
  }
}

CheckRanks.main()
