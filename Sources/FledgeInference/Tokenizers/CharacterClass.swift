/// What tokenizers ask of a character, by its general category in Unicode.
struct CharacterClass: OptionSet, Sendable {
  let rawValue: UInt8

  /// `\p{L}`
  static let letter = CharacterClass(rawValue: 1)
  /// `\p{N}`
  static let number = CharacterClass(rawValue: 2)
  /// `\s`: White_Space
  static let space = CharacterClass(rawValue: 4)
  /// U+000A and U+000D
  static let newline = CharacterClass(rawValue: 8)
  /// `\p{P}`, and the other printable characters of ASCII that are no letter and no number
  static let punctuation = CharacterClass(rawValue: 16)
  /// `\p{Mn}`
  static let nonspacingMark = CharacterClass(rawValue: 32)
  /// Cc, Cf and Co
  static let control = CharacterClass(rawValue: 64)
  /// `\w`: alphabetic, marks, decimal numbers, connectors and joiners (Unicode's UTS 18)
  static let word = CharacterClass(rawValue: 128)

  /// The class of a scalar: from a table for the first 2¹⁶, made once in about a millisecond.
  @inline(__always)
  init(of scalar: UInt32) {
    self = scalar < 0x10000 ? Self.table[Int(scalar)] : CharacterClass(looking: scalar)
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  private static let table: [CharacterClass] = (0..<0x10000).map { CharacterClass(looking: $0) }

  private init(looking value: UInt32) {
    self = []
    guard let scalar = Unicode.Scalar(value) else { return }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      insert(.letter)
    case .decimalNumber, .letterNumber, .otherNumber: insert(.number)
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      insert(.punctuation)
    case .nonspacingMark: insert(.nonspacingMark)
    case .control, .format, .privateUse: insert(.control)
    case .mathSymbol, .currencySymbol, .modifierSymbol:
      if scalar.isASCII { insert(.punctuation) }
    default: break
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      insert(.word)
    default:
      if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { insert(.word) }
    }
    if scalar.properties.isWhitespace { insert(.space) }
    if value == 0x0A || value == 0x0D { insert(.newline) }
  }
}

/// A text's UTF-8, valid as far as it goes.
typealias UTF8Buffer = UnsafeBufferPointer<UInt8>

extension UTF8Buffer {
  /// The scalar at `position`, which is the first byte of one, and how many bytes it takes.
  @inline(__always)
  func scalar(at position: Int) -> (value: UInt32, length: Int) {
    let first = UInt32(self[position])
    if first < 0x80 { return (first, 1) }
    func next(_ offset: Int) -> UInt32 { UInt32(self[position + offset]) & 0x3F }
    if first < 0xE0 { return ((first & 0x1F) << 6 | next(1), 2) }
    if first < 0xF0 { return ((first & 0x0F) << 12 | next(1) << 6 | next(2), 3) }
    return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
  }

  /// Where the scalar before `position` begins.
  func scalarStart(before position: Int) -> Int {
    var start = position - 1
    while self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// The bytes in `range` as a buffer of their own.
  @inline(__always)
  func slice(_ range: Range<Int>) -> UTF8Buffer { UTF8Buffer(rebasing: self[range]) }
}
