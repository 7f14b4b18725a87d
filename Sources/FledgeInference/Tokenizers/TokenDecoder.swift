/// How pieces become text again.
///
/// Each says what one piece adds; so text can be streamed. What depends on more than the piece and
/// on whether it is the first does not occur in published files, but for bytes that are no character
/// (see ``StreamingDecoder``).
struct TokenDecoder: Sendable {
  /// What happens to each piece, one after the other.
  enum Step: Sendable {
    /// GPT-2's alphabet; the pieces of the vocabulary are bytes already, added tokens are written.
    case byteLevel
    /// A piece that does not continue a word follows a space; `cleansUp` joins punctuation and
    /// English contractions to the word before.
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// SentencePiece's marks become spaces; those of the first piece vanish if one was prepended.
    case metaspace(replacement: [UInt8], wasPrepended: Bool)
    /// `<0x0A>` is a byte.
    case byteFallback
    case replace([UInt8], with: [UInt8])
    /// Up to so many of a character go at the start of the text.
    case stripStart(UInt8, count: Int)
    /// A suffix that ends words becomes a space.
    case wordEnd([UInt8])
    /// A space between pieces: what files without a decoder do.
    case joinWithSpaces
  }

  var steps: [Step]

  var isByteLevel: Bool {
    steps.contains { if case .byteLevel = $0 { true } else { false } }
  }

  var hasByteFallback: Bool {
    steps.contains { if case .byteFallback = $0 { true } else { false } }
  }

  /// What `piece` adds to a text.
  func bytes(of piece: [UInt8], isFirst: Bool) -> [UInt8] {
    steps.reduce(piece) { Self.apply($1, to: $0, isFirst) }
  }

  private static func apply(_ step: Step, to piece: [UInt8], _ isFirst: Bool) -> [UInt8] {
    switch step {
    case .byteLevel: return ByteAlphabet.read(piece)
    case .wordPiece(let prefix, let cleansUp):
      var text = piece
      if !isFirst {
        text = piece.starts(with: prefix) ? Array(piece.dropFirst(prefix.count)) : [0x20] + piece
      }
      return cleansUp ? cleanedUp(text) : text
    case .metaspace(let replacement, let wasPrepended):
      let space: [UInt8] = isFirst && wasPrepended ? [] : [0x20]
      return Normalizer.replace(replacement, with: space).apply(piece)
    case .byteFallback: return byte(writtenAs: piece).map { [$0] } ?? piece
    case .replace(let pattern, let content):
      return Normalizer.replace(pattern, with: content).apply(piece)
    case .stripStart(let character, let count):
      guard isFirst else { return piece }
      let strip = piece.prefix(count).prefix { $0 == character }.count
      return Array(piece.dropFirst(strip))
    case .wordEnd(let suffix):
      return Normalizer.replace(suffix, with: [0x20]).apply(piece)
    case .joinWithSpaces: return isFirst ? piece : [0x20] + piece
    }
  }

  /// The byte that `<0x0A>` writes.
  static func byte(writtenAs piece: [UInt8]) -> UInt8? {
    guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: piece[3..<5], as: UTF8.self), radix: 16)
  }

  private static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
    let rules = [
      (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
      (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return rules.reduce(text) {
      Normalizer.replace(Array($1.0.utf8), with: Array($1.1.utf8)).apply($0)
    }
  }
}
