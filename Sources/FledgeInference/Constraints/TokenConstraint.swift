import FledgeCore

/// Lets a model write only what a JSON schema allows: before each draw, the logits of tokens that do not fit
/// become −∞ (Willard & Louf 2023). What comes out is whole: where few tokens are left, only those that still
/// come to an end fit.
///
///     let constraint = try TokenConstraint(JSONSchema(text), tokenizer: loaded.tokenizer)
///     let result = session.generate(prompt, options, constraint: constraint)
///
/// It remembers what it found out, so texts of the same schema should share it; not across threads.
public final class TokenConstraint {
  /// The fewest tokens of a text, written byte by byte: what ``GenerationOptions/maximum`` has to be at least.
  public var minimumTokens: Int { automaton.need(automaton.start) }

  private let automaton: ByteAutomaton
  /// The bytes of tokens at the beginning of a text, and behind others.
  private let first: TokenBytes
  private let later: TokenBytes
  /// What was found last: most bytes of a string do not change what may follow.
  private var known: (position: Position, needs: [Int])?

  /// How much of a text has been read.
  struct Position: Equatable {
    fileprivate var state: Int
    fileprivate var isFirst: Bool
  }

  /// - Parameter tokenizer: Has a token of its own for each byte that the schema's texts need, so that every
  ///   text can be written.
  /// - Throws: If it lacks one.
  public init(_ schema: JSONSchema, tokenizer: any Tokenizer) throws(JSONSchemaError) {
    automaton = ByteAutomaton(schema.grammar)
    first = TokenBytes(tokenizer, isFirst: true)
    later = TokenBytes(tokenizer, isFirst: false)
    if let byte = schema.grammar.missingByte({ first.isToken($0) && later.isToken($0) }) {
      throw JSONSchemaError(
        place: "#", reason: "needs the byte \(byte), and the tokenizer has no token for it alone")
    }
  }

  /// The beginning of a text.
  var start: Position { Position(state: automaton.start, isFirst: true) }

  /// Whether nothing may follow.
  func isOver(_ position: Position) -> Bool { automaton.isOver(position.state) }

  /// The position after a token that fits.
  func advanced(_ position: Position, by token: Int) -> Position {
    var state = position.state
    for byte in (position.isFirst ? first : later).bytes(of: token) {
      state = automaton.next(state, byte)
      require(state != ByteAutomaton.dead, "TokenConstraint", "the token \(token) does not fit")
    }
    return Position(state: state, isFirst: false)
  }

  /// The logits with −∞ for tokens that do not fit.
  /// - Parameters:
  ///   - room: How many tokens may come at most, this one included.
  ///   - endTokens: May come where the text may end.
  func masked(
    _ logits: [Float], _ position: Position, room: Int, endTokens: Set<Int>
  ) -> [Float] {
    if known?.position != position { known = (position, needs(after: position)) }
    let (needs, isEnd) = (known!.needs, automaton.isEnd(position.state))
    return logits.indices.map { token in
      let fits = token < needs.count && needs[token] < room
      return (endTokens.contains(token) ? isEnd : fits) ? logits[token] : -.infinity
    }
  }

  /// The fewest bytes to an end after each token; those that do not fit need more than any text has.
  private func needs(after position: Position) -> [Int] {
    let tokens = position.isFirst ? first : later
    var result = [Int](repeating: .max, count: tokens.count)
    // The states after each byte of the token before, as far as it fits.
    var states = [position.state]
    tokens.forEach { token, bytes, common in
      guard states.count > common else { return }
      states.removeLast(states.count - common - 1)
      for byte in bytes[common...] {
        let next = automaton.next(states.last!, byte)
        if next == ByteAutomaton.dead { return }
        states.append(next)
      }
      result[token] = automaton.need(states.last!)
    }
    return result
  }
}

/// The bytes of all tokens that stand for text, in their order.
private struct TokenBytes {
  /// More than every token.
  let count: Int
  private let bytes: [[UInt8]]
  private let order: [Int]
  /// How many bytes each token of the order has in common with the one before.
  private let common: [Int]
  private let single: Set<UInt8>

  init(_ tokenizer: any Tokenizer, isFirst: Bool) {
    count = tokenizer.vocabularySize
    var bytes = (0..<count).map {
      tokenizer.isSpecial($0) ? [] : tokenizer.bytes(of: $0, isFirst: isFirst)
    }
    let single = Set(bytes.filter { $0.count == 1 }.map { $0[0] })
    // A part of a character must be one that can be completed.
    if !(0x80...0xBF).allSatisfy(single.contains) {
      for token in bytes.indices where String(validating: bytes[token], as: UTF8.self) == nil {
        bytes[token] = []
      }
    }
    let order = bytes.indices.filter { !bytes[$0].isEmpty }.sorted {
      bytes[$0].lexicographicallyPrecedes(bytes[$1])
    }
    common = order.indices.map { i in
      i == 0 ? 0 : zip(bytes[order[i - 1]], bytes[order[i]]).prefix { $0 == $1 }.count
    }
    (self.bytes, self.order, self.single) = (bytes, order, single)
  }

  func bytes(of token: Int) -> [UInt8] { token < count ? bytes[token] : [] }

  func isToken(_ byte: UInt8) -> Bool { single.contains(byte) }

  func forEach(_ body: (_ token: Int, _ bytes: [UInt8], _ common: Int) -> Void) {
    for (token, common) in zip(order, common) { body(token, bytes[token], common) }
  }
}
