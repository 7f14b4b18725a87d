#if MPI
  import CMPI
  import Foundation
  import Synchronization

  /// MPI, as this process has it: started once, when the first ``MPITransport`` is made, and ended with
  /// the process.
  ///
  /// One thread at a time is inside MPI. Whoever waits leaves it again and again, so that the rank's
  /// other thread goes on meanwhile.
  final class MPIProcess: @unchecked Sendable {
    /// Starts MPI. Nil where it cannot serve two threads.
    static let shared = MPIProcess()

    let world: fledge_mpi_world
    private let lock = Mutex(())
    private let launches = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)

    private init?() {
      var world = fledge_mpi_world()
      if fledge_mpi_start(&world) == 0 { return nil }
      self.world = world
      atexit { MPIProcess.shared?.end() }
    }

    /// The number of the next ``launch(ranks:deadline:threads:transport:_:)`` of this process, from 0:
    /// its messages are not taken for those of another one.
    func nextLaunch() -> Int { launches.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// The ranks have not ended together, so they cannot end MPI together either.
    func fail() { hasFailed.store(true, ordering: .relaxed) }

    private func end() {
      if hasFailed.load(ordering: .relaxed) { fledge_mpi_abort(1) } else { fledge_mpi_end() }
    }

    /// Calls `body` inside MPI.
    func inside<R>(_ body: () throws -> R) rethrows -> R {
      try lock.withLock { _ throws in try body() }
    }

    /// Calls `look` inside MPI until it finds something; nil when `seconds` have passed.
    ///
    /// Between two looks other threads and processes get their turn: at first by a yield, later by
    /// sleeps of up to 100 µs, because there may be more ranks than cores.
    func wait<R>(seconds: Double, for look: () throws -> R?) rethrows -> R? {
      let start = Date()
      var looks = 0
      while true {
        if let found = try inside(look) { return found }
        looks += 1
        if looks < 2000 {
          sched_yield()
        } else {
          usleep(looks < 4000 ? 20 : 100)
          if -start.timeIntervalSinceNow > seconds { return nil }
        }
      }
    }
  }
#endif
