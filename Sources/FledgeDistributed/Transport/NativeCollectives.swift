import FledgeCore

/// Collectives that a transport does itself among all its ranks at once, such as MPI's, which know
/// the network.
///
/// They check nothing: ``Exchange`` lets all ranks say to each other beforehand that they are in the
/// same call, by messages of its own. Fewer than 2³¹ bytes.
protocol NativeCollectives: Transport {
  /// Whether it can reduce such elements.
  func canReduce(_ dtype: DType) -> Bool
  /// x = Σ over the ranks, also for the mean, or the largest or smallest.
  func allReduce(_ x: Elements, _ reduction: Reduction)
  /// The elements of `root` on all ranks.
  func broadcast(_ x: Elements, from root: Int)
  /// Brings part i, which rank i has, to all ranks.
  func allGather(_ x: Elements, _ parts: [Range<Int>])
}

extension Exchange {
  /// What is large enough for the transport's own collectives: below, the messages that agree on the
  /// call cost as much as the call.
  private static let nativeLimits = 16384..<Int(Int32.max)

  /// The transport's own collectives, if this collective is for them.
  func native(_ byteCount: Int) -> (any NativeCollectives)? {
    let isWorld = members == Array(0..<group.world.transport.rankCount)
    return isWorld && Self.nativeLimits.contains(byteCount) ? group.world.native : nil
  }

  /// The transport's own all-reduce; the ring where it has none for such elements.
  func nativeAllReduce(_ x: Elements, _ reduction: Reduction) throws {
    guard let native = native(x.byteCount), native.canReduce(x.dtype) else {
      return try ringAllReduce(x, reduction)
    }
    try agree(x)
    native.allReduce(x, reduction)
    if reduction == .mean { x.divide(by: count) }
  }

  /// The elements of `root` on all ranks, by the transport's own way or along a tree.
  func broadcast(_ x: Elements, from root: Int) throws {
    guard let native = native(x.byteCount) else { return try treeBroadcast(x, from: root) }
    try agree(x)
    native.broadcast(x, from: root)
  }

  /// Brings part i, which rank i has, to all ranks, by the transport's own way or around a ring.
  func allGather(_ x: Elements, _ parts: [Range<Int>]) throws {
    guard let native = native(x.byteCount) else { return try ringAllGather(x, parts) }
    try agree(x)
    native.allGather(x, parts)
  }

  /// Returns once all ranks are in this call, whose content is `x`; the transport does the rest, which is
  /// counted as one message.
  private func agree(_ x: Elements) throws {
    try disseminate(x[0..<0])
    group.world.transport.count(envelope.call.collective, Traffic(messages: 1, bytes: x.byteCount))
  }
}
