/// Reads statements from the segments of a template.
struct TemplateParser {
  private let segments: [TemplateSegment]
  private var position = 0
  private var depth = 0
  private var line = 1

  /// How deep statements and expressions may nest; deeper ones would overflow the stack.
  static let maximumDepth = 100

  /// Blocks of the language that are not here.
  private static let unsupported: Set<String> = [
    "macro", "call", "filter", "include", "import", "from", "extends", "block", "raw", "with",
    "autoescape", "do", "trans",
  ]

  static func statements(of source: String) throws(ChatTemplateError) -> [TemplateStatement] {
    var parser = TemplateParser(segments: try TemplateLexer.segments(of: source))
    let statements = try parser.statements(until: [])
    guard parser.position == parser.segments.count else {
      throw .syntax(reason: "'\(parser.blockName ?? "")' ends nothing", line: parser.line)
    }
    return statements
  }

  private init(segments: [TemplateSegment]) { self.segments = segments }

  /// The first name of the block that comes next; nil where no block does.
  private var blockName: String? {
    guard position < segments.count, case .block(let tokens) = segments[position],
      case .name(let name)? = tokens.first?.kind
    else { return nil }
    return name
  }

  /// Statements up to a block of one of the names `ends`, which comes next.
  private mutating func statements(
    until ends: Set<String>
  ) throws(ChatTemplateError) -> [TemplateStatement] {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.maximumDepth {
      throw .unsupported(construct: "more than \(Self.maximumDepth) nested blocks", line: line)
    }
    var statements: [TemplateStatement] = []
    while position < segments.count {
      switch segments[position] {
      case .text(let text):
        position += 1
        statements.append(TemplateStatement(kind: .text(text), line: line))
      case .output(let tokens):
        position += 1
        line = tokens.first?.line ?? line
        var expressions = TemplateExpressionParser(tokens, line: line)
        statements.append(TemplateStatement(kind: .output(try expressions.whole()), line: line))
      case .block(let tokens):
        line = tokens.first?.line ?? line
        guard let name = blockName else {
          throw .syntax(reason: "a block without a name", line: line)
        }
        if ends.contains(name) || name.hasPrefix("end") || name.hasPrefix("el") {
          return statements
        }
        position += 1
        let line = line
        let inner = TemplateExpressionParser(Array(tokens.dropFirst()), line: line)
        statements.append(TemplateStatement(kind: try statement(name, inner), line: line))
      }
    }
    return statements
  }

  private mutating func statement(
    _ name: String, _ tokens: TemplateExpressionParser
  ) throws(ChatTemplateError) -> TemplateStatement.Kind {
    var tokens = tokens
    switch name {
    case "if": return try branches(&tokens)
    case "for": return .loop(try loop(&tokens))
    case "set": return try set(&tokens)
    case "break", "continue":
      try tokens.end()
      return .leave(name == "break" ? .breaking : .continuing)
    case "generation":
      try tokens.end()
      return .group(try body(endedBy: "endgeneration"))
    case _ where Self.unsupported.contains(name):
      throw .unsupported(construct: "{% \(name) %}", line: line)
    default: throw .syntax(reason: "unknown block '\(name)'", line: line)
    }
  }

  /// Statements and the block that ends them.
  private mutating func body(
    endedBy end: String
  ) throws(ChatTemplateError) -> [TemplateStatement] {
    let begin = line
    let statements = try statements(until: [end])
    guard blockName == end else { throw missing(end, begin) }
    position += 1
    return statements
  }

  private func missing(_ end: String, _ begin: Int) -> ChatTemplateError {
    .syntax(
      reason: "expected {% \(end) %}, found \(blockName.map { "{% \($0) %}" } ?? "the end")",
      line: begin)
  }

  private mutating func branches(
    _ tokens: inout TemplateExpressionParser
  ) throws(ChatTemplateError) -> TemplateStatement.Kind {
    let begin = line
    var branches: [(condition: TemplateExpression?, body: [TemplateStatement])] = []
    var condition: TemplateExpression? = try tokens.whole()
    while true {
      let body = try statements(until: ["elif", "else", "endif"])
      branches.append((condition, body))
      guard let name = blockName, case .block(let tokens) = segments[position] else {
        throw missing("endif", begin)
      }
      var next = TemplateExpressionParser(Array(tokens.dropFirst()), line: line)
      switch name {
      case "endif":
        position += 1
        return .branches(branches)
      case "elif" where condition != nil: condition = try next.whole()
      case "else" where condition != nil:
        try next.end()
        condition = nil
      default: throw missing("endif", begin)
      }
      position += 1
    }
  }

  private mutating func loop(
    _ tokens: inout TemplateExpressionParser
  ) throws(ChatTemplateError) -> TemplateStatement.Loop {
    let begin = line
    let names = try tokens.names()
    try tokens.expect(name: "in")
    let sequence = try tokens.withoutCondition()
    let condition = try tokens.take(name: "if") ? tokens.withoutCondition() : nil
    if tokens.take(name: "recursive") {
      throw .unsupported(construct: "a recursive loop", line: line)
    }
    try tokens.end()
    let body = try statements(until: ["else", "endfor"])
    var otherwise: [TemplateStatement] = []
    if blockName == "else" {
      position += 1
      otherwise = try statements(until: ["endfor"])
    }
    guard blockName == "endfor" else { throw missing("endfor", begin) }
    position += 1
    return .init(
      names: names, sequence: sequence, condition: condition, body: body, otherwise: otherwise)
  }

  private mutating func set(
    _ tokens: inout TemplateExpressionParser
  ) throws(ChatTemplateError) -> TemplateStatement.Kind {
    let names = try tokens.names()
    guard names.count == 1 else {
      throw .unsupported(construct: "{% set %} of several names", line: line)
    }
    let attribute = try tokens.take(".") ? tokens.name() : nil
    if tokens.take("=") {
      return .set(name: names[0], attribute: attribute, try tokens.whole())
    }
    if attribute != nil { throw .syntax(reason: "expected '='", line: line) }
    if tokens.take("|") { throw .unsupported(construct: "{% set %} with a filter", line: line) }
    try tokens.end()
    return .capture(name: names[0], try body(endedBy: "endset"))
  }
}
