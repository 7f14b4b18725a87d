import Foundation
import Synchronization

/// What a buffer is for; memory is counted by tag. See ``withMemoryTag(_:_:)``.
public enum MemoryTag: UInt8, Sendable, CaseIterable {
  /// Whatever no scope has named: results outside of a training step.
  case temporary
  /// What a forward pass computes.
  case activation
  /// The values of parameters.
  case parameter
  /// What a backward pass computes; afterwards, the gradients of the parameters.
  case gradient
  /// The state of optimizers, such as Adam's moments.
  case optimizer
  /// Batches.
  case data
}

/// Bytes in tensors' buffers, as the framework counts them (sizes asked for, not pages).
public struct MemoryStatistics: Sendable, Equatable {
  /// Bytes alive now.
  public var liveBytes = 0
  /// The largest `liveBytes` since the start or the last ``resetPeak()``.
  public var peakBytes = 0
  /// Buffers alive now.
  public var liveBuffers = 0
  /// Buffers handed out since the start.
  public var allocations = 0
  /// Of those, buffers that were not in the pool and came from the system.
  public var systemAllocations = 0
  /// Bytes of freed buffers that the pool keeps for reuse.
  public var cachedBytes = 0
  /// Bytes alive now by tag.
  public var liveBytesByTag: [MemoryTag: Int] = [:]

  /// The counters at this moment.
  public static var current: MemoryStatistics { MemoryPool.statistics() }

  /// Makes the present `liveBytes` the peak.
  public static func resetPeak() { MemoryPool.resetPeak() }

  /// Gives the pool's cached buffers back to the system.
  public static func emptyCache() { MemoryPool.emptyCache() }
}

/// Buffers by size class.
///
/// A large `malloc` returns fresh pages, and touching them costs a page fault each 4 KB, which is
/// more than most operations cost; so freed buffers wait in a list per size class. Classes are
/// four to a doubling, so at most a quarter of a buffer is unused. One lock guards lists and
/// counters: an uncontended lock costs less than a second set of atomics would.
enum MemoryPool {
  struct Block {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    let tag: MemoryTag
  }

  /// This many bytes may always wait for reuse; more where they and what is alive stay within a
  /// quarter above the peak. A training step frees most of what the next one asks for again.
  private static let cacheLimit = 512 << 20
  private static let classCount = 200

  /// Freed blocks are linked through their own first word.
  private struct State: @unchecked Sendable {
    let lists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let liveByTag: UnsafeMutablePointer<Int>
    var statistics = MemoryStatistics()

    init() {
      lists = .allocate(capacity: classCount)
      lists.initialize(repeating: nil, count: classCount)
      liveByTag = .allocate(capacity: MemoryTag.allCases.count)
      liveByTag.initialize(repeating: 0, count: MemoryTag.allCases.count)
    }
  }

  private static let state = Mutex(State())

  /// The smallest class that holds `byteCount`, and its capacity: 64, 80, 96, 112, 128, 160, …
  /// rounded up to whole cache lines.
  static func sizeClass(for byteCount: Int) -> (index: Int, capacity: Int) {
    if byteCount <= 64 { return (0, 64) }
    let exponent = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount  // 2^e < bytes ≤ 2^(e+1)
    let quarter = 1 << (exponent - 2)
    let steps = (byteCount - (1 << exponent) + quarter - 1) / quarter
    let capacity = (1 << exponent) + steps * quarter
    return ((exponent - 6) * 4 + steps, (capacity + 63) & ~63)
  }

  static func allocate(_ byteCount: Int, tag: MemoryTag) -> Block {
    let (index, capacity) = sizeClass(for: byteCount)
    let cached = state.withLock { state -> UnsafeMutableRawPointer? in
      state.liveByTag[Int(tag.rawValue)] += byteCount
      state.statistics.liveBuffers += 1
      state.statistics.allocations += 1
      state.statistics.liveBytes += byteCount
      if state.statistics.liveBytes > state.statistics.peakBytes {
        state.statistics.peakBytes = state.statistics.liveBytes
      }
      guard let head = state.lists[index] else {
        state.statistics.systemAllocations += 1
        return nil
      }
      state.lists[index] = head.load(as: UnsafeMutableRawPointer?.self)
      state.statistics.cachedBytes -= capacity
      return head
    }
    let pointer = cached ?? systemAllocate(capacity)
    return Block(pointer: pointer, byteCount: byteCount, tag: tag)
  }

  static func release(_ block: Block) {
    let (index, capacity) = sizeClass(for: block.byteCount)
    let keeps = state.withLock { state -> Bool in
      state.liveByTag[Int(block.tag.rawValue)] -= block.byteCount
      state.statistics.liveBuffers -= 1
      state.statistics.liveBytes -= block.byteCount
      let (live, peak) = (state.statistics.liveBytes, state.statistics.peakBytes)
      if state.statistics.cachedBytes + capacity > max(cacheLimit, peak + peak / 4 - live) {
        return false
      }
      block.pointer.storeBytes(of: state.lists[index], as: UnsafeMutableRawPointer?.self)
      state.lists[index] = block.pointer
      state.statistics.cachedBytes += capacity
      return true
    }
    if !keeps { free(block.pointer) }
  }

  private static func systemAllocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    var pointer: UnsafeMutableRawPointer?
    let code = posix_memalign(&pointer, 64, capacity)
    guard code == 0, let pointer else {
      fledgeTrap("allocate", "the system has no \(capacity) bytes for a tensor's buffer")
    }
    return pointer
  }

  static func statistics() -> MemoryStatistics {
    state.withLock { state in
      var result = state.statistics
      for tag in MemoryTag.allCases {
        result.liveBytesByTag[tag] = state.liveByTag[Int(tag.rawValue)]
      }
      return result
    }
  }

  static func resetPeak() {
    state.withLock { $0.statistics.peakBytes = $0.statistics.liveBytes }
  }

  static func emptyCache() {
    state.withLock { state in
      for index in 0..<classCount {
        while let head = state.lists[index] {
          state.lists[index] = head.load(as: UnsafeMutableRawPointer?.self)
          free(head)
        }
      }
      state.statistics.cachedBytes = 0
    }
  }
}
