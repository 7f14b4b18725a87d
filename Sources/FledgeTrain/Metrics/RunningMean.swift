import FledgeCore
import Foundation

/// The mean and the standard deviation of numbers that come one by one, without keeping them
/// (Welford 1962, with West's weights 1979).
///
///     var accuracy = RunningMean()
///     for seed in 1...5 { accuracy.add(trainedAccuracy(seed)) }
///     print(accuracy)                       // 0.974 ± 0.002
public struct RunningMean: Sendable, Equatable, CustomStringConvertible {
  /// The number of values added.
  public private(set) var count = 0
  /// The sum of their weights.
  public private(set) var weight = 0.0
  private var current = 0.0
  /// Σ w (x − mean)².
  private var squares = 0.0

  /// No numbers yet.
  public init() {}

  /// The numbers of a sequence, each with weight 1.
  public init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  /// Adds a number; `weight` is how many examples it is the mean of.
  public mutating func add(_ value: Double, weight added: Double = 1) {
    require(added > 0, "RunningMean", "the weight is \(added), not positive")
    count += 1
    weight += added
    let distance = value - current
    current += distance * added / weight
    squares += added * distance * (value - current)
  }

  /// Σ w x / Σ w; NaN where nothing was added.
  public var mean: Double { count > 0 ? current : .nan }

  /// The standard deviation of a sample: √(Σ w (x − mean)² / Σ w · n / (n − 1)), that is with n − 1
  /// in the denominator where all weights are 1. NaN for fewer than two numbers.
  public var standardDeviation: Double {
    guard count > 1 else { return .nan }
    return (squares / weight * Double(count) / Double(count - 1)).squareRoot()
  }

  /// `0.974 ± 0.002`
  public var description: String {
    count > 1
      ? String(format: "%.4g ± %.2g", mean, standardDeviation) : String(format: "%.4g", mean)
  }
}

/// e to the mean loss of a token (in nats): the number of equally likely tokens that would be as
/// hard to predict. For a model that knows nothing it is the size of the vocabulary.
public func perplexity(meanLoss: Double) -> Double { exp(meanLoss) }
