import Foundation

/// The rate of events per second, with more weight on the last seconds.
///
/// Counts and durations fade alike, by e^(−Δt/τ), and their quotient is the rate: exact for a
/// steady rate from the first measurement on, whatever the spacing of the measurements.
struct RateMeter {
  /// τ in seconds.
  private let memory = 8.0
  private var count = 0.0
  private var seconds = 0.0

  /// Things a second; nil before any time has passed.
  var rate: Double? { seconds > 0 ? count / seconds : nil }

  mutating func add(_ newCount: Int, over duration: Duration) {
    let elapsed = max(duration.seconds, 0)
    let kept = exp(-elapsed / memory)
    count = count * kept + Double(newCount)
    seconds = seconds * kept + elapsed
  }
}
