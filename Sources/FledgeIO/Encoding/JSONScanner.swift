/// Reads JSON (RFC 8259) from front to back, member by member, keeping what Foundation's
/// `JSONSerialization` discards.
///
/// The rules of safetensors cannot be enforced on Foundation's result: it silently keeps one of two
/// members with the same name, reads `1.0` and `1e0` as the integer 1, rounds integers above 2⁶³,
/// skips a byte order mark and loses the order of the members.
package struct JSONScanner {
  /// What was wrong, and at which byte.
  package struct Failure: Error {
    package var reason: String
    package var position: Int
  }

  /// How deep values may nest; deeper ones would overflow the stack.
  private static let maximumDepth = 128

  private let bytes: [UInt8]
  package private(set) var position = 0
  private var depth = 0

  /// - Parameter bytes: valid UTF-8
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func failure(_ reason: String) -> Failure { Failure(reason: reason, position: position) }

  /// The next byte that is not white space; it tells what kind of value follows.
  package mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      case let byte: return byte
      }
    }
    return nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard take(character) else { throw failure("expected '\(character)'") }
  }

  /// Nothing but white space may follow.
  package mutating func end() throws(Failure) {
    if peek() != nil { throw failure("expected the end") }
  }

  // MARK: Values

  /// Reads an object; `member` reads the value of each name.
  package mutating func object(
    _ member: (inout JSONScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    try objectOfBytes { (scanner, name) throws(Failure) in
      try member(&scanner, String(decoding: name, as: UTF8.self))
    }
  }

  /// Reads an object whose names are given as UTF-8: for large vocabularies, of which no `String`
  /// need be made.
  package mutating func objectOfBytes(
    _ member: (inout JSONScanner, [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("{")
    try nest()
    defer { depth -= 1 }
    if take("}") { return }
    var name: [UInt8] = []
    repeat {
      name.removeAll(keepingCapacity: true)
      try string(appendingTo: &name)
      try expect(":")
      try member(&self, name)
    } while take(",")
    try expect("}")
  }

  /// Reads an array; `element` reads each of its values.
  package mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("[")
    try nest()
    defer { depth -= 1 }
    if take("]") { return }
    repeat { try element(&self) } while take(",")
    try expect("]")
  }

  private mutating func nest() throws(Failure) {
    depth += 1
    if depth > Self.maximumDepth { throw failure("nested deeper than \(Self.maximumDepth)") }
  }

  /// Reads a number written as a non-negative integer below 2⁶⁴.
  package mutating func unsignedInteger() throws(Failure) -> UInt64 {
    let isNegative = peek() == UInt8(ascii: "-")
    let start = position
    try number()
    // `-0` would pass as the integer 0.
    guard !isNegative, let value = UInt64(text(start..<position)) else {
      position = start
      throw failure("expected an integer from 0 to 2⁶⁴ - 1")
    }
    return value
  }

  /// Reads a number.
  package mutating func double() throws(Failure) -> Double {
    _ = peek()
    let start = position
    try number()
    // What the grammar of JSON allows, Swift reads.
    return Double(text(start..<position))!
  }

  /// Reads `true` or `false`.
  package mutating func bool() throws(Failure) -> Bool {
    if peek() == UInt8(ascii: "t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  /// Reads `null` if it comes next.
  package mutating func null() throws(Failure) -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    try word("null")
    return true
  }

  /// Reads any value and discards it.
  package mutating func skip() throws(Failure) {
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(Failure) in try scanner.skip() }
    case UInt8(ascii: "["):
      try array { (scanner) throws(Failure) in try scanner.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
  }

  private mutating func word(_ word: String) throws(Failure) {
    guard bytes[position...].starts(with: word.utf8) else { throw failure("expected a value") }
    position += word.utf8.count
  }

  /// Skips a number: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  private mutating func number() throws(Failure) {
    func current() -> UInt8? { position < bytes.count ? bytes[position] : nil }
    if current() == UInt8(ascii: "-") { position += 1 }
    if current() == UInt8(ascii: "0") {
      position += 1
    } else {
      try digits()
    }
    if current() == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if current() == UInt8(ascii: "e") || current() == UInt8(ascii: "E") {
      position += 1
      if current() == UInt8(ascii: "+") || current() == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    if position == start { throw failure("expected a value") }
  }

  // MARK: Strings

  package mutating func string() throws(Failure) -> String {
    var characters: [UInt8] = []
    try string(appendingTo: &characters)
    return String(decoding: characters, as: UTF8.self)
  }

  /// Appends a string's UTF-8.
  package mutating func string(appendingTo result: inout [UInt8]) throws(Failure) {
    try expect("\"")
    var start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        result += bytes[start..<position]
        position += 1
        return
      case UInt8(ascii: "\\"):
        result += bytes[start..<position]
        position += 1
        result += UTF8.encode(try escaped())!
        start = position
      case 0..<0x20: throw failure("control character in a string")
      default: position += 1
      }
    }
    throw failure("a string without an end")
  }

  /// Reads what follows a backslash.
  private mutating func escaped() throws(Failure) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure("a string without an end") }
    position += 1
    switch bytes[position - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try codePoint()
    default: throw failure("unknown escape in a string")
    }
  }

  /// Reads the four digits of `\uXXXX`, and a second escape where they are half of a surrogate
  /// pair.
  private mutating func codePoint() throws(Failure) -> Unicode.Scalar {
    let first = try fourDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, bytes[position...].starts(with: "\\u".utf8) else {
      throw failure("half of a surrogate pair in a string")
    }
    position += 2
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second) else {
      throw failure("half of a surrogate pair in a string")
    }
    // The ranges above leave 0x10000 to 0x10FFFF, all of which are scalars.
    return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))!
  }

  private mutating func fourDigits() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("expected four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}
