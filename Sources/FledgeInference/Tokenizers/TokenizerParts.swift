import FledgeIO

/// Makes the parts of a tokenizer from what `tokenizer.json` says about them; what Fledge does not
/// have is an error that names it.
struct TokenizerParts {
  /// A part with its place in the file, for errors.
  struct Part {
    let value: JSONValue
    let field: String

    var type: String { get throws(TokenizerError) { try string("type") } }

    func malformed(_ name: String, _ expected: String) -> TokenizerError {
      TokenizerError(.malformed(field: "\(field).\(name)", expected: expected))
    }

    func unsupported(_ name: String, _ value: String) -> TokenizerError {
      TokenizerError(.unsupported(field: "\(field).\(name)", value: value))
    }

    func string(_ name: String) throws(TokenizerError) -> String {
      guard let string = value[name]?.string else { throw malformed(name, "a string") }
      return string
    }

    func bytes(_ name: String) throws(TokenizerError) -> [UInt8] { Array(try string(name).utf8) }

    func integer(_ name: String) throws(TokenizerError) -> Int {
      guard let integer = value[name]?.integer else { throw malformed(name, "an integer") }
      return integer
    }

    /// A member that may be missing or null.
    func bool(_ name: String, default standard: Bool) throws(TokenizerError) -> Bool {
      switch value[name] {
      case .bool(let bool): return bool
      case nil, .null: return standard
      default: throw malformed(name, "true or false")
      }
    }

    func list(_ name: String) throws(TokenizerError) -> [Part] {
      guard let list = value[name]?.array else { throw malformed(name, "a list") }
      return list.enumerated().map { Part(value: $1, field: "\(field).\(name)[\($0)]") }
    }

    /// The fixed text of `{"String": …}`, or nil for the regular expression of `{"Regex": …}`.
    func pattern() throws(TokenizerError) -> (text: [UInt8]?, expression: String) {
      if let text = value["pattern"]?["String"]?.string { return (Array(text.utf8), text) }
      if let expression = value["pattern"]?["Regex"]?.string { return (nil, expression) }
      throw malformed("pattern", "a String or a Regex")
    }
  }
}

extension Normalizer {
  init(_ part: TokenizerParts.Part) throws(TokenizerError) {
    switch try part.type {
    case "BertNormalizer":
      let lowercases = try part.bool("lowercase", default: true)
      self = .bert(
        cleans: try part.bool("clean_text", default: true),
        spacesChinese: try part.bool("handle_chinese_chars", default: true),
        stripsAccents: try part.bool("strip_accents", default: lowercases),
        lowercases: lowercases)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try part.bool("strip_left", default: true),
        right: try part.bool("strip_right", default: true))
    case "Prepend": self = .prepend(try part.bytes("prepend"))
    case "Replace":
      let (text, expression) = try part.pattern()
      let content = try part.bytes("content")
      switch (text, expression) {
      case (let text?, _): self = .replace(text, with: content)
      case (nil, " {2,}"): self = .replaceSpaces(with: content)
      default: throw part.unsupported("pattern", expression)
      }
    case "Sequence":
      var steps: [Normalizer] = []
      for step in try part.list("normalizers") { steps.append(try Normalizer(step)) }
      self = .sequence(steps)
    case let type:
      guard let form = Form(rawValue: type) else { throw part.unsupported("type", type) }
      self = .form(form)
    }
  }
}

extension PreTokenizer {
  init(_ part: TokenizerParts.Part) throws(TokenizerError) {
    switch try part.type {
    case "ByteLevel":
      var steps: [PreTokenizer] = []
      if try part.bool("add_prefix_space", default: true) { steps.append(.prefixSpace) }
      if try part.bool("use_regex", default: true) { steps.append(.pattern(.gpt2)) }
      self = steps.count == 1 ? steps[0] : .sequence(steps)
    case "Digits": self = .digits(individually: try part.bool("individual_digits", default: false))
    case "Whitespace": self = .words
    case "WhitespaceSplit": self = .whiteSpace
    case "BertPreTokenizer": self = .bert
    case "Punctuation": self = .punctuation(try Self.behavior(part, default: .isolated))
    case "Metaspace": self = .metaspace(try Metaspace(part))
    case "Split":
      if try part.bool("invert", default: false) { throw part.unsupported("invert", "true") }
      let behavior = try Self.behavior(part)
      let (text, expression) = try part.pattern()
      if let text, !text.isEmpty {
        self = .text(text, behavior)
      } else if text == nil, behavior == .isolated,
        let pattern = SplitPattern(expression: expression)
      {
        self = .pattern(pattern)
      } else {
        throw part.unsupported("pattern", "'\(expression)' (\(behavior.rawValue))")
      }
    case "Sequence":
      var steps: [PreTokenizer] = []
      for step in try part.list("pretokenizers") { steps.append(try PreTokenizer(step)) }
      self = .sequence(steps)
    case let type: throw part.unsupported("type", type)
    }
  }

  private static func behavior(
    _ part: TokenizerParts.Part, default standard: SplitBehavior? = nil
  ) throws(TokenizerError) -> SplitBehavior {
    if part.value["behavior"] == nil, let standard { return standard }
    let name = try part.string("behavior")
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw part.unsupported("behavior", name)
    }
    return behavior
  }
}

extension PreTokenizer.Metaspace {
  init(_ part: TokenizerParts.Part) throws(TokenizerError) {
    replacement = try part.bytes("replacement")
    splits = try part.bool("split", default: true)
    guard part.value["prepend_scheme"] != nil else {
      // Older files.
      prepending = try part.bool("add_prefix_space", default: true) ? .always : .never
      return
    }
    let scheme = try part.string("prepend_scheme")
    guard let prepending = Prepending(rawValue: scheme) else {
      throw part.unsupported("prepend_scheme", scheme)
    }
    self.prepending = prepending
  }
}

extension TokenDecoder {
  init(_ part: TokenizerParts.Part?) throws(TokenizerError) {
    steps = if let part { try Self.steps(part) } else { [.joinWithSpaces] }
  }

  private static func steps(_ part: TokenizerParts.Part) throws(TokenizerError) -> [Step] {
    switch try part.type {
    case "ByteLevel": return [.byteLevel]
    case "WordPiece":
      return [
        .wordPiece(
          prefix: try part.bytes("prefix"), cleansUp: try part.bool("cleanup", default: true))
      ]
    case "Metaspace":
      let metaspace = try PreTokenizer.Metaspace(part)
      return [
        .metaspace(
          replacement: metaspace.replacement, wasPrepended: metaspace.prepending != .never)
      ]
    case "BPEDecoder": return [.wordEnd(try part.bytes("suffix"))]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return []
    case "Replace":
      let (text, expression) = try part.pattern()
      guard let text else { throw part.unsupported("pattern", expression) }
      return [.replace(text, with: try part.bytes("content"))]
    case "Strip":
      let content = try part.bytes("content")
      guard content.count == 1, try part.integer("stop") == 0 else {
        throw part.unsupported("content", "of several bytes, or at the end of a text")
      }
      return [.stripStart(content[0], count: max(0, try part.integer("start")))]
    case "Sequence":
      var (steps, isFused): ([Step], Bool) = ([], false)
      for step in try part.list("decoders") {
        let type = try step.type
        // It would strip each piece.
        if type == "Strip" && !isFused { throw step.unsupported("type", "Strip before Fuse") }
        isFused = isFused || type == "Fuse"
        steps += try Self.steps(step)
      }
      return steps
    case let type: throw part.unsupported("type", type)
    }
  }
}

extension AddedTokens.Token {
  init(_ part: TokenizerParts.Part) throws(TokenizerError) {
    let (token, content) = (try part.integer("id"), try part.string("content"))
    guard (0...PieceTable.maximumNumber).contains(token) else {
      throw TokenizerError(.invalidToken(token, piece: content))
    }
    self.init(
      token: token, content: Array(content.utf8),
      isSpecial: try part.bool("special", default: false),
      isSingleWord: try part.bool("single_word", default: false),
      stripsLeft: try part.bool("lstrip", default: false),
      stripsRight: try part.bool("rstrip", default: false),
      isNormalized: try part.bool("normalized", default: false))
  }
}
