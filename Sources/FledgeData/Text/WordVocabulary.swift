import FledgeCore

/// The words of a text that occur often enough, numbered: special tokens first, then from the most
/// frequent down (equally frequent ones in Unicode order).
public struct WordVocabulary: Sendable, Equatable, Codable {
  /// The words by their identifiers.
  public let words: [String]
  /// The identifier that stands for every other word; nil where unknown words are errors.
  public let unknown: Int32?
  private let identifiers: [String: Int32]

  /// - Parameters:
  ///   - minimumCount: words that occur less often count as unknown
  ///   - maximumSize: the most words in all, special ones included
  ///   - specials: come first, in this order, whether they occur or not
  ///   - unknown: stands for the words that are not in the vocabulary; added to the specials if it
  ///     is not one of them. Nil makes such words errors.
  public init(
    counting text: some Sequence<String>, minimumCount: Int = 1, maximumSize: Int = .max,
    specials: [String] = [], unknown: String? = "<unk>"
  ) {
    var counts: [String: Int] = [:]
    for word in text { counts[word, default: 0] += 1 }
    var words = specials
    if let unknown, !specials.contains(unknown) { words.append(unknown) }
    require(
      Set(words).count == words.count && words.count <= maximumSize, "WordVocabulary",
      "special tokens differ and fit into the vocabulary, got \(words)")
    let frequent = counts.filter { $0.value >= minimumCount && !words.contains($0.key) }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    words += frequent.prefix(maximumSize - words.count).map(\.key)
    self.init(words, unknown: unknown)
  }

  private init(_ words: [String], unknown: String?) {
    self.words = words
    identifiers = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, Int32($0)) })
    self.unknown = unknown.map { [identifiers] in identifiers[$0]! }
  }

  /// The number of words.
  public var count: Int { words.count }

  /// The identifier of a word; nil for one that the vocabulary lacks.
  public func identifier(of word: String) -> Int32? { identifiers[word] }

  /// The identifiers of words. Without an `unknown`, throws `TextError.unknownWord` for a word that
  /// the vocabulary lacks.
  public func encode(_ text: some Sequence<String>) throws(TextError) -> [Int32] {
    var encoded: [Int32] = []
    for word in text {
      guard let identifier = identifiers[word] ?? unknown else {
        throw .unknownWord(word, offset: encoded.count)
      }
      encoded.append(identifier)
    }
    return encoded
  }

  /// The words of identifiers; throws `TextError.unknownIdentifier`.
  public func decode(_ encoded: some Sequence<Int32>) throws(TextError) -> [String] {
    var decoded: [String] = []
    for identifier in encoded {
      guard words.indices.contains(Int(identifier)) else {
        throw .unknownIdentifier(identifier, offset: decoded.count)
      }
      decoded.append(words[Int(identifier)])
    }
    return decoded
  }

  // MARK: Splitting

  /// Lower-case words and marks: runs of letters, digits and apostrophes, and every other character
  /// but blanks by itself. `"It's good!"` is `it's`, `good`, `!`.
  public static func split(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text.lowercased() {
      if character.isLetter || character.isNumber || character == "'" {
        word.append(character)
        continue
      }
      if !word.isEmpty { words.append(word) }
      word = ""
      if !character.isWhitespace { words.append(String(character)) }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The words of a file in the format of the Penn Treebank language model (Mikolov 2010): already
  /// split by blanks, one sentence a line; each sentence ends with `<eos>`.
  public static func splitTreebank(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).flatMap { line in
      line.split(whereSeparator: \.isWhitespace).map(String.init) + ["<eos>"]
    }
  }

  // MARK: Saving

  private enum Key: CodingKey { case words, unknown }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(words, forKey: .words)
    try container.encodeIfPresent(unknown.map { words[Int($0)] }, forKey: .unknown)
  }

  /// Throws `TextError.unsortedVocabulary` if a word occurs twice or the unknown word is missing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let words = try container.decode([String].self, forKey: .words)
    let unknown = try container.decodeIfPresent(String.self, forKey: .unknown)
    guard Set(words).count == words.count, unknown.map(words.contains) ?? true else {
      throw TextError.unsortedVocabulary
    }
    self.init(words, unknown: unknown)
  }
}
