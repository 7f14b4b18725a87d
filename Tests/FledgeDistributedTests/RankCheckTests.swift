import Foundation
import RankChecks
import Testing

@testable import FledgeDistributed

/// The claims that `mpirun` checks with processes, here with threads.
@Suite struct RankCheckTests {
  @Test(arguments: RankCheck.collectives, 1...8)
  func `a claim about collectives holds on every rank`(check: RankCheck, ranks: Int) throws {
    _ = try launch(ranks: ranks) { try check.run($0) }
  }

  @Test(arguments: RankCheck.training, [1, 2, 4, 5])
  func `a claim about training holds on every rank`(check: RankCheck, ranks: Int) throws {
    _ = try launch(ranks: ranks) { try check.run($0) }
  }

  @Test(arguments: RankCheck.relaxed, [1, 2, 3, 4])
  func `a claim about relaxed exchanges holds on every rank`(check: RankCheck, ranks: Int) throws {
    _ = try launch(ranks: ranks) { try check.run($0) }
  }

  @Test func `what started a process is seen by its environment`() {
    #expect(Launcher.processCount(in: [:]) == nil)
    #expect(Launcher.processCount(in: ["OMPI_COMM_WORLD_SIZE": "4"]) == 4)
    #expect(Launcher.processCount(in: ["PMI_SIZE": "2", "PMI_RANK": "0"]) == 2)
    #expect(Launcher.processCount(in: ["SLURM_STEP_NUM_TASKS": "8"]) == 8)
    #expect(Launcher.processCount(in: ["OMPI_COMM_WORLD_SIZE": "no", "PMI_SIZE": "0"]) == nil)
    // One process alone may open ranks as threads, also under srun.
    #expect(Launcher.processCount(in: ["SLURM_STEP_NUM_TASKS": "1"]) == nil)
    let nested = ["OMPI_COMM_WORLD_SIZE": "1", "SLURM_STEP_NUM_TASKS": "4"]
    #expect(Launcher.processCount(in: nested) == nil)
  }

  #if !MPI
    @Test func `a build without MPI says how to get one with it, and runs nothing`() async {
      await #expect(processExitsWith: .success) {
        setenv("OMPI_COMM_WORLD_SIZE", "4", 1)
        let error = #expect(throws: DistributedError.self) {
          try launch(ranks: 2) { _ in Issue.record("it ran") }
        }
        #expect("\(error!)".contains("swift build -c release --traits MPI"))
      }
    }
  #endif
}
