import Fledge
import Foundation

/// Work in growing sizes: what shows whether a cost is linear, quadratic or worse.
struct Curve: Sendable {
  let name: String
  let about: String
  /// What the exponents say, a sentence.
  let meaning: String
  /// What the size counts.
  let axis: String
  let sizes: [Int]
  /// The exponent that the work itself has: time ~ sizeᵖ.
  let expected: Double
  /// Whether the bytes that tensors hold at the peak are of interest, too, and their exponent.
  let expectedMemory: Double?
  /// Makes the inputs of one size and returns one run.
  let prepare: @Sendable (Int) -> () -> Void

  /// One size's cost.
  struct Point {
    let size: Int
    /// Seconds, the median.
    let time: Double
    /// The most that tensors held at a time beyond what lived before, inputs included.
    let peakBytes: Int
  }

  func measure(_ size: Int, seconds: Double) -> Point {
    // Every size begins with an empty pool, not with what the smaller ones left there.
    MemoryStatistics.emptyCache()
    MemoryStatistics.resetPeak()
    let before = MemoryStatistics.current.liveBytes
    let result = Measurement(Workload(name, about) { prepare(size) }).take(seconds: seconds)
    return Point(size: size, time: result.median, peakBytes: result.peakTensorBytes - before)
  }
}

/// cost ≈ c · sizeᵖ, by least squares of log cost on log size.
struct PowerLaw {
  let exponent: Double
  let coefficient: Double
  /// The smallest size that was used.
  let lowest: Int

  /// Over the upper half of the sizes, at least three of them: below, costs that every run has
  /// whatever its size would flatten the line.
  init(_ points: [(size: Int, cost: Double)]) {
    let upper = points.suffix(max(3, (points.count + 1) / 2))
    let (x, y) = (upper.map { log(Double($0.size)) }, upper.map { log($0.cost) })
    let count = Double(upper.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    let variance = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    exponent = covariance / variance
    coefficient = exp(meanY - exponent * meanX)
    lowest = upper.first?.size ?? 0
  }
}
