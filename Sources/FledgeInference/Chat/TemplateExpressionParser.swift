/// Reads expressions from the tokens of a tag, by Jinja's precedences.
struct TemplateExpressionParser {
  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  private let line: Int

  init(_ tokens: [TemplateToken], line: Int) {
    self.tokens = tokens
    self.line = line
  }

  // MARK: Tokens

  private var next: TemplateToken.Kind? { position < tokens.count ? tokens[position].kind : nil }

  private func failure(_ reason: String) -> ChatTemplateError {
    .syntax(reason: reason, line: position < tokens.count ? tokens[position].line : line)
  }

  mutating func take(_ mark: String) -> Bool {
    guard next == .mark(mark) else { return false }
    position += 1
    return true
  }

  mutating func take(name: String) -> Bool {
    guard next == .name(name) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ mark: String) throws(ChatTemplateError) {
    if !take(mark) { throw failure("expected '\(mark)'") }
  }

  mutating func expect(name: String) throws(ChatTemplateError) {
    if !take(name: name) { throw failure("expected '\(name)'") }
  }

  mutating func name() throws(ChatTemplateError) -> String {
    guard case .name(let name)? = next else { throw failure("expected a name") }
    position += 1
    return name
  }

  /// `a` or `a, b`
  mutating func names() throws(ChatTemplateError) -> [String] {
    var names = [try name()]
    while take(",") { names.append(try name()) }
    return names
  }

  func end() throws(ChatTemplateError) {
    if next != nil { throw failure("expected the end of the tag") }
  }

  // MARK: Expressions

  /// An expression that is all that is left; several with commas between are a list.
  mutating func whole() throws(ChatTemplateError) -> TemplateExpression {
    let first = try expression()
    guard next == .mark(",") else {
      try end()
      return first
    }
    var elements = [first]
    while take(","), next != nil { elements.append(try expression()) }
    try end()
    return .list(elements)
  }

  mutating func expression() throws(ChatTemplateError) -> TemplateExpression {
    depth += 1
    defer { depth -= 1 }
    if depth > TemplateParser.maximumDepth {
      throw .unsupported(
        construct: "more than \(TemplateParser.maximumDepth) nested expressions", line: line)
    }
    var result = try disjunction()
    while take(name: "if") {
      let condition = try disjunction()
      let otherwise = try take(name: "else") ? expression() : nil
      result = .conditional(result, if: condition, else: otherwise)
    }
    return result
  }

  /// An expression without `if`, which begins something else where loops are declared.
  mutating func withoutCondition() throws(ChatTemplateError) -> TemplateExpression {
    try disjunction()
  }

  private mutating func disjunction() throws(ChatTemplateError) -> TemplateExpression {
    var left = try conjunction()
    while take(name: "or") { left = .binary("or", left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ChatTemplateError) -> TemplateExpression {
    var left = try negation()
    while take(name: "and") { left = .binary("and", left, try negation()) }
    return left
  }

  private mutating func negation() throws(ChatTemplateError) -> TemplateExpression {
    var count = 0
    while take(name: "not") { count += 1 }
    var result = try comparison()
    for _ in 0..<count { result = .not(result) }
    return result
  }

  private mutating func comparison() throws(ChatTemplateError) -> TemplateExpression {
    let left = try sum()
    var rest: [(String, TemplateExpression)] = []
    while let name = comparisonOperator() { rest.append((name, try sum())) }
    return rest.isEmpty ? left : .comparison(left, rest)
  }

  private mutating func comparisonOperator() -> String? {
    for mark in ["==", "!=", "<=", ">=", "<", ">"] where take(mark) { return mark }
    if take(name: "in") { return "in" }
    if next == .name("not"), position + 1 < tokens.count, tokens[position + 1].kind == .name("in") {
      position += 2
      return "not in"
    }
    return nil
  }

  private mutating func sum() throws(ChatTemplateError) -> TemplateExpression {
    var left = try concatenation()
    while let mark = take(oneOf: ["+", "-"]) { left = .binary(mark, left, try concatenation()) }
    return left
  }

  private mutating func concatenation() throws(ChatTemplateError) -> TemplateExpression {
    var left = try product()
    while take("~") { left = .binary("~", left, try product()) }
    return left
  }

  private mutating func product() throws(ChatTemplateError) -> TemplateExpression {
    var left = try unary()
    while let mark = take(oneOf: ["*", "/", "//", "%"]) { left = .binary(mark, left, try unary()) }
    return left
  }

  private mutating func take(oneOf marks: [String]) -> String? {
    for mark in marks where take(mark) { return mark }
    return nil
  }

  private mutating func unary() throws(ChatTemplateError) -> TemplateExpression {
    var isNegative = false
    while let mark = take(oneOf: ["-", "+"]) { if mark == "-" { isNegative.toggle() } }
    let value = try postfix(try primary())
    if next == .mark("**") { throw .unsupported(construct: "the operator **", line: line) }
    return try filters(isNegative ? .negative(value) : value)
  }

  private mutating func primary() throws(ChatTemplateError) -> TemplateExpression {
    guard let token = next else { throw failure("expected an expression") }
    position += 1
    switch token {
    case .integer(let value): return .literal(.integer(value))
    case .float(let value): return .literal(.float(value))
    case .string(var value):
      // Strings side by side are one.
      while case .string(let more)? = next {
        value += more
        position += 1
      }
      return .literal(.string(value))
    case .name("true"), .name("True"): return .literal(.bool(true))
    case .name("false"), .name("False"): return .literal(.bool(false))
    case .name("none"), .name("None"): return .literal(.null)
    case .name(let name): return .name(name)
    case .mark("("): return try parenthesized()
    case .mark("["): return .list(try elements(until: "]"))
    case .mark("{"): return try dictionary()
    case .mark(let mark):
      position -= 1
      throw failure("'\(mark)' begins no expression")
    }
  }

  private mutating func parenthesized() throws(ChatTemplateError) -> TemplateExpression {
    if take(")") { return .list([]) }
    let first = try expression()
    if take(")") { return first }
    try expect(",")
    return .list([first] + (try elements(until: ")")))
  }

  private mutating func elements(
    until end: String
  ) throws(ChatTemplateError) -> [TemplateExpression] {
    var elements: [TemplateExpression] = []
    while !take(end) {
      elements.append(try expression())
      if next != .mark(end) { try expect(",") }
    }
    return elements
  }

  private mutating func dictionary() throws(ChatTemplateError) -> TemplateExpression {
    var members: [(TemplateExpression, TemplateExpression)] = []
    while !take("}") {
      let key = try expression()
      try expect(":")
      members.append((key, try expression()))
      if next != .mark("}") { try expect(",") }
    }
    return .dictionary(members)
  }

  // MARK: What follows a value

  private mutating func postfix(
    _ value: TemplateExpression
  ) throws(ChatTemplateError) -> TemplateExpression {
    var value = value
    while true {
      if take(".") {
        if case .integer(let index)? = next {
          position += 1
          value = .item(value, .literal(.integer(index)))
        } else {
          value = .attribute(value, try name())
        }
      } else if take("[") {
        value = try subscripted(value)
      } else if take("(") {
        value = .call(value, try arguments())
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(
    _ value: TemplateExpression
  ) throws(ChatTemplateError) -> TemplateExpression {
    var parts: [TemplateExpression?] = [nil]
    while !take("]") {
      if take(":") { parts.append(nil) } else { parts[parts.count - 1] = try expression() }
    }
    switch (parts.count, parts[0]) {
    case (1, let index?): return .item(value, index)
    case (2, _): return .slice(value, parts[0], parts[1], nil)
    case (3, _): return .slice(value, parts[0], parts[1], parts[2])
    default: throw failure("expected an index or a slice")
    }
  }

  /// The arguments of a call, behind its opening bracket.
  private mutating func arguments() throws(ChatTemplateError) -> TemplateExpression.Arguments {
    var arguments = TemplateExpression.Arguments()
    while !take(")") {
      if case .name(let name)? = next, position + 1 < tokens.count,
        tokens[position + 1].kind == .mark("=")
      {
        position += 2
        arguments.named.append((name, try expression()))
      } else {
        arguments.positional.append(try expression())
      }
      if next != .mark(")") { try expect(",") }
    }
    return arguments
  }

  private mutating func filters(
    _ value: TemplateExpression
  ) throws(ChatTemplateError) -> TemplateExpression {
    var value = value
    while true {
      if take("|") {
        let name = try name()
        value = try .filter(value, name, take("(") ? arguments() : .init())
      } else if take(name: "is") {
        let isNegated = take(name: "not")
        let name = try name()
        let test = TemplateExpression.test(value, name, try testArguments())
        value = isNegated ? .not(test) : test
      } else {
        return value
      }
    }
  }

  /// `(…)` or one value without brackets.
  private mutating func testArguments() throws(ChatTemplateError) -> TemplateExpression.Arguments {
    if take("(") { return try arguments() }
    switch next {
    case .string, .integer, .float, .mark("["), .mark("{"): break
    case .name(let name) where !["and", "or", "not", "else", "if", "is", "in"].contains(name): break
    default: return .init()
    }
    return .init(positional: [try postfix(try primary())])
  }
}
