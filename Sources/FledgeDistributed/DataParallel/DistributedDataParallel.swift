import FledgeCore
import FledgeNN

/// Data parallelism: every rank has the whole model and a part of the batch, and the gradients
/// become their means over the ranks while the backward pass still runs (Li et al. 2020, "PyTorch
/// Distributed: Experiences on Accelerating Data Parallel Training").
///
///     let parallel = try DistributedDataParallel(model, over: world)   // weights of rank 0
///     for batch in loader {
///       optimizer.zeroGrad()
///       let part = batch.rows(world.share(of: batch.count))
///       try parallel.backward(loss(model, part), examples: part.count)
///       optimizer.step()                                               // the same on all ranks
///     }
///
/// Gradients travel in buckets, an all-reduce each: of P bytes of parameters each rank sends
/// 2 (N − 1)/N P and a little more (a number for each parameter, see below, and 64-byte alignment).
///
/// **Parameters that a pass does not use** do not hang the others: a bucket also counts which rank
/// has a gradient. Where none has, the parameter has none afterwards, and the optimizer skips it, as
/// without ranks; where some have, the others add zeros. A shared parameter is complete after its last
/// use.
///
/// **Compression.** With a ``GradientCodec`` codes travel instead of gradients, by a ``CompressedMean`` for
/// each bucket: a quarter of the bytes, or an eighth, or a thirty-second.
///
///     try DistributedDataParallel(model, over: world, compression: MinMaxCodec())
public final class DistributedDataParallel {
  /// The model.
  public let module: Module
  /// The ranks.
  public let group: Group
  private let buckets: [Bucket]
  private let buffers: [AnyBuffer]
  private let algorithm: AllReduceAlgorithm
  /// One for each bucket; empty without compression.
  private let compressed: [CompressedMean]
  private var isSynchronizing = true
  /// How many buckets of the last pass were on their way before the pass was over.
  public private(set) var overlappedBuckets = 0

  /// Gives all ranks the parameters and buffers of rank 0.
  ///
  /// - Parameters:
  ///   - bucketBytes: the size of a bucket. Larger ones pay less latency, smaller ones start earlier.
  ///   - firstBucketBytes: the size of the first one, which should start soon
  ///   - algorithm: of the all-reduces, where nothing is compressed
  ///   - compression: what makes codes of the gradients; with error feedback, unless it is unbiased.
  ///     What was not sent yet is no part of a checkpoint.
  ///   - synchronizesBuffers: whether buffers (running means) become those of rank 0 after each pass
  public init(
    _ module: Module, over group: Group, bucketBytes: Int = 25 << 20,
    firstBucketBytes: Int = 1 << 20, by algorithm: AllReduceAlgorithm = .automatic,
    compression: (any GradientCodec)? = nil, synchronizesBuffers: Bool = true
  ) throws {
    require(
      bucketBytes > 0 && firstBucketBytes > 0, "DistributedDataParallel",
      "buckets of \(bucketBytes) and \(firstBucketBytes) bytes hold nothing")
    self.module = module
    self.group = group
    self.algorithm = algorithm
    buckets = Bucket.of(module.parameters(), capacity: bucketBytes, first: firstBucketBytes)
    buffers = synchronizesBuffers ? module.buffers() : []
    if let compression {
      let own = try group.split(color: 0, key: group.rank, name: "gradients")!
      compressed = buckets.indices.map {
        CompressedMean(compression, within: own, errorFeedback: nil, seed: UInt64($0))
      }
    } else {
      compressed = []
    }
    try group.broadcastParameters(of: module)
  }

  /// How many all-reduces a pass takes.
  public var bucketCount: Int { buckets.count }

  /// The bytes of all buckets: those of the gradients, and what is beside them.
  public var bucketByteCount: Int {
    buckets.reduce(0) { sum, bucket in
      sum
        + FlatBuffer(shapes: bucket.shapes + [[bucket.parameters.count]], dtype: bucket.dtype)
        .byteCount
    }
  }

  /// Runs the backward pass of this rank's loss. Afterwards all ranks have the same gradients: the
  /// means over the ranks.
  ///
  /// - Parameters:
  ///   - loss: the mean loss of this rank's part of the batch; nil if there is no part for it
  ///   - examples: how many examples the part has. The gradients are then those of the mean over all
  ///     examples, and not the mean of means, which weighs the examples of a short part more. It takes
  ///     one small all-reduce.
  public func backward(_ loss: Tensor?, examples: Int? = nil) throws {
    var loss = loss
    if let examples {
      require(
        (examples > 0) == (loss != nil) && examples >= 0, "backward",
        "\(examples) examples and \(loss == nil ? "no" : "a") loss")
      let total = try group.allReduce(Tensor([Double(examples)])).item()
      require(total > 0, "backward", "no rank has an example")
      let weight = Double(examples * group.count) / total
      if weight != 1 { loss = loss.map { $0 * weight } }
    }
    guard isSynchronizing && group.count > 1 else {
      loss?.backward()
      return
    }
    var sent: [(buffer: FlatBuffer, pending: Pending<Tensor>)] = []
    let pass = BucketedPass(buckets, flagsUse: true) { [self] index, buffer in
      let pending =
        compressed.isEmpty
        ? group.allReduceInBackground(buffer.elements(), .mean, by: algorithm)
        : compressed[index].meanInBackground(
          buffer.elements(), exactFrom: buckets[index].flags.lowerBound)
      sent.append((buffer, pending))
    }
    pass.run(loss, keeps: true)
    overlappedBuckets = pass.overlapped
    for (bucket, (buffer, pending)) in zip(buckets, sent) {
      let means = try pending.take()
      // They stand in the buffer, whose parts the gradients are, unless somebody else held it.
      if !buffer.holds(means) { buffer.update { $0 = means } }
      let uses = means[bucket.flags].array(of: Double.self)
      for (parameter, use) in zip(bucket.parameters, uses) where use == 0 { parameter.grad = nil }
    }
    for buffer in buffers where buffer.value != nil { try group.broadcast(&buffer.value!) }
  }

  /// Runs `body`, in which backward passes only add up this rank's gradients: for all but the last of
  /// the batches that one step takes. The next pass outside sends the sums.
  public func noSync<R>(_ body: () throws -> R) rethrows -> R {
    let before = isSynchronizing
    isSynchronizing = false
    defer { isSynchronizing = before }
    return try body()
  }
}

extension Group {
  /// Gives all ranks the parameters and buffers that `root` has.
  public func broadcastParameters(of module: Module, from root: Int = 0) throws {
    for parameter in module.parameters() { try broadcast(parameter, from: root) }
    for buffer in module.buffers() where buffer.value != nil {
      try broadcast(&buffer.value!, from: root)
    }
  }

  /// Gives all ranks the value that `root` has; the gradient stays.
  public func broadcast(_ parameter: AnyParameter, from root: Int = 0) throws {
    var failure: (any Error)?
    parameter.update { value in
      do { try broadcast(&value, from: root) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// This rank's part of a batch of `count` examples: nearly equal parts, the first ones larger by one
  /// where the ranks do not divide the batch.
  public func share(of count: Int) -> Range<Int> { partition(count, self.count)[rank] }
}
