/// Turns tokens into text as they come, and never splits a character: bytes that only begin one wait
/// for the rest.
///
/// ```swift
/// var decoder = StreamingDecoder(tokenizer)
/// for token in tokens { print(decoder.append(token), terminator: "") }
/// print(decoder.finish())
/// ```
///
/// All its parts together are what ``Tokenizer/decode(_:skippingSpecials:)`` makes of the tokens. (One
/// exception: of bytes that form no character, tokenizers with `ByteFallback` make a U+FFFD each,
/// also of whole characters beside them, which a stream has already given out.)
public struct StreamingDecoder: Sendable {
  private let tokenizer: any Tokenizer
  private let skipsSpecials: Bool
  private var isFirst = true
  /// The beginning of a character.
  private var pending: [UInt8] = []

  /// - Parameter skippingSpecials: leaves special tokens out.
  public init(_ tokenizer: any Tokenizer, skippingSpecials: Bool = true) {
    self.tokenizer = tokenizer
    skipsSpecials = skippingSpecials
  }

  /// The text that `token` completes; often empty where characters take several tokens.
  public mutating func append(_ token: Int) -> String {
    if skipsSpecials && tokenizer.isSpecial(token) { return "" }
    pending += tokenizer.bytes(of: token, isFirst: isFirst)
    isFirst = false
    let complete = pending.count - Self.incompleteSuffix(of: pending)
    defer { pending.removeFirst(complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// What is left when no token follows: U+FFFD for a character that was never completed. The decoder
  /// is then as new.
  public mutating func finish() -> String {
    defer {
      pending = []
      isFirst = true
    }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end could still become a character: 0 to 3 (Unicode 16, table 3-7).
  static func incompleteSuffix(of bytes: [UInt8]) -> Int {
    // The first byte of the last character: at most three back.
    for length in 1...3 where length <= bytes.count {
      let start = bytes.count - length
      switch bytes[start] {
      case 0x80...0xBF: continue
      case 0xC2...0xDF: return length < 2 ? length : 0
      case 0xE0...0xEF, 0xF0...0xF4:
        let whole = bytes[start] < 0xF0 ? 3 : 4
        guard length < whole else { return 0 }
        return length == 1 || secondBytes(after: bytes[start]).contains(bytes[start + 1])
          ? length : 0
      default: return 0
      }
    }
    return 0
  }

  /// What may follow the first byte of a character of three or four bytes: no surrogates, nothing
  /// that is too long or above U+10FFFF.
  private static func secondBytes(after first: UInt8) -> ClosedRange<UInt8> {
    switch first {
    case 0xE0: 0xA0...0xBF
    case 0xED: 0x80...0x9F
    case 0xF0: 0x90...0xBF
    case 0xF4: 0x80...0x8F
    default: 0x80...0xBF
    }
  }
}
