/// Small numbers by the serial of a node: what a pass looks up for every edge.
///
/// Open addressing with linear probing. Serials are drawn one after another, so one multiplication
/// spreads them well; a `Dictionary` hashes each three times with SipHash, which was a tenth of
/// the time of a pass through small operations.
struct SerialTable {
  private var keys: [UInt64]
  private var values: [Int]
  private var count = 0

  init() {
    keys = Array(repeating: 0, count: 32)  // 0 is no node's serial
    values = Array(repeating: 0, count: 32)
  }

  /// Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper bits of a product with 2⁶⁴/φ.
  @inline(__always)
  private func home(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & (keys.count - 1)
  }

  /// Where `key` is, or the empty place where it would be.
  @inline(__always)
  private func position(of key: UInt64) -> Int {
    var i = home(key)
    while keys[i] != key && keys[i] != 0 { i = (i + 1) & (keys.count - 1) }
    return i
  }

  subscript(key: UInt64) -> Int? {
    let i = position(of: key)
    return keys[i] == 0 ? nil : values[i]
  }

  /// Adds a key that is not in the table.
  mutating func insert(_ key: UInt64, _ value: Int) {
    if 2 * (count + 1) > keys.count { grow() }
    let i = position(of: key)
    keys[i] = key
    values[i] = value
    count += 1
  }

  /// Removes a key that is in the table.
  mutating func remove(_ key: UInt64) {
    var hole = position(of: key)
    count -= 1
    // What stands behind the hole moves up, unless it would pass its own home.
    var i = (hole + 1) & (keys.count - 1)
    while keys[i] != 0 {
      let distance = (i - home(keys[i])) & (keys.count - 1)
      if distance >= (i - hole) & (keys.count - 1) {
        keys[hole] = keys[i]
        values[hole] = values[i]
        hole = i
      }
      i = (i + 1) & (keys.count - 1)
    }
    keys[hole] = 0
  }

  private mutating func grow() {
    let (oldKeys, oldValues) = (keys, values)
    keys = Array(repeating: 0, count: 2 * oldKeys.count)
    values = Array(repeating: 0, count: 2 * oldKeys.count)
    for (key, value) in zip(oldKeys, oldValues) where key != 0 {
      let i = position(of: key)
      keys[i] = key
      values[i] = value
    }
  }
}
