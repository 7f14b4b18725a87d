/// A tokenizer as published models have them: normalizer, added tokens, words, a model that knows
/// pieces, and what is put around a text.
///
/// It gives the tokens of the Python package `tokenizers`. Padding and truncation that a file asks
/// for are left to those who make batches.
public struct PipelineTokenizer: Tokenizer {
  /// What cuts words into pieces.
  enum Model: Sendable {
    case bpe(BPE)
    case wordPiece(WordPiece)
    case unigram(Unigram)
  }

  /// A part of what is put around a text.
  enum TemplatePart: Sendable, Equatable {
    case token(Int)
    /// The text itself.
    case text
  }

  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer
  var model: Model
  /// Whether the file writes pieces in GPT-2's alphabet.
  var isByteLevel: Bool
  /// The model's pieces: raw bytes where the tokenizer is byte-level, else as its file writes them.
  var pieces: PieceTable
  var added: AddedTokens
  var template: [TemplatePart]
  var decoder: TokenDecoder

  /// A byte-level BPE.
  init(
    byteLevel entries: VocabularyEntries, preTokenizer: PreTokenizer, added: [AddedTokens.Token]
  ) throws(TokenizerError) {
    pieces = try entries.table(isByteLevel: true)
    model = .bpe(
      BPE(
        pieces: pieces, merges: try entries.mergeTable(pieces, isByteLevel: true),
        unit: .bytes(pieces.byteNumbers), unknown: nil, fusesUnknown: false, ignoresMerges: false))
    isByteLevel = true
    self.preTokenizer = preTokenizer
    self.added = AddedTokens(added)
    template = [.text]
    decoder = TokenDecoder(steps: [.byteLevel])
  }

  public var vocabularySize: Int { max(pieces.count, added.endToken) }

  public func encode(_ text: String, _ options: EncodingOptions) -> [Int] {
    var text = text
    var tokens: [Int32] = []
    text.withUTF8 { text in
      tokens.reserveCapacity(text.count / 3)
      encode(text, specials: options.contains(.recognizingSpecials), into: &tokens)
    }
    guard options.contains(.addingSpecials) else { return tokens.map(Int.init) }
    return template.flatMap { part in
      switch part {
      case .token(let token): [token]
      case .text: tokens.map(Int.init)
      }
    }
  }

  /// Shorter texts have few words twice.
  private static let smallestCachedText = 2048

  private func encode(_ text: UTF8Buffer, specials: Bool, into tokens: inout [Int32]) {
    var scratch = BPE.Scratch()
    var cache = text.count < Self.smallestCachedText ? nil : WordCache()
    func word(_ word: UTF8Buffer, _ isFirst: Bool) {
      if cache?.append(word, to: &tokens) == true { return }
      let start = tokens.count
      switch model {
      case .bpe(let bpe): bpe.encode(word, into: &tokens, &scratch)
      case .wordPiece(let wordPiece): wordPiece.encode(word, into: &tokens)
      case .unigram(let unigram): unigram.encode(word, into: &tokens)
      }
      cache?.insert(word, tokens[start...])
    }
    func normalized(_ text: UTF8Buffer, isFirst: Bool) {
      added.matcher(afterNormalization: true, specials: specials).split(text) { part in
        switch part {
        case .token(let token): tokens.append(Int32(token))
        case .text(let range):
          preTokenizer.split(
            text.slice(range), isFirst: isFirst && range.lowerBound == 0, word)
        }
      }
    }
    added.matcher(afterNormalization: false, specials: specials).split(text) { part in
      switch part {
      case .token(let token): tokens.append(Int32(token))
      case .text(let range):
        let isFirst = range.lowerBound == 0
        guard let normalizer else { return normalized(text.slice(range), isFirst: isFirst) }
        normalizer.apply(Array(text[range])).withUnsafeBufferPointer {
          normalized($0, isFirst: isFirst)
        }
      }
    }
  }

  // MARK: Back to text

  public func bytes(of token: Int, isFirst: Bool) -> [UInt8] {
    if let added = added[token] { return decoder.bytes(of: added.content, isFirst: isFirst) }
    guard let piece = pieces[token] else { return [] }
    // Pieces of a byte-level vocabulary are read already.
    return isByteLevel ? Array(piece) : decoder.bytes(of: Array(piece), isFirst: isFirst)
  }

  public func decode(_ tokens: [Int], skippingSpecials: Bool) -> String {
    var (text, bytes): ([UInt8], [UInt8]) = ([], [])
    // Of a run of bytes that is no text, `tokenizers` makes a U+FFFD each.
    func endRun() {
      let isText = String(validating: bytes, as: UTF8.self) != nil
      text += isText ? bytes : bytes.flatMap { _ in "\u{FFFD}".utf8 }
      bytes = []
    }
    var isFirst = true
    for token in tokens {
      if skippingSpecials && isSpecial(token) { continue }
      guard let written = writtenBytes(of: token) else { continue }
      if decoder.hasByteFallback, let byte = TokenDecoder.byte(writtenAs: written) {
        bytes.append(byte)
      } else {
        endRun()
        text += self.bytes(of: token, isFirst: isFirst)
      }
      isFirst = false
    }
    endRun()
    return String(decoding: text, as: UTF8.self)
  }

  /// A token as its file writes it, but for byte-level pieces.
  private func writtenBytes(of token: Int) -> [UInt8]? {
    added[token]?.content ?? pieces[token].map { Array($0) }
  }

  public func piece(of token: Int) -> String? {
    if let added = added[token] { return String(decoding: added.content, as: UTF8.self) }
    guard let piece = pieces[token] else { return nil }
    return isByteLevel ? ByteAlphabet.written(piece) : String(decoding: piece, as: UTF8.self)
  }

  public func token(of piece: String) -> Int? {
    let written = Array(piece.utf8)
    return added.token(of: written)
      ?? pieces.number(of: isByteLevel ? ByteAlphabet.read(written) : written)
      .map { Int($0) }
  }

  public func isSpecial(_ token: Int) -> Bool { added[token]?.isSpecial ?? false }
}
