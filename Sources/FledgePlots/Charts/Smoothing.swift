import FledgeCore

/// An exponential moving average that starts at the first value and forgets the steep start of a
/// training curve quickly:
///
///     s_0 = x_0,    s_t = w_t s_{t−1} + (1 − w_t) x_t,    w_t = min(w, t / (t + 10))
///
/// The growing weight keeps the window below about a tenth of the curve so far; with a constant one
/// the average would lag far behind the first, fast drop of a loss. (TensorFlow's moving averages
/// warm up the same way.) Values that are not finite are ignored.
public struct ExponentialMovingAverage: Sendable {
  /// How much of the past is kept each time in the long run, in 0..<1; 0 follows the values.
  public let weight: Double
  /// The average so far; nil before the first finite value.
  public private(set) var value: Double?
  private var count = 0.0

  /// No values yet; `init(weight: 0.95)` keeps 95% each time.
  public init(weight: Double) {
    require(
      (0..<1).contains(weight), "Smoothing", "the weight of a moving average must be in 0..<1")
    self.weight = weight
  }

  /// Takes a value in, unless it is NaN or infinite.
  public mutating func add(_ newValue: Double) {
    guard newValue.isFinite else { return }
    let kept = min(weight, count / (count + 10))
    value = kept * (value ?? 0) + (1 - kept) * newValue
    count += 1
  }
}
