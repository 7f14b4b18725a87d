/// A finite collection of examples that can hand out any of them as a batch.
///
/// `batch(indices:)` runs on the loader's own threads, so a dataset is `Sendable` and an index
/// always gives the same example. Whatever can go wrong with files goes wrong when the dataset is
/// made, by throwing; from then on it answers.
public protocol Dataset: Sendable {
  /// What a training step consumes: inputs and targets of several examples.
  associatedtype Batch: Sendable

  /// The number of examples.
  var count: Int { get }

  /// The examples at `indices`, in that order. Indices lie in 0..<count and may repeat.
  func batch(indices: [Int]) -> Batch
}

extension Dataset {
  /// The same examples with each batch passed through `transform`, on the loader's threads: the
  /// place to turn bytes into tensors or to augment images.
  public func map<Output: Sendable>(
    _ transform: @escaping @Sendable (Batch) -> Output
  ) -> MappedDataset<Self, Output> {
    MappedDataset(base: self, transform: transform)
  }
}

/// A dataset whose batches are those of another one, transformed. Made by `Dataset.map`.
public struct MappedDataset<Base: Dataset, Output: Sendable>: Dataset {
  let base: Base
  let transform: @Sendable (Base.Batch) -> Output

  public var count: Int { base.count }

  public func batch(indices: [Int]) -> Output {
    transform(base.batch(indices: indices))
  }
}
