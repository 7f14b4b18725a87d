/// Values of pairs of numbers.
struct PairTable<Value: Sendable>: Sendable {
  /// Left number in the upper half, right number in the lower one; all bits set where there is none.
  /// Probed linearly, half full at most.
  private var pairs: [UInt64]
  private var values: [Value?]
  private(set) var count = 0

  init(capacity: Int = 0) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    pairs = Array(repeating: .max, count: size)
    values = Array(repeating: nil, count: size)
  }

  /// The value of two numbers from 0 on; nil where there is none.
  subscript(left: Int32, right: Int32) -> Value? {
    get { values[slot(of: Self.pair(left, right))] }
    set {
      if (count + 1) * 2 > pairs.count { grow() }
      let pair = Self.pair(left, right)
      let slot = self.slot(of: pair)
      if pairs[slot] != pair { count += 1 }
      pairs[slot] = pair
      values[slot] = newValue
    }
  }

  private mutating func grow() {
    let old = self
    self = PairTable(capacity: old.pairs.count)
    count = old.count
    for (pair, value) in zip(old.pairs, old.values) where pair != .max {
      let slot = self.slot(of: pair)
      pairs[slot] = pair
      values[slot] = value
    }
  }

  /// Where a pair is, or the empty slot where it would be.
  private func slot(of pair: UInt64) -> Int {
    pairs.withUnsafeBufferPointer { pairs in
      let mask = pairs.count - 1
      var slot = Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
      while pairs[slot] != pair && pairs[slot] != .max { slot = (slot + 1) & mask }
      return slot
    }
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
