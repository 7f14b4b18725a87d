/// A formula such as `a*b + tanh(c)`, read by ``init(_:)``.
///
///     sum    = product, { ("+" | "-"), product }
///     product = signed, { ("*" | "/" | "@"), signed }
///     signed = "-", signed | power
///     power  = atom, [ ("^" | "**"), signed ]
///     atom   = number | name | name, "(", sum, { ",", sum }, ")" | "(", sum, ")"
package struct Expression: Equatable {
  package indirect enum Part: Equatable {
    case number(Double)
    case name(String)
    /// An operation by its sign or a function by its name.
    case call(String, [Expression])
  }

  package let part: Part
  /// Where its name or sign stands in the text, counted in characters.
  package let column: Int

  package init(_ text: String) throws(Mistake) {
    var reader = ExpressionReader(text)
    self = try reader.whole()
  }

  init(_ part: Part, at column: Int) {
    self.part = part
    self.column = column
  }

  /// The names in the order in which they first come.
  package var names: [String] {
    switch part {
    case .number: []
    case .name(let name): [name]
    case .call(_, let arguments):
      arguments.flatMap(\.names).reduce(into: []) { names, name in
        if !names.contains(name) { names.append(name) }
      }
    }
  }
}

/// Reads from left to right, one function for each level of the grammar.
private struct ExpressionReader {
  private struct Token {
    let text: String
    let column: Int
    let number: Double?
    let isName: Bool
  }

  private let text: String
  private var tokens: [Token] = []
  private var index = 0
  /// How deep parentheses and signs may be nested: beyond, reading could overflow the stack.
  private var depth = 0
  private static let deepest = 100

  init(_ text: String) { self.text = text }

  mutating func whole() throws(Mistake) -> Expression {
    try readTokens()
    let result = try sum()
    if index < tokens.count { throw mistake("expected an operation, or the end") }
    return result
  }

  private mutating func readTokens() throws(Mistake) {
    let characters = Array(text)
    var at = 0
    while at < characters.count {
      let start = at
      let first = characters[at]
      func end(while condition: (Character) -> Bool) -> Int {
        var end = start
        while end < characters.count, condition(characters[end]) { end += 1 }
        return end
      }
      if first.isWhitespace {
        at += 1
        continue
      } else if first.isNumber || first == "." {
        at = end { $0.isNumber || $0 == "." }
        // 1e-5
        if at < characters.count, "eE".contains(characters[at]) {
          var exponent = at + 1
          if exponent < characters.count, "+-".contains(characters[exponent]) { exponent += 1 }
          if exponent < characters.count, characters[exponent].isNumber {
            at = exponent
            while at < characters.count, characters[at].isNumber { at += 1 }
          }
        }
        let word = String(characters[start..<at])
        guard let number = Double(word) else {
          throw Mistake("'\(word)' is not a number", in: text, at: start)
        }
        tokens.append(Token(text: word, column: start, number: number, isName: false))
      } else if first.isLetter || first == "_" {
        at = end { $0.isLetter || $0.isNumber || $0 == "_" }
        let word = String(characters[start..<at])
        tokens.append(Token(text: word, column: start, number: nil, isName: true))
      } else if "+-*/@^(),".contains(first) {
        let isPower = first == "*" && start + 1 < characters.count && characters[start + 1] == "*"
        at += isPower ? 2 : 1
        let sign = isPower ? "^" : String(first)
        tokens.append(Token(text: sign, column: start, number: nil, isName: false))
      } else {
        throw Mistake("'\(first)' has no meaning here", in: text, at: start)
      }
    }
  }

  private var next: String? { index < tokens.count ? tokens[index].text : nil }

  private func mistake(_ message: String) -> Mistake {
    Mistake(message, in: text, at: index < tokens.count ? tokens[index].column : text.count)
  }

  /// The next token if it is one of these signs.
  private mutating func taking(_ signs: String...) -> Token? {
    guard let next, signs.contains(next) else { return nil }
    defer { index += 1 }
    return tokens[index]
  }

  private mutating func sum() throws(Mistake) -> Expression {
    var result = try product()
    while let sign = taking("+", "-") {
      result = Expression(.call(sign.text, [result, try product()]), at: sign.column)
    }
    return result
  }

  private mutating func product() throws(Mistake) -> Expression {
    var result = try signed()
    while let sign = taking("*", "/", "@") {
      result = Expression(.call(sign.text, [result, try signed()]), at: sign.column)
    }
    return result
  }

  private mutating func signed() throws(Mistake) -> Expression {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw mistake("more than \(Self.deepest) levels") }
    guard let sign = taking("-") else { return try power() }
    let operand = try signed()
    // A negative number is a number.
    if case .number(let value) = operand.part {
      return Expression(.number(-value), at: sign.column)
    }
    return Expression(.call("negate", [operand]), at: sign.column)
  }

  private mutating func power() throws(Mistake) -> Expression {
    let base = try atom()
    guard let sign = taking("^") else { return base }
    return Expression(.call("^", [base, try signed()]), at: sign.column)
  }

  private mutating func atom() throws(Mistake) -> Expression {
    if taking("(") != nil {
      let inner = try sum()
      if taking(")") == nil { throw mistake("expected ')'") }
      return inner
    }
    guard index < tokens.count, tokens[index].number != nil || tokens[index].isName else {
      throw mistake("expected a number, a name or '('")
    }
    let token = tokens[index]
    index += 1
    if let number = token.number { return Expression(.number(number), at: token.column) }
    guard taking("(") != nil else { return Expression(.name(token.text), at: token.column) }
    var arguments = [try sum()]
    while taking(",") != nil { arguments.append(try sum()) }
    if taking(")") == nil { throw mistake("expected ',' or ')'") }
    return Expression(.call(token.text, arguments), at: token.column)
  }
}
