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
  /// The freed buffers of one small class, linked through their own first word.
  private struct FreeList {
    var head: UnsafeMutableRawPointer?
    var count = 0
    /// The smallest `count` of the period: so many were not needed.
    var idle = 0
  }

  private struct WaitingBuffer {
    let pointer: UnsafeMutableRawPointer
    let capacity: Int
    /// What had been handed out by then.
    let freedAt: Int
  }

  private struct State: @unchecked Sendable {
    private let small: UnsafeMutablePointer<FreeList>
    /// In the order in which they were freed.
    private var large: [WaitingBuffer] = []
    /// Bytes that wait.
    private(set) var cachedBytes = 0
    /// Bytes taken from the system and not given back: in use, or waiting.
    private var footprint = 0
    /// The most bytes in use at once in this period and in the last one.
    private var peak = 0
    private var lastPeak = 0
    /// Bytes handed out since the start.
    private var traffic = 0
    private var periodStart = 0
    private var periodEnd = State.shortestPeriod

    /// So much may wait beyond the peak: sizes are rounded up, and steps are not all the same.
    private static let leastSlack = 32 << 20
    private static let slackShift = 4
    /// A period is 16 times the peak, far more than a training step hands out, but at least this.
    private static let shortestPeriod = 4 << 30

    init() {
      small = .allocate(capacity: SizeClass.smallCount)
      small.initialize(repeating: FreeList(), count: SizeClass.smallCount)
    }

    @inline(__always)
    mutating func take(_ size: SizeClass, for byteCount: Int) -> UnsafeMutableRawPointer? {
      traffic &+= byteCount
      if traffic >= periodEnd { endPeriod() }
      guard let pointer = size.isLarge ? takeLarge(size.capacity) : takeSmall(size.index) else {
        return nil
      }
      cachedBytes -= size.capacity
      peak = max(peak, footprint - cachedBytes)
      return pointer
    }

    @inline(__always)
    private func takeSmall(_ index: Int) -> UnsafeMutableRawPointer? {
      let list = small + index
      guard let head = list.pointee.head else { return nil }
      list.pointee.head = head.load(as: UnsafeMutableRawPointer?.self)
      list.pointee.count -= 1
      list.pointee.idle = min(list.pointee.idle, list.pointee.count)
      return head
    }

    /// The one that was freed last, which the caches may still hold.
    private mutating func takeLarge(_ capacity: Int) -> UnsafeMutableRawPointer? {
      guard let place = large.lastIndex(where: { $0.capacity == capacity }) else { return nil }
      return large.remove(at: place).pointer
    }

    @inline(__always)
    mutating func put(_ pointer: UnsafeMutableRawPointer, _ size: SizeClass) {
      cachedBytes += size.capacity
      if size.isLarge {
        large.append(
          WaitingBuffer(pointer: pointer, capacity: size.capacity, freedAt: traffic))
        return
      }
      let list = small + size.index
      pointer.storeBytes(of: list.pointee.head, as: UnsafeMutableRawPointer?.self)
      list.pointee.head = pointer
      list.pointee.count += 1
    }

    /// Before `capacity` bytes are taken from the system, gives back large buffers, the last freed
    /// first, then small ones, the largest classes first.
    mutating func makeRoom(for capacity: Int) {
      peak = max(peak, footprint - cachedBytes + capacity)
      let mostInUse = max(peak, lastPeak)
      let limit = mostInUse + max(Self.leastSlack, mostInUse >> Self.slackShift)
      footprint += capacity
      while footprint > limit, let last = large.popLast() { giveBack(last) }
      for index in SizeClass.smallestLast where footprint > limit {
        giveBack(small[index].count, ofSmall: index)
      }
    }

    private mutating func endPeriod() {
      var returned = 0
      for index in 0..<SizeClass.smallCount {
        returned += giveBack(small[index].idle, ofSmall: index)
        small[index].idle = small[index].count
      }
      let unused = large.prefix { $0.freedAt < periodStart }
      for buffer in unused { giveBack(buffer) }
      large.removeFirst(unused.count)
      if returned > 0 { fledge_trim_heap() }
      (lastPeak, peak) = (peak, footprint - cachedBytes)
      periodStart = traffic
      periodEnd = traffic &+ max(Self.shortestPeriod, 16 * lastPeak)
    }

    mutating func empty() {
      for index in 0..<SizeClass.smallCount { giveBack(small[index].count, ofSmall: index) }
      for buffer in large { giveBack(buffer) }
      large = []
      fledge_trim_heap()
    }

    private mutating func giveBack(_ buffer: WaitingBuffer) {
      munmap(buffer.pointer, buffer.capacity)
      cachedBytes -= buffer.capacity
      footprint -= buffer.capacity
    }

    /// Returns how many bytes that were.
    @discardableResult
    private mutating func giveBack(_ count: Int, ofSmall index: Int) -> Int {
      let list = small + index
      for _ in 0..<count {
        guard let head = list.pointee.head else { break }
        list.pointee.head = head.load(as: UnsafeMutableRawPointer?.self)
        free(head)
      }
      list.pointee.count -= count
      list.pointee.idle = min(list.pointee.idle, list.pointee.count)
      let byteCount = count * SizeClass.capacity(ofSmall: index)
      cachedBytes -= byteCount
      footprint -= byteCount
      return byteCount
    }
  }
}
