import FledgeCore

/// Reads the parts of a line of a ``Graph``'s text.
struct LineScanner {
  private var rest: Substring

  init(_ line: Substring) {
    rest = line
    skipSpaces()
  }

  private mutating func skipSpaces() { rest = rest.drop { $0 == " " } }

  var isAtEnd: Bool { rest.isEmpty }

  func end() throws(LineProblem) {
    if !rest.isEmpty { throw LineProblem("`\(rest)` is too much") }
  }

  /// Passes over `text` and the spaces behind it, if it comes next.
  mutating func skip(_ text: String) -> Bool {
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    skipSpaces()
    return true
  }

  mutating func expect(_ text: String) throws(LineProblem) {
    if !skip(text) { throw LineProblem("expected `\(text)` before `\(rest)`") }
  }

  /// Letters, digits and `_.-`, or a bracket.
  mutating func word(_ what: String) throws(LineProblem) -> Substring {
    let word = rest.prefix { $0.unicodeScalars.allSatisfy(Graph.isNamePart) }
    if word.isEmpty && rest.first == "}" {
      let bracket = rest.prefix(1)
      _ = skip("}")
      return bracket
    }
    if word.isEmpty { throw LineProblem("expected \(what) before `\(rest)`") }
    rest = rest[word.endIndex...]
    skipSpaces()
    return word
  }

  // MARK: Values and types

  /// `%7`
  mutating func value() throws(LineProblem) -> Graph.Value {
    try expect("%")
    return Graph.Value(try size("a number"))
  }

  /// `%7, %8`
  mutating func values() throws(LineProblem) -> [Graph.Value] {
    var values = [try value()]
    while skip(",") { values.append(try value()) }
    return values
  }

  private mutating func size(_ what: String) throws(LineProblem) -> Int {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else {
      throw LineProblem("expected \(what) before `\(rest)`")
    }
    rest = rest[digits.endIndex...]
    skipSpaces()
    return number
  }

  /// `float32[2, 3]`
  mutating func type() throws(LineProblem) -> TensorType {
    let name = try word("a dtype")
    guard let dtype = DType.allCases.first(where: { "\($0)" == name }) else {
      throw LineProblem("`\(name)` is no dtype")
    }
    return TensorType(shape: try shape("[", "]"), dtype: dtype)
  }

  /// Sizes between brackets; no more elements than a memory can have, so that counting them is safe.
  private mutating func shape(_ open: String, _ close: String) throws(LineProblem) -> Shape {
    try expect(open)
    var sizes: [Int] = []
    while !skip(close) {
      if !sizes.isEmpty { try expect(",") }
      sizes.append(try size("a size"))
    }
    var count = 1
    for size in sizes {
      let (product, isTooMuch) = count.multipliedReportingOverflow(by: max(size, 1))
      if isTooMuch || product >= 1 << 48 { throw LineProblem("\(sizes) has too many elements") }
      count = product
    }
    if sizes.count > Dimensions.capacity { throw LineProblem("\(sizes) has too many axes") }
    return Shape(sizes)
  }

  /// `[1, 2.5, true]`
  mutating func elements() throws(LineProblem) -> [Substring] {
    try expect("[")
    var elements: [Substring] = []
    while !skip("]") {
      if !elements.isEmpty { try expect(",") }
      elements.append(try number())
    }
    return elements
  }

  /// Letters, digits, signs and points: any number, `inf`, `nan`, `true`.
  private mutating func number() throws(LineProblem) -> Substring {
    let token = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    if token.isEmpty { throw LineProblem("expected a number before `\(rest)`") }
    rest = rest[token.endIndex...]
    skipSpaces()
    return token
  }

  // MARK: Lines

  /// `%0 x: float32[2]`, after the kind.
  mutating func input(_ kind: Graph.Kind) throws(LineProblem) -> Graph.Input {
    let value = try value()
    let name = try word("a name")
    try expect(":")
    return Graph.Input(value, name: String(name), kind: kind, type: try type())
  }

  /// `2: float32[64, 10] = linear[…] %0, %1 in region 1`, after the first `%`.
  mutating func equation() throws(LineProblem) -> Graph.Equation {
    var (outputs, types): ([Graph.Value], [TensorType]) = ([], [])
    repeat {
      if !outputs.isEmpty { try expect("%") }
      outputs.append(Graph.Value(try size("a number")))
      try expect(":")
      types.append(try type())
    } while skip(",")
    try expect("=")
    let name = String(try word("an operation"))
    let attributes = try attributes()
    let inputs = rest.hasPrefix("%") ? try values() : []
    var region = 0
    if skip("in region") { region = try size("a region") }
    do {
      return Graph.Equation(
        try Registry.make(name, attributes), inputs, outputs, types, region: region)
    } catch {
      throw LineProblem("`\(name)` cannot be made: \(error)")
    }
  }

  // MARK: Attributes

  private mutating func attributes() throws(LineProblem) -> Attributes {
    var entries: [Attributes.Entry] = []
    guard skip("[") else { return Attributes() }
    while !skip("]") {
      if !entries.isEmpty { try expect(",") }
      let name = String(try word("an attribute"))
      if entries.contains(where: { $0.name == name }) {
        throw LineProblem("`\(name)` is given twice")
      }
      try expect("=")
      entries.append(Attributes.Entry(name, try attribute()))
    }
    return Attributes(entries)
  }

  private mutating func attribute() throws(LineProblem) -> AttributeValue {
    switch rest.first {
    case "(": return .shape(try shape("(", ")"))
    case "\"": return .string(try string())
    case "[":
      var integers: [Int] = []
      for element in try elements() {
        guard let integer = Int(element) else { throw LineProblem("`\(element)` is no integer") }
        integers.append(integer)
      }
      return .integers(integers)
    default: break
    }
    let token = String(try number())
    if let integer = Int(token) { return .integer(integer) }
    if let truth = Bool(token) { return .boolean(truth) }
    if let dtype = DType.allCases.first(where: { "\($0)" == token }) { return .dtype(dtype) }
    guard let number = Double(token) else { throw LineProblem("`\(token)` is no attribute") }
    return .double(number)
  }

  private mutating func string() throws(LineProblem) -> String {
    rest = rest.dropFirst()
    var text = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"":
        skipSpaces()
        return text
      case "\\":
        guard let escaped = rest.popFirst() else { break }
        text.append(escaped == "n" ? "\n" : escaped)
      default: text.append(character)
      }
    }
    throw LineProblem("a string has no end")
  }
}
