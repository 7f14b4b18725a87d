/// The characters of a text, numbered in Unicode order.
///
/// A character here is a Unicode scalar, as in Python, not a grapheme cluster: so decoding returns
/// exactly the text that was encoded, and "\r\n" or "é" in two parts make no new characters.
public struct CharacterVocabulary: Sendable, Equatable {
  /// The characters by their identifiers; ascending and distinct.
  public let characters: [Unicode.Scalar]

  private let identifiers: [Unicode.Scalar: Int32]
  /// Identifiers of the ASCII characters, −1 for none: most texts need no dictionary.
  private let asciiIdentifiers: [Int32]

  /// The characters that occur in `text`.
  public init(of text: String) {
    self.init(sorted: Set(text.unicodeScalars).sorted())
  }

  private init(sorted characters: [Unicode.Scalar]) {
    self.characters = characters
    identifiers = Dictionary(
      uniqueKeysWithValues: characters.enumerated().map { ($1, Int32($0)) })
    asciiIdentifiers = (0..<128).map { [identifiers] in identifiers[Unicode.Scalar($0)!] ?? -1 }
  }

  /// The number of characters.
  public var count: Int { characters.count }

  /// The identifier of `character`, if the vocabulary has it.
  public func identifier(of character: Unicode.Scalar) -> Int32? {
    guard character.value < 128 else { return identifiers[character] }
    let identifier = asciiIdentifiers[Int(character.value)]
    return identifier < 0 ? nil : identifier
  }

  /// The identifiers of the characters of `text`; throws `TextError.unknownCharacter`.
  public func encode(_ text: String) throws(TextError) -> [Int32] {
    var encoded: [Int32] = []
    encoded.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
      guard let identifier = identifier(of: character) else {
        throw .unknownCharacter(character, offset: encoded.count)
      }
      encoded.append(identifier)
    }
    return encoded
  }

  /// The text of which `encoded` holds the identifiers; throws `TextError.unknownIdentifier`.
  public func decode(_ encoded: some Sequence<Int32>) throws(TextError) -> String {
    var scalars = String.UnicodeScalarView()
    var offset = 0
    for identifier in encoded {
      guard characters.indices.contains(Int(identifier)) else {
        throw .unknownIdentifier(identifier, offset: offset)
      }
      scalars.append(characters[Int(identifier)])
      offset += 1
    }
    return String(scalars)
  }
}

/// Saved as one string of all characters in order.
extension CharacterVocabulary: Codable {
  public func encode(to encoder: any Encoder) throws {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: characters)
    var container = encoder.singleValueContainer()
    try container.encode(String(scalars))
  }

  /// Throws `TextError.unsortedVocabulary` where a character comes twice or out of order.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    let characters = Array(text.unicodeScalars)
    guard zip(characters, characters.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw TextError.unsortedVocabulary
    }
    self.init(sorted: characters)
  }
}
