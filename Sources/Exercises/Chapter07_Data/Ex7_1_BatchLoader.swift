import FledgeCore
import FledgeCourse
import FledgeData

/// Which examples each batch of each epoch takes. A plan has no memory: what it says about an epoch
/// depends on the seed and the epoch alone, so a run can be taken up anywhere.
struct BatchPlan: Sendable {
  /// The number of examples of the data set.
  let count: Int
  /// The number of examples in a batch; the last one may have fewer.
  let batchSize: Int
  /// The seed of the orders; nil for the data set's own order, in each epoch.
  var seed: UInt64?
  /// Whether a last batch that would have fewer examples is left out.
  var dropsLast = false

  /// The numbers 0, …, count − 1 in a random order, each of the count! orders as likely as any other
  /// (Fisher and Yates 1938; Durstenfeld 1964). For each place from the last down to the second:
  /// exchange it with a place drawn from those up to and including itself.
  ///
  /// `generator.integer(below: n)` draws one of 0, …, n − 1. `a.swapAt(i, j)` exchanges two elements.
  static func shuffled(_ count: Int, using generator: Generator) -> [Int] {
    // solution
    var order = Array(0..<count)
    for place in order.indices.dropFirst().reversed() {
      order.swapAt(place, generator.integer(below: place + 1))
    }
    return order
    // end solution
  }

  /// The order of all examples in an epoch. With a seed it is shuffled by a generator of the epoch's
  /// own, `Generator(seed: seed).split(UInt64(epoch))`: epoch 7 is the same whether or not anybody
  /// asked for epochs 0 to 6.
  func order(epoch: Int) -> [Int] {
    // solution
    guard let seed else { return Array(0..<count) }
    return Self.shuffled(count, using: Generator(seed: seed).split(UInt64(epoch)))
    // end solution
  }

  /// The number of batches in an epoch.
  var batchesPerEpoch: Int {
    // solution
    dropsLast ? count / batchSize : (count + batchSize - 1) / batchSize
    // end solution
  }

  /// The examples of one batch, numbered from 0: the next `batchSize` of the epoch's order, as far as
  /// there are any.
  func examples(ofBatch batch: Int, epoch: Int) -> [Int] {
    // solution
    let start = batch * batchSize
    return Array(order(epoch: epoch)[start..<min(start + batchSize, count)])
    // end solution
  }

  /// The batches that one of several workers makes: every `workers`-th, beginning with its own number.
  /// Together the workers make each batch of an epoch once.
  ///
  ///     5 batches, 2 workers:   worker 0 makes 0, 2, 4   worker 1 makes 1, 3
  func batches(ofWorker worker: Int, of workers: Int) -> [Int] {
    // solution
    Array(stride(from: worker, to: batchesPerEpoch, by: workers))
    // end solution
  }

  /// What a batch may draw its random changes from: of its own, so that they depend neither on the
  /// batches before nor on who makes it.
  func generator(ofBatch batch: Int, epoch: Int) -> Generator {
    Generator(seed: seed ?? 0).split(UInt64(epoch)).split(UInt64(batch))
  }
}

/// The batches of one of Fledge's data sets, epoch after epoch.
///
///     let loader = BatchLoader(digits, BatchPlan(count: digits.count, batchSize: 50, seed: 1))
///     for batch in loader { … }       // epoch 0
///     for batch in loader { … }       // epoch 1
final class BatchLoader<Source: Dataset>: Sequence {
  let source: Source
  let plan: BatchPlan
  /// The batch that comes next: `epoch` and `batch`, both from 0. It is all that a checkpoint has to
  /// keep: a loader that is set to it goes on with exactly that batch.
  var position = DataPosition(epoch: 0, batch: 0)

  init(_ source: Source, _ plan: BatchPlan) {
    self.source = source
    self.plan = plan
  }

  /// What is left of the epoch that `position` is in. Each batch that is handed out moves the position
  /// on by one, the last one to batch 0 of the next epoch. So a loop that is left in the middle can be
  /// taken up by another.
  ///
  /// A batch is `source.batch(indices: …, generator: …)` with the batch's own generator. An
  /// `AnyIterator { … }` calls its closure for each element, until that returns nil.
  func makeIterator() -> AnyIterator<Source.Batch> {
    // solution
    let epoch = position.epoch
    return AnyIterator { [self] in
      let number = position.batch
      guard position.epoch == epoch, number < plan.batchesPerEpoch else { return nil }
      let isLast = number + 1 == plan.batchesPerEpoch
      position = DataPosition(epoch: isLast ? epoch + 1 : epoch, batch: isLast ? 0 : number + 1)
      return source.batch(
        indices: plan.examples(ofBatch: number, epoch: epoch),
        generator: plan.generator(ofBatch: number, epoch: epoch))
    }
    // end solution
  }
}
