import CKernels
import Foundation
import Synchronization

/// Hands out tensors' buffers, and keeps freed ones for reuse.
///
/// Fresh pages cost a page fault per 4 KB when they are first touched, more than most operations
/// cost; so a freed buffer waits for the next request of its ``SizeClass``. Small ones come from
/// `malloc` and wait in a list per class. Large ones are mappings of their own, which a process can
/// give back one by one, and wait in one list, in the order in which they were freed.
///
/// Waiting buffers are limited in two ways:
/// - *How much.* Before the pool asks the system for more, it gives waiting buffers back, so that
///   its total stays close to the recent peak of use. The last freed go first: training steps are
///   cyclic, so the last freed are requested last. (In the other order, a cycle a little too large
///   for the pool would miss every time.) A step that requests the same sizes as the one before
///   takes nothing from the system, and so gives nothing back either.
/// - *How long.* After every period (a number of bytes handed out), buffers that were not used in
///   the whole period go back.
///
/// One lock guards lists, counters and the accounts of all ledgers: an uncontended lock costs less
/// than a second set of atomics would.
enum MemoryPool {
  private static let state = Mutex(State())

  /// A buffer of at least `byteCount` bytes, counted in `account`; traps where that exceeds a budget.
  @inline(__always)
  static func allocate(
    _ byteCount: Int, tag: MemoryTag, account: LedgerAccount.Pointer
  ) -> UnsafeMutableRawPointer {
    let size = SizeClass(holding: byteCount)
    let (cached, exceeded) = state.withLock { state in
      let exceeded = LedgerAccount.charge(account, byteCount, tag)
      return (state.take(size, for: byteCount), exceeded)
    }
    if let exceeded { trap(exceeding: exceeded, by: byteCount, tag) }
    return cached ?? systemAllocate(size, account)
  }

  @inline(__always)
  static func release(
    _ pointer: UnsafeMutableRawPointer, _ byteCount: Int, tag: MemoryTag,
    account: LedgerAccount.Pointer
  ) {
    let size = SizeClass(holding: byteCount)
    state.withLock { state in
      LedgerAccount.credit(account, byteCount, tag)
      state.put(pointer, size)
    }
  }

  @inline(never)
  private static func systemAllocate(
    _ size: SizeClass, _ account: LedgerAccount.Pointer
  ) -> UnsafeMutableRawPointer {
    state.withLock { state in
      LedgerAccount.countSystemAllocation(account)
      state.makeRoom(for: size.capacity)
    }
    guard let pointer = size.isLarge ? Self.map(size.capacity) : aligned(size.capacity) else {
      fledgeTrap("allocate", "the system has no \(size.capacity) bytes for a tensor's buffer")
    }
    return pointer
  }

  private static func map(_ capacity: Int) -> UnsafeMutableRawPointer? {
    let pointer = mmap(
      nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    return pointer == MAP_FAILED ? nil : pointer
  }

  private static func aligned(_ capacity: Int) -> UnsafeMutableRawPointer? {
    var pointer: UnsafeMutableRawPointer?
    return posix_memalign(&pointer, 64, capacity) == 0 ? pointer : nil
  }

  @inline(never)
  private static func trap(
    exceeding account: LedgerAccount.Pointer, by byteCount: Int, _ tag: MemoryTag
  ) -> Never {
    let name = account.pointee.name
    var statistics = statistics(of: account)
    statistics.liveBytes -= byteCount
    statistics.liveBytesByTag[tag]! -= byteCount
    let parts = MemoryTag.allCases.filter { statistics.liveBytesByTag[$0]! > 0 }
      .map { "\($0) \(statistics.liveBytesByTag[$0]!.formattedBytes)" }
    fledgeTrap(
      "Ledger",
      "\(byteCount.formattedBytes) of \(tag) exceed the budget of `\(name)`, "
        + "\(account.pointee.budget.formattedBytes), of which \(statistics.liveBytes.formattedBytes) "
        + "are in use (\(parts.isEmpty ? "nothing" : parts.joined(separator: ", ")))")
  }

  /// Gives back everything that waits.
  static func emptyCache() { state.withLock { $0.empty() } }

  // MARK: Ledgers

  static func openAccount(
    name: String, budget: Int?, parent: LedgerAccount.Pointer?
  ) -> LedgerAccount.Pointer {
    state.withLock { _ in LedgerAccount.open(name: name, budget: budget, parent: parent) }
  }

  static func closeAccount(_ account: LedgerAccount.Pointer) {
    state.withLock { _ in LedgerAccount.drop(account) }
  }

  static func addForeign(_ account: LedgerAccount.Pointer, _ byteCount: Int) {
    state.withLock { _ in LedgerAccount.addForeign(account, byteCount) }
  }

  static func removeForeign(_ account: LedgerAccount.Pointer, _ byteCount: Int) {
    state.withLock { _ in LedgerAccount.removeForeign(account, byteCount) }
  }

  static func resetPeak(of account: LedgerAccount.Pointer) {
    state.withLock { _ in account.pointee.resetPeak() }
  }

  static func statistics(of account: LedgerAccount.Pointer) -> MemoryStatistics {
    let isWholeProcess = account == Ledger.process.account
    return state.withLock { state in
      var result = account.pointee.statistics
      if isWholeProcess { result.cachedBytes = state.cachedBytes }
      return result
    }
  }
}

// MARK: - Buffers that wait

extension MemoryPool {
  /// The freed buffers of one small class: two lists, linked through the buffers' first words.
  private struct FreeLists {
    /// Freed in this period.
    var young: UnsafeMutableRawPointer?
    /// Freed before this period, and not used since.
    var old: UnsafeMutableRawPointer?

    @inline(__always)
    mutating func push(_ pointer: UnsafeMutableRawPointer) {
      pointer.storeBytes(of: young, as: UnsafeMutableRawPointer?.self)
      young = pointer
    }

    @inline(__always)
    mutating func pop() -> UnsafeMutableRawPointer? {
      if let head = young {
        young = head.load(as: UnsafeMutableRawPointer?.self)
        return head
      }
      guard let head = old else { return nil }
      old = head.load(as: UnsafeMutableRawPointer?.self)
      return head
    }

    /// Begins a new period; returns the buffers that were not used in the whole period before.
    mutating func takeIdle() -> FreeLists {
      defer { self = FreeLists(old: young) }
      return FreeLists(old: old)
    }
  }

  private struct WaitingBuffer {
    let pointer: UnsafeMutableRawPointer
    let capacity: Int
    /// The period in which it was freed.
    let period: Int
  }

  private struct State: @unchecked Sendable {
    private let small: UnsafeMutablePointer<FreeLists>
    /// In the order in which they were freed.
    private var large: [WaitingBuffer] = []
    /// Bytes taken from the system and not given back: in use, or waiting.
    private var footprint = 0
    /// Bytes in use.
    private var inUse = 0
    /// The most bytes in use at once in this period and in the last one.
    private var peak = 0
    private var lastPeak = 0
    /// The number of periods before this one.
    private var period = 0
    /// Bytes to be handed out before the period ends.
    private var untilPeriodEnds = State.shortestPeriod

    /// Bytes that wait.
    var cachedBytes: Int { footprint - inUse }

    /// So much may wait beyond the peak: sizes are rounded up, and steps are not all the same.
    private static let leastSlack = 32 << 20
    private static let slackShift = 4
    /// A period is 16 times the peak, far more than a training step hands out, but at least this.
    private static let shortestPeriod = 4 << 30

    init() {
      small = .allocate(capacity: SizeClass.smallCount)
      small.initialize(repeating: FreeLists(), count: SizeClass.smallCount)
    }

    // Every tensor's buffer passes through here: sums do not trap, rare cases are out of line.
    @inline(__always)
    mutating func take(_ size: SizeClass, for byteCount: Int) -> UnsafeMutableRawPointer? {
      untilPeriodEnds &-= byteCount
      if untilPeriodEnds < 0 { endPeriod() }
      inUse &+= size.capacity
      if inUse > peak { peak = inUse }
      return size.isLarge ? takeLarge(size.capacity) : small[size.index].pop()
    }

    /// The one that was freed last, which the caches may still hold.
    private mutating func takeLarge(_ capacity: Int) -> UnsafeMutableRawPointer? {
      guard let place = large.lastIndex(where: { $0.capacity == capacity }) else { return nil }
      return large.remove(at: place).pointer
    }

    @inline(__always)
    mutating func put(_ pointer: UnsafeMutableRawPointer, _ size: SizeClass) {
      inUse &-= size.capacity
      if size.isLarge {
        large.append(WaitingBuffer(pointer: pointer, capacity: size.capacity, period: period))
      } else {
        small[size.index].push(pointer)
      }
    }

    /// Before `capacity` bytes, counted as in use already, are taken from the system, gives back large buffers, the last freed
    /// first, then small ones, the largest classes first.
    mutating func makeRoom(for capacity: Int) {
      let mostInUse = max(peak, lastPeak)
      let limit = mostInUse + max(Self.leastSlack, mostInUse >> Self.slackShift)
      footprint += capacity
      while footprint > limit, let last = large.popLast() { giveBack(last) }
      for index in SizeClass.smallestLast where footprint > limit {
        giveBack(&small[index], ofSmall: index)
      }
    }

    @inline(never)
    private mutating func endPeriod() {
      var returned = 0
      for index in 0..<SizeClass.smallCount {
        var idle = small[index].takeIdle()
        returned += giveBack(&idle, ofSmall: index)
      }
      let unused = large.prefix { $0.period < period }
      for buffer in unused { giveBack(buffer) }
      large.removeFirst(unused.count)
      if returned > 0 { fledge_trim_heap() }
      (lastPeak, peak) = (peak, inUse)
      period += 1
      untilPeriodEnds = max(Self.shortestPeriod, 16 * lastPeak)
    }

    mutating func empty() {
      for index in 0..<SizeClass.smallCount { giveBack(&small[index], ofSmall: index) }
      for buffer in large { giveBack(buffer) }
      large = []
      fledge_trim_heap()
    }

    private mutating func giveBack(_ buffer: WaitingBuffer) {
      munmap(buffer.pointer, buffer.capacity)
      footprint -= buffer.capacity
    }

    /// Returns the number of bytes.
    @discardableResult
    private mutating func giveBack(_ lists: inout FreeLists, ofSmall index: Int) -> Int {
      var byteCount = 0
      while let buffer = lists.pop() {
        free(buffer)
        byteCount += SizeClass.capacity(ofSmall: index)
      }
      footprint -= byteCount
      return byteCount
    }
  }
}
