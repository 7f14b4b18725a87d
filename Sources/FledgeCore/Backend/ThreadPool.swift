import Foundation
import Synchronization

/// The threads that kernels share: the caller and `count − 1` waiting workers.
///
/// Work is divided into parts by the *problem*, never by the number of threads; threads take parts
/// as they come. So results do not depend on how many there are.
public enum ThreadPool {
  /// How many threads take part, the caller included. `FLEDGE_THREADS` sets it at the start; the
  /// default is the number of cores.
  public static var threadCount: Int {
    get { limit.load(ordering: .relaxed) }
    set {
      require(newValue >= 1, "ThreadPool", "\(newValue) threads; at least one is needed")
      limit.store(newValue, ordering: .relaxed)
    }
  }

  private static let limit = Atomic<Int>(initialCount())

  private static func initialCount() -> Int {
    if let text = ProcessInfo.processInfo.environment["FLEDGE_THREADS"], let n = Int(text), n > 0 {
      return n
    }
    return ProcessInfo.processInfo.activeProcessorCount
  }

  /// Calls `body` once for each part, on several threads, and waits for all. A call from within a
  /// part, or while another thread is using the pool, runs on the calling thread alone.
  package static func run(parts: Int, _ body: (Int) -> Void) {
    let helpers = min(threadCount, parts) - 1
    guard helpers > 0, !isBusy.exchange(true, ordering: .acquiring) else {
      for part in 0..<parts { body(part) }
      return
    }
    defer { isBusy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      let job = Job(parts: parts, body: body)
      workers.start(job, helpers: helpers)
      job.takeParts()
      workers.finish(job)
    }
  }

  /// Calls `body` for consecutive ranges of 0 ..< count, none longer than `grain`.
  package static func forRanges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    if count <= grain {
      if count > 0 { body(0..<count) }
      return
    }
    run(parts: (count + grain - 1) / grain) { part in
      body(part * grain..<min(count, (part + 1) * grain))
    }
  }

  private static let isBusy = Atomic<Bool>(false)
  private static let workers = Workers()
}

/// One call of ``ThreadPool/run(parts:_:)``.
private final class Job: @unchecked Sendable {
  let parts: Int
  // Given up when the call ends: a worker may hold the job a little longer, and the closure must
  // not outlive the call.
  private var body: ((Int) -> Void)?
  private let next = Atomic<Int>(0)
  let running = Atomic<Int>(0)

  init(parts: Int, body: @escaping (Int) -> Void) {
    self.parts = parts
    self.body = body
  }

  func takeParts() {
    guard let body else { return }
    while true {
      let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if part >= parts { return }
      body(part)
    }
  }

  func end() { body = nil }
}

/// Threads that wait for jobs: they spin for some microseconds, since the next kernel mostly comes
/// at once, and then sleep.
private final class Workers: @unchecked Sendable {
  private let condition = NSCondition()
  private let generation = Atomic<Int>(0)
  private var job: Job?
  private var seats = 0
  private var threads = 0

  func start(_ job: Job, helpers: Int) {
    condition.lock()
    while threads < helpers {
      let thread = Thread { [self] in work() }
      thread.name = "fledge.worker"
      thread.start()
      threads += 1
    }
    self.job = job
    seats = helpers
    generation.wrappingAdd(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()
  }

  /// Waits until no worker runs the job; none can join it any more.
  func finish(_ job: Job) {
    condition.lock()
    self.job = nil
    seats = 0
    condition.unlock()
    while job.running.load(ordering: .acquiring) > 0 { pause() }
    job.end()
  }

  private func work() {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen && spins < 2000 {
        pause()
        spins += 1
      }
      condition.lock()
      while generation.load(ordering: .acquiring) == seen { condition.wait() }
      seen = generation.load(ordering: .acquiring)
      let mine = seats > 0 ? job : nil
      if mine != nil {
        seats -= 1
        mine!.running.wrappingAdd(1, ordering: .relaxed)
      }
      condition.unlock()
      guard let mine else { continue }
      mine.takeParts()
      mine.running.wrappingSubtract(1, ordering: .releasing)
    }
  }

  @inline(__always)
  private func pause() { sched_yield() }
}
