import FledgeCore
import FledgeData

/// Where a ``Trainer`` takes its batches from, and how their place in the data is kept in a
/// checkpoint.
///
///     TrainingData(loader)                                          // a DataLoader: epochs
///     TrainingData(drawingWith: generator) { windows.random(12, generator: $0) }   // endless
public final class TrainingData<Batch> {
  /// The number of batches in an epoch; nil for data without end.
  public let batchesPerEpoch: Int?
  let next: () -> Batch
  let save: () throws -> String
  let restore: (String) throws -> Void

  /// Makes a source from your own functions.
  ///
  /// - Parameters:
  ///   - next: the next batch; after the last batch of an epoch, the first of the next
  ///   - state: everything that later batches depend on
  ///   - restore: returns to the place where a state was taken
  public init<State: Codable>(
    batchesPerEpoch: Int?, next: @escaping () -> Batch, state: @escaping () -> State,
    restore: @escaping (State) throws -> Void
  ) {
    require(
      batchesPerEpoch ?? 1 > 0, "TrainingData", "an epoch needs at least one batch")
    self.batchesPerEpoch = batchesPerEpoch
    self.next = next
    save = { try RunJSON.encode(state()) }
    self.restore = { try restore(try RunJSON.decode(State.self, from: $0)) }
  }

  /// The batches of a loader, epoch after epoch, from the beginning of an epoch. A checkpoint keeps
  /// ``/FledgeData/DataLoader/state``.
  public convenience init<Source: Dataset>(_ loader: DataLoader<Source>)
  where Source.Batch == Batch {
    var iterator: DataLoaderIterator<Source>?
    self.init(
      batchesPerEpoch: loader.batchesPerEpoch,
      next: {
        if let batch = iterator?.next() { return batch }
        iterator = loader.makeIterator()
        // An epoch has at least one batch.
        return iterator!.next()!
      },
      state: { loader.state },
      restore: { (state: DataLoaderState) in
        try loader.restore(state)
        iterator = nil
      })
  }

  /// Batches drawn at random without end, from a generator that nothing else draws from.
  public convenience init(drawingWith generator: Generator, _ draw: @escaping (Generator) -> Batch)
  {
    self.init(
      batchesPerEpoch: nil, next: { draw(generator) }, state: { generator.state },
      restore: { generator.state = $0 })
  }
}
