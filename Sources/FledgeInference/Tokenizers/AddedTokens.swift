/// Tokens that are found in a text before it is cut into words: special ones and others that were
/// added to a vocabulary.
struct AddedTokens: Sendable {
  /// One of them, with the options of `tokenizer.json`.
  struct Token: Sendable {
    var token: Int
    var content: [UInt8]
    /// Structures texts; in a text it is ordinary text unless asked for.
    var isSpecial = false
    /// Only where no letter, number or underscore is beside it.
    var isSingleWord = false
    /// Takes the white space before it along.
    var stripsLeft = false
    /// Takes the white space after it along.
    var stripsRight = false
    /// Is looked for after normalization.
    var isNormalized = false
  }

  private let tokens: [Int: Token]
  private let numbers: [[UInt8]: Int]
  /// For the text as it is: all, and those that are not special.
  private let raw: (all: AddedTokenMatcher, ordinary: AddedTokenMatcher)
  /// For the normalized text.
  private let normalized: (all: AddedTokenMatcher, ordinary: AddedTokenMatcher)

  /// - Parameter normalize: what the tokenizer's normalizer makes of a text; contents of normalized
  ///   tokens are looked for as it writes them.
  init(_ tokens: [Token], normalize: ([UInt8]) -> [UInt8] = { $0 }) {
    let tokens = tokens.filter { !$0.content.isEmpty }
    self.tokens = Dictionary(tokens.map { ($0.token, $0) }, uniquingKeysWith: { $1 })
    numbers = Dictionary(tokens.map { ($0.content, $0.token) }, uniquingKeysWith: { $1 })
    func matchers(
      normalized: Bool
    ) -> (all: AddedTokenMatcher, ordinary: AddedTokenMatcher) {
      let some = tokens.filter { $0.isNormalized == normalized }.map { token in
        (token, normalized ? normalize(token.content) : token.content)
      }
      return (AddedTokenMatcher(some), AddedTokenMatcher(some.filter { !$0.0.isSpecial }))
    }
    raw = matchers(normalized: false)
    normalized = matchers(normalized: true)
  }

  /// One more than the greatest of them; 0 of none.
  var endToken: Int { (tokens.keys.max() ?? -1) + 1 }

  /// The added token of that number.
  subscript(token: Int) -> Token? { tokens[token] }

  /// The number of the added token that is written `content`.
  func token(of content: [UInt8]) -> Int? { numbers[content] }

  /// What finds them in a text, before or after it is normalized.
  func matcher(afterNormalization: Bool, specials: Bool) -> AddedTokenMatcher {
    let matchers = afterNormalization ? normalized : raw
    return specials ? matchers.all : matchers.ordinary
  }
}

/// Finds added tokens in a text: the leftmost, and of those that begin together the longest.
struct AddedTokenMatcher: Sendable {
  private let tokens: [AddedTokens.Token]
  /// Indices into `tokens` by what is looked for.
  private var patterns: PieceTable
  /// The lengths of the patterns that begin with each byte, the longest first.
  private var lengths: [[Int]]

  init(_ tokens: [(AddedTokens.Token, pattern: [UInt8])]) {
    let tokens = tokens.filter { !$0.pattern.isEmpty }
    self.tokens = tokens.map(\.0)
    patterns = PieceTable(capacity: tokens.count)
    lengths = Array(repeating: [], count: 256)
    for (index, (_, pattern)) in tokens.enumerated() {
      patterns.insert(pattern, index)
      let first = Int(pattern[0])
      if !lengths[first].contains(pattern.count) { lengths[first].append(pattern.count) }
    }
    for first in lengths.indices { lengths[first].sort(by: >) }
  }

  /// A part of a text: ordinary text or an added token.
  enum Part {
    case text(Range<Int>)
    case token(Int)
  }

  /// The parts of `text` from left to right.
  func split(_ text: UTF8Buffer, _ body: (Part) -> Void) {
    var (start, position) = (0, 0)
    while !tokens.isEmpty, position < text.count {
      guard let (token, length) = match(in: text, at: position) else {
        position += 1
        continue
      }
      var (first, end) = (position, position + length)
      position = end
      if token.isSingleWord {
        let before = first > 0 && isWord(text, text.scalarStart(before: first))
        if before || (end < text.count && isWord(text, end)) { continue }
      }
      if token.stripsLeft { first = max(start, spaces(text, before: first)) }
      if token.stripsRight { end = spaces(text, from: end) }
      if start < first { body(.text(start..<first)) }
      body(.token(token.token))
      (start, position) = (end, end)
    }
    if start < text.count { body(.text(start..<text.count)) }
  }

  private func match(
    in text: UTF8Buffer, at position: Int
  ) -> (AddedTokens.Token, length: Int)? {
    for length in lengths[Int(text[position])] where position + length <= text.count {
      if let index = patterns.number(of: text.slice(position..<position + length)) {
        return (tokens[Int(index)], length)
      }
    }
    return nil
  }

  private func isWord(_ text: UTF8Buffer, _ position: Int) -> Bool {
    CharacterClass(of: text.scalar(at: position).value).contains(.word)
  }

  private func spaces(_ text: UTF8Buffer, before position: Int) -> Int {
    var first = position
    while first > 0 {
      let start = text.scalarStart(before: first)
      guard CharacterClass(of: text.scalar(at: start).value).contains(.space) else { break }
      first = start
    }
    return first
  }

  private func spaces(_ text: UTF8Buffer, from position: Int) -> Int {
    var end = position
    while end < text.count {
      let (value, length) = text.scalar(at: end)
      guard CharacterClass(of: value).contains(.space) else { break }
      end += length
    }
    return end
  }
}
