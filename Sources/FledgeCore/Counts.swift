/// Conversions that never trap, for numbers that come from files or from a run that diverged.
extension Int {
  /// The largest count that is read from a file: above 2⁵³ a `Double` skips whole numbers, and far
  /// below `Int.max` sums of counts do not overflow.
  package static let largestCount = 1 << 53

  /// Whether the number can be a count that a program has saved.
  package var isCount: Bool { (0...Int.largestCount).contains(self) }

  /// A saved count; nil for NaN, infinities, fractions, negative and too large numbers.
  package init?(count value: Double) {
    guard let whole = Int(exactly: value), whole.isCount else { return nil }
    self = whole
  }

  /// `value` rounded towards zero and cut to what an `Int` holds; 0 for NaN.
  package init(saturating value: Double) {
    if let whole = Int(exactly: value.rounded(.towardZero)) {
      self = whole
    } else {
      self = value.isNaN ? 0 : value < 0 ? .min : .max
    }
  }
}

extension KeyedDecodingContainer {
  /// Reads a count; throws `DecodingError.dataCorrupted` for what cannot be one.
  package func decodeCount(forKey key: Key) throws -> Int {
    let count = try decode(Int.self, forKey: key)
    try check(count.isCount, key, "\(count) is no count")
    return count
  }

  /// Reads a size of a model, which is positive; far below it, memory ends.
  package func decodeSize(forKey key: Key) throws -> Int {
    let size = try decodeCount(forKey: key)
    try check((1...Int(Int32.max)).contains(size), key, "\(size) is no size")
    return size
  }

  /// Reads a probability.
  package func decodeProbability(forKey key: Key) throws -> Double {
    let probability = try decode(Double.self, forKey: key)
    try check((0...1).contains(probability), key, "\(probability) is no probability")
    return probability
  }

  /// Throws `DecodingError.dataCorrupted` unless `condition` holds.
  package func check(_ condition: Bool, _ key: Key, _ message: String) throws {
    if condition { return }
    throw DecodingError.dataCorruptedError(
      forKey: key, in: self, debugDescription: "\(key.stringValue): \(message)")
  }
}
