import FledgeCore

/// The part of a `DataLoader` that a checkpoint keeps: its position, and everything the order of
/// the batches depends on, so that it does not resume with other data.
public struct DataLoaderState: Sendable, Equatable, Codable {
  /// The next batch.
  public var position: DataPosition
  /// The number of examples of the dataset.
  public var examples: Int
  /// Examples in a batch.
  public var batchSize: Int
  /// The seed of each epoch's order; nil for the dataset's own order.
  public var seed: UInt64?
  /// The sampler's name.
  public var sampler: String
  /// Whether an incomplete last batch is dropped.
  public var dropLast: Bool
}

/// Why a saved state does not fit a loader.
public enum DataLoaderError: Error, Equatable, CustomStringConvertible {
  /// A setting that the batches depend on has changed.
  case settingDiffers(setting: String, saved: String, here: String)
  /// The position lies outside the epoch.
  case invalidPosition(DataPosition, batchesPerEpoch: Int)

  public var description: String {
    switch self {
    case .settingDiffers(let setting, let saved, let here):
      "the checkpoint was made with \(setting) \(saved) and this run has \(here); "
        + "resume with the same data and settings."
    case .invalidPosition(let position, let batchesPerEpoch):
      "the checkpoint's data position (epoch \(position.epoch), batch \(position.batch)) lies "
        + "outside an epoch of \(batchesPerEpoch) batches; the checkpoint is damaged."
    }
  }
}

extension DataLoader {
  /// The loader's position. Batches that are made ahead do not change it.
  public var state: DataLoaderState {
    DataLoaderState(
      position: position, examples: dataset.count, batchSize: batchSize, seed: seed,
      sampler: sampler.name, dropLast: dropLast)
  }

  /// Goes to the position of `saved`; applies from the next iterator on.
  public func restore(_ saved: DataLoaderState) throws(DataLoaderError) {
    try check("a data set of size", saved.examples, dataset.count)
    try check("batch size", saved.batchSize, batchSize)
    try check("seed", saved.seed.map(String.init) ?? "none", seed.map(String.init) ?? "none")
    try check("sampler", saved.sampler, sampler.name)
    try check("dropLast", saved.dropLast, dropLast)
    guard saved.position.epoch.isCount, (0..<batchesPerEpoch).contains(saved.position.batch) else {
      throw .invalidPosition(saved.position, batchesPerEpoch: batchesPerEpoch)
    }
    position = saved.position
  }

  private func check<Value: Equatable>(
    _ setting: String, _ saved: Value, _ here: Value
  ) throws(DataLoaderError) {
    guard saved == here else {
      throw .settingDiffers(setting: setting, saved: "\(saved)", here: "\(here)")
    }
  }
}
