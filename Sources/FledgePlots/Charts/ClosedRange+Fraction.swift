extension ClosedRange<Double> {
  /// Where `value` lies: 0 at the lower end, 1 at the upper end. No NaN comes of finite numbers,
  /// also where the difference of the ends overflows; values far outside may be infinitely far.
  func fraction(of value: Double) -> Double {
    let length = upperBound - lowerBound
    if length.isFinite { return (value - lowerBound) / length }
    // Halves do not overflow.
    return (value / 2 - lowerBound / 2) / (upperBound / 2 - lowerBound / 2)
  }

  /// The finite value at a fraction of the length.
  func value(at fraction: Double) -> Double {
    let length = upperBound - lowerBound
    return length.isFinite
      ? lowerBound + fraction * length : lowerBound * (1 - fraction) + upperBound * fraction
  }

  /// How many times as long this range is as `other`.
  func ratio(to other: ClosedRange<Double>) -> Double {
    let (length, otherLength) = (upperBound - lowerBound, other.upperBound - other.lowerBound)
    if length.isFinite && otherLength.isFinite { return length / otherLength }
    return (upperBound / 2 - lowerBound / 2) / (other.upperBound / 2 - other.lowerBound / 2)
  }

  /// Whether a plot can show it.
  var isFiniteAndNotEmpty: Bool {
    lowerBound.isFinite && upperBound.isFinite && lowerBound < upperBound
  }
}
