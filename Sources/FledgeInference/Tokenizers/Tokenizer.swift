/// Turns text into tokens, the numbers that a language model reads, and back.
///
/// A token stands for a piece of text: a word, a part of one, or a part of a character. So a single
/// token is bytes, and only a sequence of tokens is text.
public protocol Tokenizer: Sendable {
  /// Every token is below this number.
  var vocabularySize: Int { get }

  /// The tokens of `text`.
  func encode(_ text: String, _ options: EncodingOptions) -> [Int]

  /// The text of `tokens`. Bytes that are no UTF-8 become U+FFFD; tokens that the vocabulary lacks
  /// are skipped, since models pad their vocabularies.
  /// - Parameter skippingSpecials: leaves special tokens out.
  func decode(_ tokens: [Int], skippingSpecials: Bool) -> String

  /// What `token` adds to a text; nothing for a token that the vocabulary lacks.
  /// - Parameter isFirst: whether it begins the text. Some tokenizers drop a space there.
  func bytes(of token: Int, isFirst: Bool) -> [UInt8]

  /// The token as the vocabulary's file writes it, such as `Ġthe` or `##ing`.
  func piece(of token: Int) -> String?

  /// The token that the vocabulary's file writes as `piece`.
  func token(of piece: String) -> Int?

  /// Whether `token` structures texts instead of standing for a part of one, such as `<|im_end|>`.
  func isSpecial(_ token: Int) -> Bool
}

/// How a text becomes tokens. With none of these options every byte of it is ordinary text.
public struct EncodingOptions: OptionSet, Sendable {
  /// The options as bits.
  public let rawValue: Int

  /// Options from bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The names of special tokens in the text, such as `<|im_start|>`, become these tokens. For what
  /// a chat template has written; what a person has typed must not end a turn.
  public static let recognizingSpecials = EncodingOptions(rawValue: 1)

  /// Adds the tokens that the tokenizer's file puts around each text, such as `[CLS]` and `[SEP]`.
  /// Not for what a chat template has written, which begins with these tokens already.
  public static let addingSpecials = EncodingOptions(rawValue: 2)
}

extension Tokenizer {
  /// The tokens of `text`, all of which is ordinary text.
  public func encode(_ text: String) -> [Int] { encode(text, []) }

  /// The text of `tokens`, special tokens included.
  public func decode(_ tokens: [Int]) -> String { decode(tokens, skippingSpecials: false) }

  public func decode(_ tokens: [Int], skippingSpecials: Bool) -> String {
    var bytes: [UInt8] = []
    var isFirst = true
    for token in tokens where !(skippingSpecials && isSpecial(token)) {
      bytes += self.bytes(of: token, isFirst: isFirst)
      isFirst = false
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
