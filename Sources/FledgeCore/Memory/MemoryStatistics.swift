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

/// Bytes in tensors' buffers, as a ``Ledger`` counts them (sizes asked for, not pages).
public struct MemoryStatistics: Sendable, Equatable {
  /// Bytes alive now.
  public var liveBytes = 0
  /// The largest `liveBytes` since the start or the last ``Ledger/resetPeak()``.
  public var peakBytes = 0
  /// Buffers alive now.
  public var liveBuffers = 0
  /// Buffers handed out since the start.
  public var allocations = 0
  /// Of those, buffers that were not in the pool and came from the system.
  public var systemAllocations = 0
  /// Bytes of freed buffers that the pool keeps for reuse. There is one pool in a process, so only
  /// the ledger of the whole process knows this number; it is 0 in all others.
  public var cachedBytes = 0
  /// Bytes of ``ForeignMemory``, such as mapped files, that is alive now. No part of `liveBytes`.
  public var foreignBytes = 0
  /// Bytes alive now by tag.
  public var liveBytesByTag: [MemoryTag: Int] = [:]
  /// What `peakBytes` was made of: the bytes of each tag at that moment.
  public var bytesByTagAtPeak: [MemoryTag: Int] = [:]
  /// The most that each tag had for itself, each at a moment of its own.
  public var peakBytesByTag: [MemoryTag: Int] = [:]

  /// The counters of the whole process at this moment, whatever ledgers are in force.
  public static var current: MemoryStatistics { Ledger.process.statistics }

  /// Makes the present `liveBytes` the peak of the whole process.
  public static func resetPeak() { Ledger.process.resetPeak() }

  /// Gives the pool's cached buffers back to the system.
  public static func emptyCache() { MemoryPool.emptyCache() }
}
