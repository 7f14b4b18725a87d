import FledgeCore

/// Batches of a dataset, epoch after epoch, in an order that depends only on the seed and the
/// epoch; made ahead of time on its own threads.
///
/// ```swift
/// let loader = DataLoader(images, batchSize: 64, seed: 1)
/// while loader.position.epoch < 10 {
///   for batch in loader { … }            // what is left of the current epoch
/// }
/// ```
///
/// `state` can be saved after any batch; a loader of the same dataset that restores it goes on with
/// exactly the batch that would have come next.
public final class DataLoader<Source: Dataset> {
  /// The dataset that the batches come from.
  public let dataset: Source
  /// The number of examples in a batch; the last one of an epoch may have fewer.
  public let batchSize: Int
  /// The seed of each epoch's order, and of what ``Dataset/augmented(_:)`` draws.
  public let seed: UInt64?
  /// Which examples an epoch has, and in which order.
  public let sampler: any Sampler
  /// Whether an incomplete last batch is dropped.
  public let dropLast: Bool
  /// How many batches may be made ahead of the one in use; 0 makes each when it is asked for.
  public let prefetch: Int
  /// How many threads make them.
  public let workers: Int

  /// Which of the `count` examples of a batch are made here, by their places in it; nil for all. Ranks
  /// that train together each make their own part of the same batches.
  public var part: (@Sendable (_ count: Int) -> Range<Int>)?

  /// The position of the next batch.
  public internal(set) var position = DataPosition(epoch: 0, batch: 0)

  /// - Parameters:
  ///   - seed: without one, examples come in the dataset's own order.
  ///   - sampler: if given, chooses the examples and their order instead; it draws from the seed (0
  ///     if there is none).
  /// - Precondition: an epoch has enough examples for one batch; `batchSize` and `workers` are
  ///   positive, `prefetch` is not negative.
  public init(
    _ dataset: Source, batchSize: Int, seed: UInt64? = nil, sampler: (any Sampler)? = nil,
    dropLast: Bool = false, prefetch: Int = 2, workers: Int = 1
  ) {
    let sampler = sampler ?? (seed == nil ? SequentialSampler() : RandomSampler())
    let examples = sampler.count(of: dataset.count)
    require(batchSize > 0, "DataLoader", "the batch size is \(batchSize), not positive")
    require(prefetch >= 0, "DataLoader", "prefetch is negative (\(prefetch))")
    require(workers > 0, "DataLoader", "the number of workers is \(workers), not positive")
    require(
      examples >= (dropLast ? batchSize : 1), "DataLoader",
      "\(examples) examples make no batch of \(batchSize)")
    self.dataset = dataset
    self.batchSize = batchSize
    self.seed = seed
    self.sampler = sampler
    self.dropLast = dropLast
    self.prefetch = prefetch
    self.workers = workers
  }

  /// The number of batches in an epoch.
  public var batchesPerEpoch: Int {
    let examples = sampler.count(of: dataset.count)
    return dropLast ? examples / batchSize : (examples + batchSize - 1) / batchSize
  }

  /// The examples of each batch of `epoch`.
  func order(epoch: Int) -> [[Int]] {
    let order = sampler.order(of: dataset.count, generator: generator(epoch: epoch))
    return (0..<batchesPerEpoch).map { batch in
      let examples = order[batch * batchSize..<Swift.min((batch + 1) * batchSize, order.count)]
      guard let part = part?(examples.count) else { return Array(examples) }
      return part.map { examples[examples.startIndex + $0] }
    }
  }
}

extension DataLoader {
  /// The generator of an epoch. (By its full name: in a `Sequence`, `Generator` is an old word for
  /// `Iterator`.)
  func generator(epoch: Int) -> FledgeCore.Generator {
    FledgeCore.Generator(seed: seed ?? 0).split(UInt64(epoch))
  }
}

/// A place in the data: a batch of an epoch, both counted from 0.
public struct DataPosition: Sendable, Equatable, Codable {
  /// The epoch, from 0.
  public var epoch: Int
  /// The batch within the epoch, from 0.
  public var batch: Int

  /// `DataPosition(epoch: 0, batch: 0)` is the beginning.
  public init(epoch: Int, batch: Int) {
    self.epoch = epoch
    self.batch = batch
  }
}

// MARK: - Iteration

extension DataLoader: Sequence {
  /// The remaining batches of the current epoch. Each batch moves `position` on; the last moves it
  /// to the next epoch. Use one iterator at a time.
  public func makeIterator() -> DataLoaderIterator<Source> {
    DataLoaderIterator(self)
  }
}

/// Returns the batches of one epoch. The threads that make them end with the epoch or with the
/// iterator, whichever ends first.
public struct DataLoaderIterator<Source: Dataset>: IteratorProtocol {
  private let loader: DataLoader<Source>
  private let order: [[Int]]
  private let epoch: Int
  private var nextBatch: Int
  private let make: @Sendable (Int) -> Source.Batch
  private let prefetcher: Prefetcher<Source.Batch, Never>?

  init(_ loader: DataLoader<Source>) {
    self.loader = loader
    epoch = loader.position.epoch
    nextBatch = loader.position.batch
    order = loader.order(epoch: epoch)
    let (dataset, order, generator) = (loader.dataset, order, loader.generator(epoch: epoch))
    // Each batch has its own generator, so its draws do not depend on the threads.
    make = { dataset.batch(indices: order[$0], generator: generator.split(UInt64($0))) }
    prefetcher =
      loader.prefetch > 0
      ? Prefetcher(
        nextBatch..<order.count, ahead: loader.prefetch, workers: loader.workers, make: make) : nil
  }

  public mutating func next() -> Source.Batch? {
    guard nextBatch < order.count else { return nil }
    let batch = prefetcher?.next() ?? make(nextBatch)
    nextBatch += 1
    loader.position =
      nextBatch < order.count
      ? DataPosition(epoch: epoch, batch: nextBatch) : DataPosition(epoch: epoch + 1, batch: 0)
    return batch
  }
}
