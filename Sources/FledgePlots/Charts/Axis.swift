import Foundation

/// One axis of a plot: a range of values, a linear or logarithmic scale, and its ticks.
struct Axis: Sendable {
  struct Tick: Sendable, Equatable {
    var value: Double
    var label: String
  }

  let range: ClosedRange<Double>
  let isLogarithmic: Bool
  /// The ends of the range; of a logarithmic axis, their logarithms.
  private let bounds: ClosedRange<Double>

  /// Covers the finite `values`, widened by `padding` (fractions of the range) at its ends. With
  /// no usable value the range is 0…1 (logarithmic: 0.1…10); a single value gets room around it.
  init(
    covering values: some Sequence<Double>, logarithmic: Bool = false,
    padding: (below: Double, above: Double) = (0, 0)
  ) {
    isLogarithmic = logarithmic
    var lower = Double.infinity
    var upper = -Double.infinity
    for value in values where value.isFinite && (!logarithmic || value > 0) {
      let position = logarithmic ? log10(value) : value
      lower = min(lower, position)
      upper = max(upper, position)
    }
    if lower > upper { (lower, upper) = logarithmic ? (-1, 1) : (0, 1) }
    if upper - lower <= abs(upper) * 1e-12 {
      let room =
        logarithmic || upper == 0 ? 0.5 : max(abs(upper) * 0.1, .leastNormalMagnitude)
      (lower, upper) = (lower - room, upper + room)
    } else {
      let span = upper - lower
      let padded = (lower - span * padding.below, upper + span * padding.above)
      // The difference of two huge values overflows; they get no padding.
      if span.isFinite { (lower, upper) = padded }
    }
    let largest = Double.greatestFiniteMagnitude
    (lower, upper) = (max(lower, -largest), min(upper, largest))
    bounds = lower...upper
    range =
      logarithmic
      ? max(pow(10, lower), .leastNonzeroMagnitude)...min(pow(10, upper), .greatestFiniteMagnitude)
      : lower...upper
  }

  /// Where `value` lies: 0 at the lower end, 1 at the upper end; nil where it has no place (not
  /// finite, or not positive on a logarithmic axis).
  func position(_ value: Double) -> Double? {
    guard value.isFinite && (!isLogarithmic || value > 0) else { return nil }
    return bounds.fraction(of: isLogarithmic ? log10(value) : value)
  }

  /// ``position(_:)`` of a value within the range, up to rounding; nil for those outside.
  func positionInside(_ value: Double) -> Double? {
    position(value).flatMap { (-1e-9...1 + 1e-9).contains($0) ? $0 : nil }
  }

  /// At most about `count` ticks at 1, 2 or 5 times a power of ten, within the range.
  func ticks(atMost count: Int) -> [Tick] {
    let count = max(count, 2)
    guard isLogarithmic else { return Self.linearTicks(range, count) }
    let decades = bounds.upperBound - bounds.lowerBound
    // Less than half a decade looks straight: linear ticks tell more.
    if decades < 0.5 { return Self.linearTicks(range, count) }
    let first = Int(bounds.lowerBound.rounded(.down))
    let last = Int(bounds.upperBound.rounded(.up))
    let multiples: [Double] = decades * 3 <= Double(count) ? [1, 2, 5] : [1]
    let every = max(1, Int((decades / Double(count)).rounded(.up)))
    return stride(from: first, through: last, by: every).flatMap { exponent in
      multiples.map { $0 * pow(10, Double(exponent)) }
    }
    .filter { positionInside($0) != nil }
    .map { Tick(value: $0, label: Self.label($0)) }
  }

  private static func linearTicks(_ range: ClosedRange<Double>, _ count: Int) -> [Tick] {
    let rough = (range.upperBound / 2 - range.lowerBound / 2) / Double(count) * 2
    guard rough.isFinite && rough > 0 else { return [] }
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * (1 - 1e-9) } ?? 10 * power
    guard step.isFinite && step > 0 else { return [] }
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 1000 else { return [] }
    let values = stride(from: first, through: last, by: 1).map { $0 * step }
    return values.map { Tick(value: $0, label: label($0, step: step, largest: values)) }
  }

  /// All labels of an axis carry the same number of decimals: as many as its step needs.
  private static func label(_ value: Double, step: Double, largest values: [Double]) -> String {
    let magnitude = values.reduce(0) { max($0, abs($1)) }
    if magnitude >= 1e9 || step < 1e-5 { return label(value) }
    let (unit, suffix) =
      magnitude >= 2e6 ? (1e6, "M") : magnitude >= 1e4 ? (1e3, "k") : (1, "")
    let decimals = max(0, -Int(log10(step / unit * (1 + 1e-9)).rounded(.down)))
    if value == 0 { return "0" }
    return String(format: "%.\(decimals)f", value / unit) + suffix
  }

  /// The shortest text of one value to three significant digits: `0.05`, `2`, `1e-05`.
  static func label(_ value: Double) -> String {
    // The sum of −0 and 0 is 0.
    String(format: "%.3g", value + 0)
  }
}
