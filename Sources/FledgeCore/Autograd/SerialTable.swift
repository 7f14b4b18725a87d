/// A map from a node's serial to a small number, which a pass reads for every edge.
///
/// It uses open addressing with linear probing. Serials are drawn one after another, so one
/// multiplication spreads them well; a `Dictionary` hashes each three times with SipHash, which
/// took a tenth of the time of a pass through small operations.
struct SerialTable {
  private var entries = Self.empty(32)
  private var count = 0

  /// 0 is no node's serial.
  private static func empty(_ count: Int) -> [(key: UInt64, value: Int)] {
    Array(repeating: (0, 0), count: count)
  }

  /// Fibonacci hashing (Knuth, TAOCP 3, 6.4): bits 32 and up of a product with 2⁶⁴/φ.
  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & (entries.count - 1)
  }

  /// Where `key` is, or the empty place where it would be.
  @inline(__always)
  private func position(of key: UInt64) -> Int {
    var i = home(key)
    while entries[i].key != key && entries[i].key != 0 { i = (i + 1) & (entries.count - 1) }
    return i
  }

  subscript(key: UInt64) -> Int? {
    let entry = entries[position(of: key)]
    return entry.key == 0 ? nil : entry.value
  }

  /// Adds a key that is not in the table.
  mutating func insert(_ key: UInt64, _ value: Int) {
    if 2 * (count + 1) > entries.count { grow() }
    entries[position(of: key)] = (key, value)
    count += 1
  }

  /// Removes a key that is in the table.
  mutating func remove(_ key: UInt64) {
    var hole = position(of: key)
    count -= 1
    // Later entries move up into the hole, unless they would pass their home position.
    var i = (hole + 1) & (entries.count - 1)
    while entries[i].key != 0 {
      let distance = (i - home(entries[i].key)) & (entries.count - 1)
      if distance >= (i - hole) & (entries.count - 1) {
        entries[hole] = entries[i]
        hole = i
      }
      i = (i + 1) & (entries.count - 1)
    }
    entries[hole].key = 0
  }

  private mutating func grow() {
    let old = entries
    entries = Self.empty(2 * old.count)
    for entry in old where entry.key != 0 { entries[position(of: entry.key)] = entry }
  }
}
