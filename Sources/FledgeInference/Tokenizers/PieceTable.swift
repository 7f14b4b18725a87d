/// Byte strings and their numbers, both ways.
///
/// A dictionary of `String` would do neither: it takes strings that look the same for equal
/// ("é" in one scalar or two), and hashing them took most of the time to load a vocabulary.
struct PieceTable: Sendable {
  /// All pieces, one after the other.
  private var bytes: [UInt8] = []
  /// Where the piece of each number is; the length is −1 where there is none.
  private var places: [(start: Int32, length: Int32)] = []
  /// Numbers by hash, −1 for none; a power of two long, at most two thirds full, probed linearly.
  private var slots: [Int32]
  private var used = 0

  /// Numbers from 0 to this are allowed: more than any vocabulary has, few enough to be allocated.
  static let maximumNumber = 1 << 24

  init(capacity: Int = 0) {
    var size = 16
    while size * 2 < capacity * 3 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    places.reserveCapacity(capacity)
  }

  /// One more than the greatest number.
  var count: Int { places.count }

  /// Gives `piece` the number `number`; a later number for the same piece wins.
  mutating func insert(_ piece: UnsafeBufferPointer<UInt8>, _ number: Int) {
    let start = Int32(bytes.count)
    bytes.append(contentsOf: piece)
    while places.count <= number { places.append((0, -1)) }
    places[number] = (start, Int32(piece.count))
    if (used + 1) * 3 > slots.count * 2 { grow() }
    let slot = self.slot(of: piece)
    if slots[slot] < 0 { used += 1 }
    slots[slot] = Int32(number)
  }

  mutating func insert(_ piece: [UInt8], _ number: Int) {
    piece.withUnsafeBufferPointer { insert($0, number) }
  }

  /// The number of `piece`.
  func number(of piece: UnsafeBufferPointer<UInt8>) -> Int32? {
    let number = slots[slot(of: piece)]
    return number < 0 ? nil : number
  }

  func number(of piece: some Collection<UInt8>) -> Int32? {
    piece.withContiguousStorageIfAvailable { number(of: $0) }
      ?? Array(piece).withUnsafeBufferPointer { number(of: $0) }
  }

  /// The piece of `number`; nil where there is none.
  subscript(number: Int) -> ArraySlice<UInt8>? {
    guard places.indices.contains(number), places[number].length >= 0 else { return nil }
    let (start, length) = places[number]
    return bytes[Int(start)..<Int(start + length)]
  }

  /// Where `piece` is, or the empty slot where it would be.
  private func slot(of piece: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: Self.hash(piece)) & mask
    bytes.withUnsafeBufferPointer { bytes in
      while slots[slot] >= 0 {
        let (start, length) = places[Int(slots[slot])]
        if Int(length) == piece.count, Self.equal(bytes, Int(start), piece) { return }
        slot = (slot + 1) & mask
      }
    }
    return slot
  }

  private static func equal(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ piece: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for i in piece.indices where bytes[start + i] != piece[i] { return false }
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: -1, count: old.count * 2)
    for number in old where number >= 0 {
      let (start, length) = places[Int(number)]
      let slot = bytes.withUnsafeBufferPointer {
        self.slot(of: UnsafeBufferPointer(rebasing: $0[Int(start)..<Int(start + length)]))
      }
      slots[slot] = number
    }
  }

  /// Multiplies and folds, eight bytes at a time.
  private static func hash(_ piece: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    var hash = UInt64(piece.count) &* factor
    let raw = UnsafeRawBufferPointer(piece)
    var i = 0
    while i + 8 <= raw.count {
      hash = (hash ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* factor
      hash ^= hash >> 32
      i += 8
    }
    var rest: UInt64 = 0
    while i < raw.count {
      rest = rest << 8 | UInt64(raw[i])
      i += 1
    }
    hash = (hash ^ rest) &* factor
    return hash ^ hash >> 32
  }
}
