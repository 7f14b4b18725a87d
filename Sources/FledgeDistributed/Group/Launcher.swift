import Foundation

/// What has started this process: a shell, or one of the programs that start many at once.
public enum Launcher {
  /// How many processes were started together, by `mpirun` or `srun`, this one included; nil for a
  /// program that was started alone, also by one of these.
  ///
  /// A build without MPI cannot join them, and ``launch(ranks:deadline:threads:transport:_:)`` says so.
  public static var processCount: Int? { processCount(in: ProcessInfo.processInfo.environment) }

  /// By Open MPI's own variable, and by the one of PMI, which MPICH's `mpirun` sets. Slurm sets
  /// `SLURM_STEP_NUM_TASKS` in each process of `srun`, also if there is one.
  static func processCount(in environment: [String: String]) -> Int? {
    let names = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"]
    let count = names.lazy.compactMap { environment[$0].flatMap(Int.init) }.first { $0 > 0 }
    return count.flatMap { $0 > 1 ? $0 : nil }
  }
}
