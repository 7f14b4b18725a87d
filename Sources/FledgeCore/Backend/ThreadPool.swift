import CKernels
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
    workers.run(parts: parts, helpers: helpers, body)
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

/// Threads that wait for work: they spin for some hundred microseconds, since the next kernel mostly
/// comes at once, and then sleep.
///
/// A call neither locks nor allocates while the workers are awake: a training step of a small model
/// is a few dozen calls of some ten microseconds each, in which a lock that two threads reach for at
/// the same moment was a tenth of the time.
private final class Workers: @unchecked Sendable {
  // The call in progress. Written while no worker has a seat, read by those that took one.
  private var body: ((Int) -> Void)?
  private var parts = 0
  private let next = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)
  /// Which call it is, and in the lowest bits how many workers may still join it.
  private let call = Atomic<Int>(0)

  private let sleepers = Atomic<Int>(0)
  private let condition = NSCondition()
  private var threads = 0

  private static let seatBits = 16
  private static let seatMask = 1 << seatBits - 1

  func run(parts: Int, helpers: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let seats = min(helpers, Self.seatMask)
      while threads < seats { addThread() }
      self.body = body
      self.parts = parts
      next.store(0, ordering: .relaxed)
      finished.store(0, ordering: .relaxed)
      let number = (call.load(ordering: .relaxed) >> Self.seatBits) &+ 1
      // In one order with `sleepers`: whoever falls asleep now sees this, or is seen below.
      call.store(number << Self.seatBits | seats, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        condition.lock()
        condition.broadcast()
        condition.unlock()
      }
      takeParts()
      // Nobody joins any more; those that did read `body` until they are finished.
      let left = call.exchange(number << Self.seatBits, ordering: .acquiringAndReleasing)
      let joined = seats - left & Self.seatMask
      var wait = Wait()
      while finished.load(ordering: .acquiring) < joined { wait.pause() }
      self.body = nil
    }
  }

  // Not inlined, so that a worker has let go of `body` before it says that it is finished.
  @inline(never)
  private func takeParts() {
    guard let body else { return }
    while true {
      let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if part >= parts { return }
      body(part)
    }
  }

  private func addThread() {
    let thread = Thread { [self] in work() }
    thread.name = "fledge.worker"
    thread.start()
    threads += 1
  }

  private func work() {
    var seen = 0
    while true {
      waitForCall(after: seen)
      var state = call.load(ordering: .acquiring)
      seen = state >> Self.seatBits
      while state & Self.seatMask > 0, state >> Self.seatBits == seen {
        let (taken, now) = call.weakCompareExchange(
          expected: state, desired: state - 1, ordering: .acquiringAndReleasing)
        if taken {
          takeParts()
          finished.wrappingAdd(1, ordering: .releasing)
          break
        }
        state = now
      }
    }
  }

  /// Returns once the call in progress is another than number `seen`.
  private func waitForCall(after seen: Int) {
    var wait = Wait()
    while call.load(ordering: .acquiring) >> Self.seatBits == seen {
      if wait.pause() { continue }
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      condition.lock()
      while call.load(ordering: .sequentiallyConsistent) >> Self.seatBits == seen {
        condition.wait()
      }
      condition.unlock()
      sleepers.wrappingSubtract(1, ordering: .relaxed)
    }
  }
}

/// Waiting for another thread: some dozens of `pause` instructions notice it within nanoseconds and
/// leave the core to a sibling thread; where it takes longer, another program may need this core for
/// the other one to come to its end.
private struct Wait {
  private var turns = 0

  /// Waits a little; false once it has taken long enough to sleep instead.
  @discardableResult
  mutating func pause() -> Bool {
    turns += 1
    if turns & 63 == 0 { sched_yield() } else { fledge_pause() }
    return turns < 1 << 15
  }
}
