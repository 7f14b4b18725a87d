import FledgeCore

/// The collectives of MPI, on tensors of any dtype. Each throws ``DistributedError`` where the ranks
/// cannot go on together, and each gives the same bits on all ranks where it gives them the same
/// numbers.
///
/// Sizes are n bytes and N ranks. A tensor that nothing else holds is changed where it lies, otherwise
/// it is copied first.
extension Group {
  /// x = Σ over the ranks, or their mean, largest or smallest, element by element.
  /// Shape: [*], the same on all ranks → same
  ///
  /// Halves are rounded after each addition. Traps on the mean of integers and the sum of truth values.
  public func allReduce(
    _ x: inout Tensor, _ reduction: Reduction = .sum, by algorithm: AllReduceAlgorithm = .automatic
  ) throws {
    check(x, reduction, "all-reduce")
    if case .hierarchical(let size) = algorithm {
      require(size > 0, "all-reduce", "\(size) ranks are no host")
    }
    let algorithm = algorithm.chosen(for: x.byteCount, hasNative: world.native != nil)
    let exchange = next(
      Call(
        .allReduce, algorithm: algorithm.number, reduction, dtype: x.dtype, elements: x.count))
    try inPlace(&x) { try exchange.allReduce($0, reduction, algorithm) }
  }

  /// The same as a new tensor.
  public func allReduce(
    _ x: Tensor, _ reduction: Reduction = .sum, by algorithm: AllReduceAlgorithm = .automatic
  ) throws -> Tensor {
    var result = x.detached()
    try allReduce(&result, reduction, by: algorithm)
    return result
  }

  /// The same in the background: this rank goes on, and asks for the result later. Collectives in
  /// the background run one after another, in the order in which they were called. `x` is changed
  /// where it lies if it is handed over for good, with no holder left behind.
  public func allReduceInBackground(
    _ x: consuming Tensor, _ reduction: Reduction = .sum,
    by algorithm: AllReduceAlgorithm = .automatic
  ) -> Pending<Tensor> {
    check(x, reduction, "all-reduce")
    let algorithm = algorithm.chosen(for: x.byteCount)
    let exchange = next(
      Call(
        .allReduce, algorithm: algorithm.number, reduction, dtype: x.dtype, elements: x.count))
    let input = Given(x)
    return Pending(self) {
      var x = input.take()
      try self.inPlace(&x) { try exchange.allReduce($0, reduction, algorithm) }
      return x
    }
  }

  /// The values of `root` on all ranks.   Shape: [*] → same.   N − 1 messages of n bytes in all
  public func broadcast(_ x: inout Tensor, from root: Int = 0) throws {
    checkRoot(root, "broadcast")
    let exchange = next(Call(.broadcast, dtype: x.dtype, elements: x.count, root: root))
    try inPlace(&x) { try exchange.broadcast($0, from: root) }
  }

  /// Σ over the ranks, or another reduction, at `root`; nil on the others.   Shape: [*] → same
  public func reduce(
    _ x: Tensor, _ reduction: Reduction = .sum, to root: Int = 0
  ) throws -> Tensor? {
    checkRoot(root, "reduce")
    check(x, reduction, "reduce")
    let exchange = next(
      Call(.reduce, reduction, dtype: x.dtype, elements: x.count, root: root))
    var result = x.detached()
    try inPlace(&result) { try exchange.treeReduce($0, to: root, reduction) }
    return rank == root ? result : nil
  }

  /// This rank's rows of Σ over the ranks.   Shape: [R, *] → [rows[rank], *].   (N − 1)/N · n bytes a rank
  ///
  /// - Parameter rows: how many rows each rank gets; by default nearly equal parts, the first ones
  ///   being larger by one row where N does not divide R.
  public func reduceScatter(
    _ x: Tensor, _ reduction: Reduction = .sum, rows: [Int]? = nil
  ) throws -> Tensor {
    check(x, reduction, "reduce-scatter")
    let parts = parts(of: x, rows, "reduce-scatter")
    let exchange = next(Call(.reduceScatter, reduction, dtype: x.dtype, elements: x.count))
    var sums = x.detached()
    let size = rowCount(x)
    try inPlace(&sums) {
      try exchange.ringReduceScatter($0, parts.map { $0.scaled(by: size) }, reduction)
    }
    return sums[parts[rank]].detached().copied()
  }

  /// The rows of all ranks, in their order.   Shape: [rows[rank], *] → [Σ rows, *].
  /// (N − 1)/N · n bytes a rank, n being those of the result
  ///
  /// - Parameter rows: how many rows each rank has; by default all have the same number.
  public func allGather(_ x: Tensor, rows: [Int]? = nil) throws -> Tensor {
    let rows = checkedRows(x, rows, "all-gather")
    let total = rows.reduce(0, +) * rowCount(x)
    return try gatherAll(x, Call(.allGather, dtype: x.dtype, elements: total), rows: rows)
  }

  func gatherAll(_ x: Tensor, _ call: Call, rows: [Int]? = nil) throws -> Tensor {
    let rows = rows ?? [Int](repeating: x.shape[0], count: count)
    let size = rowCount(x)
    let exchange = next(call)
    var result = Tensor(
      uninitialized: Shape([rows.reduce(0, +)] + x.shape.dropFirst()), x.dtype)
    let parts = ranges(of: rows.map { $0 * size })
    try withElements(x) { own in
      try inPlace(&result) { all in
        all[parts[rank]].copy(own.bytes)
        try exchange.allGather(all, parts)
      }
    }
    return result
  }

  /// Sends rows to each rank and gets some from each.   Shape: [Σ sending, *] → [Σ receiving, *]
  ///
  /// - Parameters:
  ///   - sending: how many rows go to each rank; by default nearly equal parts
  ///   - receiving: how many come from each; by default as many as go there
  public func allToAll(
    _ x: Tensor, sending: [Int]? = nil, receiving: [Int]? = nil
  ) throws -> Tensor {
    let sent = parts(of: x, sending, "all-to-all").map(\.count)
    // By default each rank has the same table, so what comes from each is this rank's part.
    let received =
      receiving ?? (sending == nil ? [Int](repeating: sent[rank], count: count) : sent)
    require(
      received.count == count && received.allSatisfy { $0 >= 0 }, "all-to-all",
      "rows \(received) cannot come from \(count) ranks")
    let size = rowCount(x)
    let exchange = next(Call(.allToAll, dtype: x.dtype))
    var result = Tensor(
      uninitialized: Shape([received.reduce(0, +)] + x.shape.dropFirst()), x.dtype)
    try withElements(x) { own in
      try inPlace(&result) { all in
        try exchange.allToAll(
          own, ranges(of: sent.map { $0 * size }), all, ranges(of: received.map { $0 * size }))
      }
    }
    return result
  }

  /// Rows of `root`'s tensor for each rank.   Shape: [R, *] on `root` → [rows[rank], *]
  ///
  /// - Parameters:
  ///   - x: the tensor on `root`, nil on the others
  ///   - shape: that of the whole, on all ranks
  public func scatter(
    _ x: Tensor?, shape: Shape, dtype: DType = .float32, from root: Int = 0, rows: [Int]? = nil
  ) throws -> Tensor {
    checkRoot(root, "scatter")
    require(
      (x != nil) == (rank == root) && x.map { $0.shape == shape && $0.dtype == dtype } ?? true,
      "scatter", "rank \(root) gives a tensor of \(dtype)\(shape), the others give none")
    let rowSize = shape.rank == 0 ? 1 : shape.dropFirst().reduce(1, *)
    let parts = parts(of: shape, rows, "scatter")
    let exchange = next(Call(.scatter, dtype: dtype, elements: shape.count, root: root))
    var result = Tensor(
      uninitialized: Shape([parts[rank].count] + shape.dropFirst()), dtype)
    let ranges = parts.map { $0.scaled(by: rowSize) }
    try inPlace(&result) { own in
      guard let x else { return try exchange.scatter(nil, ranges, own, from: root) }
      try withElements(x) { try exchange.scatter($0, ranges, own, from: root) }
    }
    return result
  }

  /// The rows of all ranks at `root`, nil on the others.   Shape: [rows[rank], *] → [Σ rows, *]
  public func gather(_ x: Tensor, to root: Int = 0, rows: [Int]? = nil) throws -> Tensor? {
    checkRoot(root, "gather")
    let rows = checkedRows(x, rows, "gather")
    let size = rowCount(x)
    let exchange = next(
      Call(.gather, dtype: x.dtype, elements: rows.reduce(0, +) * size, root: root))
    let parts = ranges(of: rows.map { $0 * size })
    return try withElements(x) { own in
      guard rank == root else {
        try exchange.gather(own, nil, parts, to: root)
        return nil
      }
      var result = Tensor(
        uninitialized: Shape([rows.reduce(0, +)] + x.shape.dropFirst()), x.dtype)
      try inPlace(&result) { try exchange.gather(own, $0, parts, to: root) }
      return result
    }
  }

  /// Returns once all ranks have come here.
  public func barrier() throws {
    let exchange = next(Call(.barrier))
    try withElements(Tensor(uninitialized: [0], .uint8)) { try exchange.disseminate($0) }
  }

  /// The texts of all ranks, in their order.
  public func gather(text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    let sizes = try allGather(Tensor([bytes.count], shape: [1])).array(of: Int.self)
    let all = try allGather(Tensor(bytes, shape: [bytes.count]), rows: sizes).array(of: UInt8.self)
    return ranges(of: sizes).map { String(decoding: all[$0], as: UTF8.self) }
  }

  // MARK: Flat buffers

  /// Brings the N equal parts of `x`, of which each rank has its own, to all.   Shape: [N c] → same
  func gatherInPlace(_ x: inout Tensor) throws {
    let exchange = next(Call(.allGather, dtype: x.dtype, elements: x.count))
    let parts = partition(x.count, count)
    try inPlace(&x) { try exchange.allGather($0, parts) }
  }

  /// The mean of `range`, this rank's of N equal parts of `x`, in the background.   Shape: [N c] → [c]
  ///
  /// - Parameter inPlace: whether the result is a part of `x`, whose memory then stays; otherwise it
  ///   is a copy.
  func reduceScatterInBackground(
    _ x: consuming Tensor, keeping range: Range<Int>, inPlace isView: Bool
  ) -> Pending<Tensor> {
    let exchange = next(
      Call(.reduceScatter, .mean, dtype: x.dtype, elements: x.count))
    let parts = partition(x.count, count)
    let input = Given(x)
    return Pending(self) {
      var x = input.take()
      try self.inPlace(&x) { try exchange.ringReduceScatter($0, parts, .mean) }
      let own = x[range].detached()
      return isView ? own : withinCollective { own.copied() }
    }
  }

  // MARK: Point to point

  /// Sends `x` to another rank of the group and waits until it has left.
  public func send(_ x: Tensor, to peer: Int, tag: Int = 0) throws {
    checkRoot(peer, "send")
    let exchange = next(tag: tag, Call(.send, dtype: x.dtype, elements: x.count))
    try withElements(x) { try exchange.sendAndWait($0, to: peer) }
  }

  /// Receives a tensor of this shape and dtype from another rank.
  public func receive(
    _ shape: Shape, _ dtype: DType = .float32, from peer: Int, tag: Int = 0
  ) throws -> Tensor {
    checkRoot(peer, "receive")
    var result = Tensor(uninitialized: shape, dtype)
    let exchange = next(tag: tag, Call(.send, dtype: dtype, elements: result.count))
    try inPlace(&result) { try exchange.receive($0, from: peer) }
    return result
  }

  /// Waits until a tensor of this type was sent by any of `peers`, and says by whom; it stays to be received.
  public func awaitAny(_ type: TensorType, from peers: [Int], tag: Int = 0) throws -> Int {
    require(!peers.isEmpty, "awaitAny", "nobody is waited for")
    for peer in peers { checkRoot(peer, "awaitAny") }
    let exchange = next(tag: tag, Call(.send, dtype: type.dtype, elements: type.shape.count))
    return try exchange.awaitAny(peers)
  }

  /// Gives `x` to another rank, which gives one of the same shape and dtype. None of the two waits for the
  /// other to receive first.
  public func exchange(_ x: Tensor, with peer: Int, tag: Int = 0) throws -> Tensor {
    checkRoot(peer, "exchange")
    let exchange = next(tag: tag, Call(.send, dtype: x.dtype, elements: x.count))
    var result = Tensor(uninitialized: x.shape, x.dtype)
    try withElements(x) { own in
      try inPlace(&result) { try exchange.shift(own, to: peer, $0, from: peer) }
    }
    return result
  }
}

// MARK: What they share

/// A tensor that is handed to another thread once, with nothing left behind.
private final class Given: @unchecked Sendable {
  private var tensor: Tensor?
  init(_ tensor: consuming Tensor) { self.tensor = tensor }
  func take() -> Tensor { tensor.take()! }
}

extension Group {
  /// Calls `body` with the elements of `x`, which nothing else holds.
  fileprivate func inPlace(_ x: inout Tensor, _ body: (Elements) throws -> Void) throws {
    x = x.requiresGradients ? x.detached() : x
    x.makeUnique()
    try withinCollective {
      try withExtendedLifetime(x.storage) { try body(Elements(x)) }
    }
  }

  fileprivate func withElements<R>(_ x: Tensor, _ body: (Elements) throws -> R) throws -> R {
    let compact = withinCollective { x.detached().contiguous() }
    return try withinCollective {
      try withExtendedLifetime(compact.storage) { try body(Elements(compact)) }
    }
  }

  private func check(_ x: Tensor, _ reduction: Reduction, _ name: String) {
    require(
      reduction != .mean || x.dtype.isFloatingPoint, name,
      "the mean of \(x.dtype) is none; take the sum, or cast first")
    require(
      reduction != .sum || x.dtype != .bool, name,
      "truth values have no sum; `max` is or, `min` is and")
  }

  private func checkRoot(_ root: Int, _ name: String) {
    require(
      (0..<count).contains(root), name,
      "there is no rank \(root) in \(self.name), which has \(count)"
    )
  }

  private func rowCount(_ x: Tensor) -> Int { x.shape.dropFirst().reduce(1, *) }

  private func parts(of x: Tensor, _ rows: [Int]?, _ name: String) -> [Range<Int>] {
    parts(of: x.shape, rows, name)
  }

  private func parts(of shape: Shape, _ rows: [Int]?, _ name: String) -> [Range<Int>] {
    require(shape.rank > 0, name, "a scalar has no rows")
    guard let rows else { return partition(shape[0], count) }
    require(
      rows.count == count && rows.allSatisfy { $0 >= 0 } && rows.reduce(0, +) == shape[0], name,
      "rows \(rows) are not those of \(shape) for \(count) ranks")
    return ranges(of: rows)
  }

  private func checkedRows(_ x: Tensor, _ rows: [Int]?, _ name: String) -> [Int] {
    require(x.rank > 0, name, "a scalar has no rows")
    guard let rows else { return [Int](repeating: x.shape[0], count: count) }
    require(
      rows.count == count && rows.allSatisfy { $0 >= 0 } && rows[rank] == x.shape[0], name,
      "rank \(rank) has \(x.shape[0]) rows, the table says \(rows)")
    return rows
  }
}

extension Range<Int> {
  func scaled(by size: Int) -> Range<Int> { lowerBound * size..<upperBound * size }
}
