import FledgeCore

/// Chooses the examples of an epoch of a ``DataLoader``, and their order.
public protocol Sampler: Sendable {
  /// The sampler and its settings as text; a checkpoint with another name is rejected.
  var name: String { get }
  /// How many examples an epoch over a dataset of `count` examples has.
  func count(of count: Int) -> Int
  /// The examples of an epoch, as indices in 0..<count. The generator is that of the epoch.
  func order(of count: Int, generator: Generator) -> [Int]
}

extension Sampler {
  public func count(of count: Int) -> Int { count }
}

/// Every example once, in the dataset's own order.
public struct SequentialSampler: Sampler {
  /// Creates a sequential sampler.
  public init() {}
  public let name = "sequential"
  public func order(of count: Int, generator: Generator) -> [Int] { Array(0..<count) }
}

/// Every example once, in random order.
public struct RandomSampler: Sampler {
  /// Creates a shuffling sampler; the order comes from the loader's seed.
  public init() {}
  public let name = "random"
  public func order(of count: Int, generator: Generator) -> [Int] { generator.permutation(count) }
}

/// Examples drawn independently, each with probability proportional to its weight; so an example
/// may come several times in an epoch, or not at all.
public struct WeightedSampler: Sampler {
  /// The weight of each example; their sum need not be 1.
  public let weights: [Double]
  /// The number of examples in an epoch.
  public let draws: Int

  /// - Precondition: the weights are finite and not negative, and one is positive.
  public init(_ weights: [Double], draws: Int? = nil) {
    require(
      weights.allSatisfy { $0 >= 0 && $0.isFinite } && weights.contains { $0 > 0 },
      "WeightedSampler", "weights are finite, not negative, and one of them is positive")
    self.weights = weights
    self.draws = draws ?? weights.count
  }

  /// Creates a sampler that draws all classes equally often: the weight of an example is 1 / (the
  /// number of examples of its class).
  public init(balancing labels: [Int], draws: Int? = nil) {
    var counts: [Int: Int] = [:]
    for label in labels { counts[label, default: 0] += 1 }
    self.init(labels.map { 1 / Double(counts[$0]!) }, draws: draws)
  }

  public var name: String { "weighted, \(draws) draws" }

  public func count(of count: Int) -> Int { draws }

  public func order(of count: Int, generator: Generator) -> [Int] {
    require(
      weights.count == count, "WeightedSampler", "\(weights.count) weights for \(count) examples")
    return generator.multinomial(weights, count: draws)
  }
}

/// Splits examples at random so that both parts have the classes in the same proportions: of a
/// class of n, round(n · fraction) examples go to the first part. Both parts are in the order of
/// the dataset.
/// - Precondition: `fraction` is in 0…1.
public func stratifiedSplit(
  _ labels: [Int], fraction: Double, generator: Generator
) -> (first: [Int], second: [Int]) {
  require(
    (0...1).contains(fraction), "stratifiedSplit", "the fraction \(fraction) is not in 0…1")
  var first: Set<Int> = []
  // Sorted: a dictionary's own order changes from run to run.
  for (_, members) in Dictionary(grouping: labels.indices, by: { labels[$0] })
    .sorted(by: { $0.key < $1.key })
  {
    let chosen = Int((Double(members.count) * fraction).rounded())
    first.formUnion(generator.permutation(members.count).prefix(chosen).map { members[$0] })
  }
  return (labels.indices.filter(first.contains), labels.indices.filter { !first.contains($0) })
}
