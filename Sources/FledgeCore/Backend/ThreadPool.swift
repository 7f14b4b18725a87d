import CKernels
import Foundation
import Synchronization

/// The threads that kernels share: the caller and `threadCount − 1` waiting workers.
///
/// Work is divided into parts by the *problem*, never by the number of threads, so results do not
/// depend on how many there are. Each thread begins with its own share of the parts, the same in
/// every call, so its cache holds much of what it reads; then it helps the others.
///
/// Each rank has a pool of its own (``Rank/threadPool``). The static calls use the pool of the
/// current rank, and look it up only if there is work to share. Workers run in the
/// ``ExecutionContext`` of the caller.
public final class ThreadPool: Sendable {
  private let limit: Atomic<Int>
  private let isBusy = Atomic<Bool>(false)
  private let workers = Workers()

  /// A pool whose workers start when they are first needed, and end with it.
  public init(threadCount: Int) {
    require(
      threadCount >= 1, "ThreadPool", "\(threadCount) threads; at least one is needed")
    limit = Atomic(threadCount)
  }

  deinit { workers.end() }

  /// How many threads take part, the caller included; at most 64 do.
  public var threadCount: Int {
    get { limit.load(ordering: .relaxed) }
    set {
      require(newValue >= 1, "ThreadPool", "\(newValue) threads; at least one is needed")
      limit.store(newValue, ordering: .relaxed)
    }
  }

  /// Calls `body` once for each part, on several threads, and waits for all. A call from within a
  /// part, or while another thread is using the pool, runs on the calling thread alone.
  package func run(parts: Int, _ body: (Int) -> Void) {
    let helpers = min(threadCount, parts) - 1
    guard helpers > 0, !isBusy.exchange(true, ordering: .acquiring) else {
      for part in 0..<parts { body(part) }
      return
    }
    defer { isBusy.store(false, ordering: .releasing) }
    workers.run(parts: parts, helpers: helpers, body)
  }
}

// MARK: - The pool in force

extension ThreadPool {
  /// The number of threads of the current rank, the caller included; at most 64 take part.
  /// `FLEDGE_THREADS` sets it for the process at the start; the default is the number of cores.
  public static var threadCount: Int {
    get { Rank.current.threadPool.threadCount }
    set { Rank.current.threadPool.threadCount = newValue }
  }

  static var initialCount: Int {
    if let text = ProcessInfo.processInfo.environment["FLEDGE_THREADS"], let n = Int(text), n > 0 {
      return n
    }
    return ProcessInfo.processInfo.activeProcessorCount
  }

  /// The same on the pool of the rank that runs here.
  package static func run(parts: Int, _ body: (Int) -> Void) {
    if parts > 1 {
      Rank.current.threadPool.run(parts: parts, body)
    } else if parts == 1 {
      body(0)
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

  /// Elements that are worth waking a thread for.
  package static let grain = 32 * 1024

  /// Calls `body` for consecutive ranges of 0 ..< count, for a pass over contiguous elements: an
  /// even number of equal ranges of whole cache lines, at most `grain` elements each. (With 96 Ki
  /// elements in ranges of 32 Ki, one of two threads would do twice the other's work.)
  package static func forElements(_ count: Int, _ body: (Range<Int>) -> Void) {
    let length = evenGrain(count, for: count)
    forRanges(count, grain: (length + 63) / 64 * 64, body)
  }

  /// The rows of one range, for `count` rows of `elements` elements in all: at most ``grain``
  /// elements unless a row has more, and an even number of ranges if there are enough rows.
  package static func evenGrain(_ count: Int, for elements: Int) -> Int {
    if elements <= grain { return max(count, 1) }
    let parts = (elements + 2 * grain - 1) / (2 * grain) * 2
    return max(1, (count + parts - 1) / parts)
  }
}

/// Threads that wait for work. They spin for a while (some hundred microseconds, or milliseconds
/// where `pause` is slow), since the next kernel usually comes at once, and then sleep.
///
/// A call neither locks nor allocates while the workers are awake: a training step of a small model
/// is a few dozen calls of some ten microseconds each, and a lock that two threads reached for at
/// the same moment took a tenth of the time.
private final class Workers: @unchecked Sendable {
  // The call in progress. Written while no worker has a seat, read by those that took one.
  private var body: ((Int) -> Void)?
  /// The caller's context, as its thread slot holds it.
  private var context: UnsafeMutableRawPointer?
  private var parts = 0
  private var sharers = 1
  private let shares = Shares()
  private let finished = Atomic<Int>(0)
  /// Which call it is, and in the lowest bits how many workers may still join it.
  private let call = Atomic<Int>(0)
  private let isEnded = Atomic<Bool>(false)

  private let sleepers = Atomic<Int>(0)
  private let condition = NSCondition()
  private var threads = 0

  private static let seatBits = 16
  private static let seatMask = 1 << seatBits - 1

  func run(parts: Int, helpers: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let seats = min(helpers, Shares.capacity - 1)
      while threads < seats { addThread() }
      self.body = body
      context = fledge_thread_slot().pointee
      self.parts = parts
      sharers = seats + 1
      shares.divide(parts, among: sharers)
      finished.store(0, ordering: .relaxed)
      let number = announce(seats: seats)
      takeParts(startingAt: 0)
      // No thread joins any more; those that did read `body` until they are finished.
      let left = call.exchange(number << Self.seatBits, ordering: .acquiringAndReleasing)
      let joined = seats - left & Self.seatMask
      var wait = Wait()
      while finished.load(ordering: .acquiring) < joined { wait.pause() }
      self.body = nil
    }
  }

  /// Ends the threads, which wait for a call that does not come any more.
  func end() {
    isEnded.store(true, ordering: .releasing)
    announce(seats: 0)
  }

  /// Begins the next call, which `seats` workers may join, and wakes those that sleep.
  @discardableResult
  private func announce(seats: Int) -> Int {
    let number = (call.load(ordering: .relaxed) >> Self.seatBits) &+ 1
    // Ordered with `sleepers`: a thread that falls asleep now either sees this or is seen below.
    call.store(number << Self.seatBits | seats, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      condition.lock()
      condition.broadcast()
      condition.unlock()
    }
    return number
  }

  // Not inlined, so that a worker has released `body` before it reports that it is finished.
  @inline(never)
  private func takeParts(startingAt own: Int) {
    guard let body else { return }
    for turn in 0..<sharers {
      let share = (own + turn) % sharers
      let end = Shares.bound(share + 1, of: parts, among: sharers)
      while let part = shares.take(from: share, before: end) { body(part) }
    }
  }

  private func addThread() {
    let number = threads + 1
    let thread = Thread { [self] in work(as: number) }
    thread.name = "fledge.worker"
    thread.start()
    threads += 1
  }

  private func work(as number: Int) {
    var seen = 0
    while true {
      waitForCall(after: seen)
      if isEnded.load(ordering: .acquiring) { return }
      var state = call.load(ordering: .acquiring)
      seen = state >> Self.seatBits
      while state & Self.seatMask > 0, state >> Self.seatBits == seen {
        let (taken, now) = call.weakCompareExchange(
          expected: state, desired: state - 1, ordering: .acquiringAndReleasing)
        if taken {
          // Whatever the parts call sees the scopes that the caller is in, and belongs to its rank.
          fledge_thread_slot().pointee = context
          takeParts(startingAt: number % sharers)
          fledge_thread_slot().pointee = nil
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

/// Waits for another thread. A few dozen `pause` instructions notice it within nanoseconds and
/// leave the core to a sibling thread. After them it yields, since another program may need this
/// core before the other thread can finish.
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

/// The progress in each thread's share of the parts, a cache line each.
private final class Shares: @unchecked Sendable {
  /// The most threads that take part in a call.
  static let capacity = 64
  private static let spacing = 8
  private let next = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: capacity * spacing)

  init() {
    for i in 0..<Self.capacity * Self.spacing { (next + i).initialize(to: Atomic(0)) }
  }

  deinit { next.deallocate() }

  /// The beginning of share `i`, which is the end of share `i − 1`.
  static func bound(_ i: Int, of parts: Int, among sharers: Int) -> Int { i * parts / sharers }

  func divide(_ parts: Int, among sharers: Int) {
    for i in 0..<sharers {
      next[i * Self.spacing].store(
        Self.bound(i, of: parts, among: sharers), ordering: .relaxed)
    }
  }

  /// A part of a share that no thread has taken.
  func take(from share: Int, before end: Int) -> Int? {
    let place = next + share * Self.spacing
    if place.pointee.load(ordering: .relaxed) >= end { return nil }
    let part = place.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
    return part < end ? part : nil
  }
}
