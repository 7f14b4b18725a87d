import FledgeIO

extension PipelineTokenizer {
  init(_ file: TokenizerFile) throws(TokenizerError) {
    func part(_ name: String) -> TokenizerParts.Part? {
      guard let value = file.members[name], value != .null else { return nil }
      return TokenizerParts.Part(value: value, field: name)
    }
    normalizer = try part("normalizer").map { (part) throws(TokenizerError) in
      try Normalizer(part)
    }
    preTokenizer =
      if let part = part("pre_tokenizer") { try PreTokenizer(part) } else { .sequence([]) }
    decoder = try TokenDecoder(part("decoder"))
    isByteLevel = decoder.isByteLevel || part("pre_tokenizer").map(Self.isByteLevel) ?? false
    let entries = file.entries
    pieces = try entries.table(isByteLevel: isByteLevel)
    model = try Self.model(file, pieces, isByteLevel: isByteLevel)

    var tokens: [AddedTokens.Token] = []
    for (index, value) in (file.members["added_tokens"]?.array ?? []).enumerated() {
      tokens.append(
        try AddedTokens.Token(.init(value: value, field: "added_tokens[\(index)]")))
    }
    added = AddedTokens(tokens) { [normalizer] in normalizer?.apply($0) ?? $0 }
    template = [.text]
    if let part = part("post_processor") { template = try Self.template(part, [.text]) }
  }

  private static func isByteLevel(_ part: TokenizerParts.Part) -> Bool {
    if part.value["type"]?.string == "ByteLevel" { return true }
    return part.value["pretokenizers"]?.array?.contains {
      $0["type"]?.string == "ByteLevel"
    } ?? false
  }

  // MARK: The model

  private static func model(
    _ file: TokenizerFile, _ pieces: PieceTable, isByteLevel: Bool
  ) throws(TokenizerError) -> Model {
    let part = TokenizerParts.Part(
      value: .object(file.model.map { JSONMember($0, $1) }), field: "model")
    guard file.entries.pieceCount > 0 else { throw part.malformed("vocab", "a list of pieces") }
    // Older files of BPE do not say so.
    let type = part.value["type"] == nil && part.value["scores"] == nil ? "BPE" : try part.type
    func token(_ piece: String) throws(TokenizerError) -> Int32 {
      guard let token = pieces.number(of: Array(piece.utf8)) else {
        throw TokenizerError(.missingToken(piece))
      }
      return token
    }
    switch type {
    case "BPE":
      for name in ["continuing_subword_prefix", "end_of_word_suffix", "dropout"] {
        switch part.value[name] {
        case nil, .null, .string(""), .number(0): continue
        case let value?:
          throw part.unsupported(name, value.string.map { "'\($0)'" } ?? "that is not null")
        }
      }
      let fallback = try part.bool("byte_fallback", default: false)
      let unknown: Int32? =
        if let piece = part.value["unk_token"]?.string { try token(piece) } else { nil }
      return .bpe(
        BPE(
          pieces: pieces, merges: try file.entries.mergeTable(pieces, isByteLevel: isByteLevel),
          unit: isByteLevel
            ? .bytes(pieces.byteNumbers)
            : .characters(fallback: fallback ? pieces.writtenByteNumbers : nil),
          unknown: unknown, fusesUnknown: try part.bool("fuse_unk", default: false),
          ignoresMerges: try part.bool("ignore_merges", default: false)))
    case "WordPiece":
      return .wordPiece(
        WordPiece(
          pieces: pieces, unknown: try token(try part.string("unk_token")),
          continuation: try part.bytes("continuing_subword_prefix"),
          maximumCharacters: try part.integer("max_input_chars_per_word")))
    case "Unigram":
      guard file.entries.scores.count == pieces.count else {
        throw part.malformed("vocab", "a list of different pieces with their scores")
      }
      let unknown = try part.integer("unk_id")
      guard (0..<pieces.count).contains(unknown) else {
        throw part.malformed("unk_id", "a token of the vocabulary")
      }
      let fallback = try part.bool("byte_fallback", default: false)
      return .unigram(
        Unigram(
          pieces, scores: file.entries.scores, unknown: Int32(unknown),
          fallback: fallback ? pieces.writtenByteNumbers : nil))
    case let type: throw part.unsupported("type", type)
    }
  }

  // MARK: What is put around a text

  /// What `part` makes of a text that `inner` stands for.
  private static func template(
    _ part: TokenizerParts.Part, _ inner: [TemplatePart]
  ) throws(TokenizerError) -> [TemplatePart] {
    switch try part.type {
    // It only moves the places of words in the text.
    case "ByteLevel": return inner
    case "TemplateProcessing":
      var parts: [TemplatePart] = []
      for element in try part.list("single") {
        if element.value["Sequence"] != nil {
          parts += inner
        } else {
          guard let name = element.value["SpecialToken"]?["id"]?.string,
            let tokens = part.value["special_tokens"]?[name]?["ids"]?.array
          else { throw element.malformed("SpecialToken", "one of special_tokens") }
          for token in tokens {
            guard let token = token.integer else { throw element.malformed("ids", "integers") }
            parts.append(.token(token))
          }
        }
      }
      return parts
    case "BertProcessing", "RobertaProcessing":
      func token(_ name: String) throws(TokenizerError) -> TemplatePart {
        guard let pair = part.value[name]?.array, pair.count == 2, let token = pair[1].integer
        else { throw part.malformed(name, "a piece and its token") }
        return .token(token)
      }
      return [try token("cls")] + inner + [try token("sep")]
    case "Sequence":
      var parts = inner
      for step in try part.list("processors") { parts = try template(step, parts) }
      return parts
    case let type: throw part.unsupported("type", type)
    }
  }
}

extension PieceTable {
  /// The numbers of all bytes as pieces, −1 for those that are none.
  var byteNumbers: [Int32] { (0..<256).map { number(of: [UInt8($0)]) ?? -1 } }

  /// The numbers of `<0x00>` to `<0xFF>`, −1 for those that are no pieces.
  var writtenByteNumbers: [Int32] {
    let digits = Array("0123456789ABCDEF".utf8)
    return (0..<256).map {
      number(of: Array("<0x".utf8) + [digits[$0 / 16], digits[$0 % 16], UInt8(ascii: ">")]) ?? -1
    }
  }
}
