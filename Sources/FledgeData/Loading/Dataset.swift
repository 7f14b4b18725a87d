import FledgeCore

/// A finite collection of examples that returns any of them as a batch.
///
/// `batch(indices:)` runs on the loader's own threads, so a dataset is `Sendable` and an index
/// always gives the same example. Errors of files are thrown when the dataset is made; after that,
/// a batch cannot fail.
public protocol Dataset: Sendable {
  /// What a training step consumes: inputs and targets of several examples.
  associatedtype Batch: Sendable

  /// The number of examples.
  var count: Int { get }

  /// The examples at `indices`, in that order. Indices lie in 0..<count and may repeat.
  func batch(indices: [Int]) -> Batch

  /// The examples at `indices`, augmented at random; a loader calls this method. The generator
  /// belongs to the batch, so what it draws depends on seed, epoch and place only.
  func batch(indices: [Int], generator: Generator) -> Batch
}

extension Dataset {
  /// The examples without augmentation.
  public func batch(indices: [Int], generator: Generator) -> Batch { batch(indices: indices) }

  /// The same examples with each batch changed at random by `change`, on the loader's threads:
  /// differently in each epoch, the same for the same seed.
  public func augmented(
    _ change: @escaping @Sendable (Batch, Generator) -> Batch
  ) -> AugmentedDataset<Self> {
    AugmentedDataset(base: self, change: change)
  }

  /// A subset of the examples, such as one part of a ``stratifiedSplit(_:fraction:generator:)``.
  /// - Precondition: the indices are those of examples.
  public func subset(_ indices: [Int]) -> SubsetDataset<Self> {
    SubsetDataset(base: self, indices: indices)
  }

  /// The same examples with each batch passed through `transform`, on the loader's threads, for
  /// example to turn bytes into tensors.
  public func map<Output: Sendable>(
    _ transform: @escaping @Sendable (Batch) -> Output
  ) -> MappedDataset<Self, Output> {
    MappedDataset(base: self, transform: transform)
  }
}

/// A dataset with the transformed batches of another one. Made by `Dataset.map`.
public struct MappedDataset<Base: Dataset, Output: Sendable>: Dataset {
  let base: Base
  let transform: @Sendable (Base.Batch) -> Output

  public var count: Int { base.count }

  public func batch(indices: [Int]) -> Output {
    transform(base.batch(indices: indices))
  }

  public func batch(indices: [Int], generator: Generator) -> Output {
    transform(base.batch(indices: indices, generator: generator))
  }
}

/// A dataset whose batches are changed at random. Made by `Dataset.augmented`.
public struct AugmentedDataset<Base: Dataset>: Dataset {
  let base: Base
  let change: @Sendable (Base.Batch, Generator) -> Base.Batch

  public var count: Int { base.count }

  /// Without a generator, nothing changes.
  public func batch(indices: [Int]) -> Base.Batch { base.batch(indices: indices) }

  public func batch(indices: [Int], generator: Generator) -> Base.Batch {
    // Two nested changes must not draw the same numbers.
    change(base.batch(indices: indices, generator: generator.split(0)), generator)
  }
}

/// Some examples of a dataset. Made by `Dataset.subset`.
public struct SubsetDataset<Base: Dataset>: Dataset {
  let base: Base
  let indices: [Int]

  init(base: Base, indices: [Int]) {
    require(
      indices.allSatisfy((0..<base.count).contains), "subset",
      "an index is not one of \(base.count) examples")
    (self.base, self.indices) = (base, indices)
  }

  public var count: Int { indices.count }

  public func batch(indices places: [Int]) -> Base.Batch {
    base.batch(indices: places.map { indices[$0] })
  }

  public func batch(indices places: [Int], generator: Generator) -> Base.Batch {
    base.batch(indices: places.map { indices[$0] }, generator: generator)
  }
}
