/// A part of a template: text, or what stands between `{{` and `}}` or `{%` and `%}`.
enum TemplateSegment: Equatable {
  case text(String)
  case output([TemplateToken])
  case block([TemplateToken])
}

/// A token inside a tag, with its line.
struct TemplateToken: Equatable {
  enum Kind: Equatable {
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    /// An operator, a bracket or a mark.
    case mark(String)
  }

  var kind: Kind
  var line: Int
}

/// Cuts a template into text and tags, with the white-space rules that `transformers` renders by
/// (Jinja's `trim_blocks` and `lstrip_blocks`): the newline behind a block goes, and so do the blanks
/// before a block that is the first in its line.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  /// Whether what was read last ends a line.
  private var startsLine = true
  private var segments: [TemplateSegment] = []

  /// The segments of `source`, with the line of each.
  static func segments(
    of source: String
  ) throws(ChatTemplateError) -> [TemplateSegment] {
    var lexer = TemplateLexer(source)
    while lexer.position < lexer.source.count { try lexer.readTextAndTag() }
    return lexer.segments
  }

  private init(_ source: String) {
    var lines = source.replacingNewlines()
    // The last newline of a template is no part of it.
    if lines.last == "\n" { lines.removeLast() }
    self.source = lines
  }

  private func failure(_ reason: String) -> ChatTemplateError {
    .syntax(reason: reason, line: line)
  }

  private func character(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < source.count ? source[position + offset] : nil
  }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count {
      if source[position] == "\n" { line += 1 }
      position += 1
    }
  }

  // MARK: Text

  private mutating func readTextAndTag() throws(ChatTemplateError) {
    var text: [Unicode.Scalar] = []
    while let next = character() {
      if next == "{", let kind = character(1), ["{", "%", "#"].contains(kind) {
        try readTag(kind, after: text)
        return
      }
      text.append(next)
      advance()
    }
    append(text)
  }

  private mutating func append(_ text: [Unicode.Scalar]) {
    if !text.isEmpty { segments.append(.text(String(scalars: text))) }
  }

  private mutating func readTag(
    _ kind: Unicode.Scalar, after text: [Unicode.Scalar]
  ) throws(ChatTemplateError) {
    var text = text
    let sign = character(2)
    if sign == "-" {
      while text.last?.properties.isWhitespace == true { text.removeLast() }
    } else if sign != "+" && kind != "{" {
      let lineStart = text.lastIndex(of: "\n").map { $0 + 1 } ?? 0
      if lineStart > 0 || startsLine, text[lineStart...].allSatisfy(\.properties.isWhitespace) {
        text.removeSubrange(lineStart...)
      }
    }
    append(text)
    let begin = line
    advance(sign == "-" || sign == "+" ? 3 : 2)
    switch kind {
    case "#":
      while character() != nil, !isTagEnd("#") { advance() }
      guard character() != nil else {
        throw .syntax(reason: "a comment without an end", line: begin)
      }
    case "%": segments.append(.block(try tokens(until: "%")))
    default: segments.append(.output(try tokens(until: "}")))
    }
    endTag(kind == "{" ? "}" : kind)
  }

  private func isTagEnd(_ mark: Unicode.Scalar) -> Bool {
    let offset = character() == "-" || character() == "+" ? 1 : 0
    return character(offset) == mark && character(offset + 1) == "}"
  }

  private mutating func endTag(_ mark: Unicode.Scalar) {
    let sign = character()
    advance(sign == "-" || sign == "+" ? 3 : 2)
    let end = position
    if sign == "-" {
      while character()?.properties.isWhitespace == true { advance() }
    } else if sign != "+" && mark != "}" && character() == "\n" {
      advance()
    }
    startsLine = position > end && source[position - 1] == "\n"
  }

  // MARK: Inside of tags

  /// Longer chains of operators would overflow the stack.
  private static let maximumTokens = 1000

  private static let marks = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[",
    "]", "{", "}", ",", ":", ".", "|",
  ]

  private mutating func tokens(until end: Unicode.Scalar) throws(ChatTemplateError)
    -> [TemplateToken]
  {
    let begin = line
    var tokens: [TemplateToken] = []
    var brackets = 0
    while let next = character() {
      // A dictionary may end beside the end of the tag.
      if brackets == 0 && isTagEnd(end) { return tokens }
      if next.properties.isWhitespace {
        advance()
        continue
      }
      let line = line
      let kind = try token(next)
      if case .mark(let mark) = kind {
        if "([{".contains(mark) { brackets += 1 }
        if ")]}".contains(mark) { brackets -= 1 }
      }
      tokens.append(TemplateToken(kind: kind, line: line))
      if tokens.count > Self.maximumTokens {
        throw .unsupported(
          construct: "a tag of more than \(Self.maximumTokens) tokens", line: begin)
      }
    }
    throw .syntax(reason: "a tag without an end", line: begin)
  }

  private mutating func token(_ first: Unicode.Scalar) throws(ChatTemplateError)
    -> TemplateToken.Kind
  {
    if first == "_" || first.properties.isAlphabetic {
      return .name(take { $0 == "_" || $0.properties.isAlphabetic || Self.isDigit($0) })
    }
    if first == "'" || first == "\"" { return .string(try string(first)) }
    if Self.isDigit(first) { return try number() }
    for mark in Self.marks where source[position...].starts(with: mark.unicodeScalars) {
      advance(mark.unicodeScalars.count)
      return .mark(mark)
    }
    throw failure("'\(first)' is no part of an expression")
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func take(_ isPart: (Unicode.Scalar) -> Bool) -> String {
    var result: [Unicode.Scalar] = []
    while let next = character(), isPart(next) {
      result.append(next)
      advance()
    }
    return String(scalars: result)
  }

  private mutating func number() throws(ChatTemplateError) -> TemplateToken.Kind {
    let digits = take { Self.isDigit($0) || $0 == "_" }.filter { $0 != "_" }
    if character() == ".", let next = character(1), Self.isDigit(next) {
      advance()
      let fraction = take { Self.isDigit($0) }
      return .float(Double("\(digits).\(fraction)") ?? 0)
    }
    guard let value = Int(digits) else { throw failure("\(digits) is too large") }
    return .integer(value)
  }

  private mutating func string(_ quote: Unicode.Scalar) throws(ChatTemplateError) -> String {
    let begin = line
    advance()
    var result: [Unicode.Scalar] = []
    while let next = character() {
      advance()
      if next == quote { return String(scalars: result) }
      if next != "\\" {
        result.append(next)
        continue
      }
      guard let escaped = character() else { break }
      advance()
      switch escaped {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "r": result.append("\r")
      case "\\", "'", "\"": result.append(escaped)
      case "\n": break
      case "u", "x":
        let digits = (0..<(escaped == "u" ? 4 : 2)).compactMap { character($0) }
        guard let value = UInt32(String(scalars: digits), radix: 16),
          let scalar = Unicode.Scalar(value)
        else { throw failure("an escape of no character") }
        advance(digits.count)
        result.append(scalar)
      default: result += ["\\", escaped]
      }
    }
    throw .syntax(reason: "a string without an end", line: begin)
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }

  /// Its scalars with "\r\n" and "\r" as "\n".
  fileprivate func replacingNewlines() -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    var afterReturn = false
    for scalar in unicodeScalars {
      if scalar == "\r" {
        scalars.append("\n")
      } else if scalar != "\n" || !afterReturn {
        scalars.append(scalar)
      }
      afterReturn = scalar == "\r"
    }
    return scalars
  }
}
