extension PipelineTokenizer {
  /// What a GGUF file says about its tokenizer, by the names of its metadata.
  public struct GGUFMetadata: Sendable {
    /// `tokenizer.ggml.model`: `gpt2` for byte-level BPE, `llama` for SentencePiece's.
    public var model: String
    /// `tokenizer.ggml.pre`: how a text is cut into words, such as `smollm`.
    public var preTokenizer: String?
    /// `tokenizer.ggml.tokens`: the piece of each token.
    public var pieces: [String]
    /// `tokenizer.ggml.token_type`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
    public var kinds: [Int]
    /// `tokenizer.ggml.merges`: two pieces with a space between, the earliest merge first.
    public var merges: [String]
    /// `tokenizer.ggml.scores`: the score of each piece, for `llama`.
    public var scores: [Float]
    /// `tokenizer.ggml.add_space_prefix`: whether `llama` puts a space in front of a text.
    public var addsSpacePrefix: Bool
    /// `tokenizer.ggml.bos_token_id`, where `tokenizer.ggml.add_bos_token` asks for it.
    public var beginning: Int?
    /// `tokenizer.ggml.eos_token_id`, where `tokenizer.ggml.add_eos_token` asks for it.
    public var end: Int?

    /// Takes the values of the file; what the file lacks is left out.
    public init(
      model: String, preTokenizer: String? = nil, pieces: [String], kinds: [Int] = [],
      merges: [String] = [], scores: [Float] = [], addsSpacePrefix: Bool = true,
      beginning: Int? = nil, end: Int? = nil
    ) {
      self.model = model
      self.preTokenizer = preTokenizer
      self.pieces = pieces
      self.kinds = kinds
      self.merges = merges
      self.scores = scores
      self.addsSpacePrefix = addsSpacePrefix
      self.beginning = beginning
      self.end = end
    }

    /// Kinds that structure texts, and those that are found in every text.
    fileprivate static let (control, userDefined) = (3, 4)
  }

  /// The tokenizer that a GGUF file describes.
  public init(gguf metadata: GGUFMetadata) throws(TokenizerError) {
    let count = metadata.pieces.count
    guard metadata.kinds.isEmpty || metadata.kinds.count == count else {
      throw TokenizerError(
        .differentCounts("tokens and token_type", count, metadata.kinds.count))
    }
    var entries = VocabularyEntries()
    for (token, piece) in metadata.pieces.enumerated() { entries.addPiece(piece.utf8, token) }
    switch metadata.model {
    case "gpt2":
      for (index, merge) in metadata.merges.enumerated() {
        guard entries.addMerge(line: Array(merge.utf8)) else {
          throw TokenizerError(
            .malformed(
              field: "tokenizer.ggml.merges[\(index)]",
              expected: "two pieces with a space between"))
        }
      }
      try self.init(
        byteLevel: entries, preTokenizer: Self.preTokenizer(metadata.preTokenizer),
        added: metadata.addedTokens)
    case "llama": try self.init(sentencePiece: entries, metadata)
    case let model:
      throw TokenizerError(.unsupported(field: "tokenizer.ggml.model", value: model))
    }
    template = [.text]
    if let token = metadata.beginning { template.insert(.token(token), at: 0) }
    if let token = metadata.end { template.append(.token(token)) }
  }

  /// The names that llama.cpp gives to patterns.
  private static func preTokenizer(_ name: String?) throws(TokenizerError) -> PreTokenizer {
    switch name {
    case "gpt-2", "default", nil: ByteLevelSplitting.gpt2.preTokenizer
    case "smollm": ByteLevelSplitting.smollm.preTokenizer
    case "llama-bpe", "llama3", "llama-v3": ByteLevelSplitting.llama3.preTokenizer
    case "qwen2": ByteLevelSplitting.qwen2.preTokenizer
    case let name?: throw TokenizerError(.unsupported(field: "tokenizer.ggml.pre", value: name))
    }
  }

  /// SentencePiece's BPE: two neighbours merge if together they are a piece, the best score first.
  private init(
    sentencePiece entries: VocabularyEntries, _ metadata: GGUFMetadata
  ) throws(TokenizerError) {
    let count = metadata.pieces.count
    guard metadata.scores.count == count else {
      throw TokenizerError(.differentCounts("tokens and scores", count, metadata.scores.count))
    }
    let pieces = try entries.table(isByteLevel: false)
    var merges = PairTable<BPE.Merge>(capacity: count * 2)
    let isMerged = { (token: Int) in metadata.kinds.isEmpty || metadata.kinds[token] == 1 }
    let order = (0..<count).filter(isMerged).sorted {
      (-metadata.scores[$0], $0) < (-metadata.scores[$1], $1)
    }
    for (rank, token) in order.enumerated() {
      guard let piece = pieces[token] else { continue }
      for middle in piece.indices.dropFirst() where piece[middle] & 0xC0 != 0x80 {
        if let left = pieces.number(of: piece[..<middle]),
          let right = pieces.number(of: piece[middle...])
        {
          merges[left, right] = BPE.Merge(rank: UInt32(rank), token: Int32(token))
        }
      }
    }
    let mark = Array("\u{2581}".utf8)
    normalizer = .sequence(
      (metadata.addsSpacePrefix ? [.prepend(mark)] : []) + [.replace([0x20], with: mark)])
    preTokenizer = .sequence([])
    isByteLevel = false
    self.pieces = pieces
    model = .bpe(
      BPE(
        pieces: pieces, merges: merges, unit: .characters(fallback: pieces.writtenByteNumbers),
        unknown: metadata.kinds.firstIndex(of: 2).map { Int32($0) }, fusesUnknown: true,
        ignoresMerges: false))
    added = AddedTokens(metadata.addedTokens)
    template = [.text]
    decoder = TokenDecoder(
      steps: [.replace(mark, with: [0x20]), .byteFallback]
        + (metadata.addsSpacePrefix ? [.stripStart(0x20, count: 1)] : []))
  }
}

extension PipelineTokenizer.GGUFMetadata {
  fileprivate var addedTokens: [AddedTokens.Token] {
    zip(kinds, pieces).enumerated().compactMap { token, entry in
      guard entry.0 == Self.control || entry.0 == Self.userDefined else { return nil }
      return AddedTokens.Token(
        token: token, content: Array(entry.1.utf8), isSpecial: entry.0 == Self.control)
    }
  }
}
