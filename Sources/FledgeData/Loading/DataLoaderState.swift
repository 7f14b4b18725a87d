/// What a checkpoint keeps of a `DataLoader`: its position, and what the order of the batches
/// depends on, to refuse going on with other data.
public struct DataLoaderState: Sendable, Equatable, Codable {
  /// The next batch.
  public var position: DataPosition
  /// The number of examples of the dataset.
  public var examples: Int
  /// Examples in a batch.
  public var batchSize: Int
  /// What the order of each epoch is drawn from; nil where nothing is drawn.
  public var seed: UInt64?
  /// The sampler's name.
  public var sampler: String
  /// Whether a last batch that is not full is left out.
  public var dropLast: Bool
}

/// Why a saved state does not fit a loader.
public enum DataLoaderError: Error, Equatable, CustomStringConvertible {
  /// A setting on which the batches depend is another one now.
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
  /// Where the loader stands. Making batches ahead does not show in it.
  public var state: DataLoaderState {
    DataLoaderState(
      position: position, examples: dataset.count, batchSize: batchSize, seed: seed,
      sampler: sampler.name, dropLast: dropLast)
  }

  /// Goes to where `saved` was taken; applies from the next iterator on.
  public func restore(_ saved: DataLoaderState) throws(DataLoaderError) {
    try check("a data set of size", saved.examples, dataset.count)
    try check("batch size", saved.batchSize, batchSize)
    try check("seed", saved.seed.map(String.init) ?? "none", seed.map(String.init) ?? "none")
    try check("sampler", saved.sampler, sampler.name)
    try check("dropLast", saved.dropLast, dropLast)
    guard saved.position.epoch >= 0, (0..<batchesPerEpoch).contains(saved.position.batch) else {
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
