import Foundation

/// Runs the statements of a template.
struct TemplateRenderer {
  private(set) var output = ""
  /// Names by scope, the innermost last. Loops have scopes; branches have none.
  private var scopes: [[String: TemplateValue]]
  /// The objects that `namespace()` has made, whose attributes outlive loops.
  private var namespaces: [[TemplateValue.Member]] = []
  private let date: Date
  private(set) var line = 1
  private var depth = 0
  private var steps = 0

  /// Templates that run longer than this are taken for endless.
  private static let maximumSteps = 200_000
  /// Longer ranges are refused, as `transformers` does.
  private static let maximumRange = 100_000

  init(_ variables: [String: TemplateValue], date: Date) {
    scopes = [variables]
    self.date = date
  }

  func failure(_ reason: String) -> ChatTemplateError { .failed(reason: reason, line: line) }

  // MARK: Statements

  /// Runs statements in their order; says whether they leave the loop that they are in.
  mutating func run(
    _ statements: [TemplateStatement]
  ) throws(ChatTemplateError) -> TemplateStatement.LoopExit? {
    for statement in statements {
      line = statement.line
      try step()
      if let exit = try run(statement.kind) { return exit }
    }
    return nil
  }

  private mutating func step() throws(ChatTemplateError) {
    steps += 1
    if steps > Self.maximumSteps { throw failure("it does not come to an end") }
  }

  private mutating func run(
    _ statement: TemplateStatement.Kind
  ) throws(ChatTemplateError) -> TemplateStatement.LoopExit? {
    switch statement {
    case .text(let text): output += text
    case .output(let expression): output += try evaluate(expression).text
    case .branches(let branches):
      for (condition, body) in branches {
        if let condition, try !evaluate(condition).isTrue { continue }
        return try run(body)
      }
    case .loop(let loop): try run(loop)
    case .set(let name, let attribute, let expression):
      let value = try evaluate(expression)
      if let attribute { try setAttribute(attribute, of: name, value) } else { set(name, value) }
    case .capture(let name, let body):
      let before = output
      output = ""
      let exit = try run(body)
      set(name, .string(output))
      output = before
      return exit
    case .group(let body): return try run(body)
    case .leave(let exit): return exit
    }
    return nil
  }

  private mutating func run(_ loop: TemplateStatement.Loop) throws(ChatTemplateError) {
    var elements = try self.elements(of: try evaluate(loop.sequence))
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for element in elements {
        scopes.append([:])
        defer { scopes.removeLast() }
        try bind(loop.names, element)
        if try evaluate(condition).isTrue { kept.append(element) }
      }
      elements = kept
    }
    if elements.isEmpty {
      _ = try run(loop.otherwise)
      return
    }
    for (index, element) in elements.enumerated() {
      try step()
      scopes.append(["loop": Self.loopState(index, elements)])
      defer { scopes.removeLast() }
      try bind(loop.names, element)
      if try run(loop.body) == .breaking { break }
    }
  }

  private static func loopState(_ index: Int, _ elements: [TemplateValue]) -> TemplateValue {
    [
      "index": .integer(index + 1), "index0": .integer(index), "first": .bool(index == 0),
      "last": .bool(index == elements.count - 1), "length": .integer(elements.count),
      "revindex": .integer(elements.count - index),
      "revindex0": .integer(elements.count - index - 1),
      "previtem": index > 0 ? elements[index - 1] : .undefined,
      "nextitem": index + 1 < elements.count ? elements[index + 1] : .undefined,
    ]
  }

  private mutating func bind(
    _ names: [String], _ element: TemplateValue
  ) throws(ChatTemplateError) {
    if names.count == 1 { return set(names[0], element) }
    guard case .list(let parts) = element, parts.count == names.count else {
      throw failure("\(element.kind) cannot be taken apart into \(names.joined(separator: ", "))")
    }
    for (name, part) in zip(names, parts) { set(name, part) }
  }

  func elements(of value: TemplateValue) throws(ChatTemplateError) -> [TemplateValue] {
    switch value {
    case .list(let elements): return elements
    case .dictionary(let members): return members.map { .string($0.name) }
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw failure("\(value.kind) has no elements")
    }
  }

  // MARK: Names

  private mutating func set(_ name: String, _ value: TemplateValue) {
    scopes[scopes.count - 1][name] = value
  }

  private func value(of name: String) -> TemplateValue {
    for scope in scopes.reversed() { if let value = scope[name] { return value } }
    // What can be called is defined.
    return Self.functions.contains(name) ? .string(name) : .undefined
  }

  private mutating func setAttribute(
    _ attribute: String, of name: String, _ value: TemplateValue
  ) throws(ChatTemplateError) {
    guard let index = namespaceIndex(self.value(of: name)) else {
      throw failure("only attributes of a namespace can be set, '\(name)' is none")
    }
    namespaces[index].removeAll { $0.name == attribute }
    namespaces[index].append(.init(attribute, value))
  }

  /// A namespace is a dictionary of one member, whose name no template can write.
  private static let namespaceMark = "\u{0}namespace"

  private func namespaceIndex(_ value: TemplateValue) -> Int? {
    guard case .integer(let index) = value[Self.namespaceMark], namespaces.indices.contains(index)
    else { return nil }
    return index
  }

  // MARK: Expressions

  mutating func evaluate(
    _ expression: TemplateExpression
  ) throws(ChatTemplateError) -> TemplateValue {
    depth += 1
    defer { depth -= 1 }
    if depth > 2 * TemplateParser.maximumDepth { throw failure("its expressions nest too deep") }
    switch expression {
    case .literal(let value): return value
    case .name(let name): return value(of: name)
    case .list(let elements): return .list(try evaluate(elements))
    case .dictionary(let members):
      var result: [TemplateValue.Member] = []
      for (key, value) in members {
        result.append(.init(try evaluate(key).text, try evaluate(value)))
      }
      return .dictionary(result)
    case .attribute(let object, let name): return try attribute(name, of: try evaluate(object))
    case .item(let object, let index):
      return try item(try evaluate(index), of: try evaluate(object))
    case .slice(let object, let from, let to, let step):
      return try slice(try evaluate(object), try integer(from), try integer(to), try integer(step))
    case .call(let function, let arguments): return try call(function, try evaluate(arguments))
    case .filter(let value, let name, let arguments):
      return try filter(name, try evaluate(value), try evaluate(arguments))
    case .test(let value, let name, let arguments):
      return .bool(try test(name, try evaluate(value), try evaluate(arguments).positional))
    case .not(let value): return .bool(try !evaluate(value).isTrue)
    case .negative(let value): return try arithmetic("-", .integer(0), try evaluate(value))
    case .binary("and", let left, let right):
      let value = try evaluate(left)
      return try value.isTrue ? evaluate(right) : value
    case .binary("or", let left, let right):
      let value = try evaluate(left)
      return try value.isTrue ? value : evaluate(right)
    case .binary(let mark, let left, let right):
      return try arithmetic(mark, try evaluate(left), try evaluate(right))
    case .comparison(let first, let rest):
      var left = try evaluate(first)
      for (mark, next) in rest {
        let right = try evaluate(next)
        if try !compare(mark, left, right) { return false }
        left = right
      }
      return true
    case .conditional(let value, let condition, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(value) }
      return if let otherwise { try evaluate(otherwise) } else { .undefined }
    }
  }

  private mutating func evaluate(
    _ expressions: [TemplateExpression]
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var values: [TemplateValue] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private mutating func evaluate(
    _ arguments: TemplateExpression.Arguments
  ) throws(ChatTemplateError) -> TemplateArguments {
    var result = TemplateArguments(positional: try evaluate(arguments.positional))
    for (name, expression) in arguments.named { result.named[name] = try evaluate(expression) }
    return result
  }

  private mutating func integer(
    _ expression: TemplateExpression?
  ) throws(ChatTemplateError) -> Int? {
    guard let expression else { return nil }
    switch try evaluate(expression) {
    case .integer(let value): return value
    case .null: return nil
    case let value: throw failure("\(value.kind) is no bound of a slice")
    }
  }

  private func attribute(
    _ name: String, of value: TemplateValue
  ) throws(ChatTemplateError) -> TemplateValue {
    if let index = namespaceIndex(value) { return .dictionary(namespaces[index])[name] }
    if value == .undefined { throw failure("there is no '\(name)' of what is not defined") }
    return value[name]
  }

  private func item(
    _ index: TemplateValue, of value: TemplateValue
  ) throws(ChatTemplateError) -> TemplateValue {
    switch (value, index) {
    case (.undefined, _): throw failure("there is no [\(index.text)] of what is not defined")
    case (_, .string(let name)): return try attribute(name, of: value)
    case (.list(let elements), .integer(let index)):
      let place = index < 0 ? index + elements.count : index
      return elements.indices.contains(place) ? elements[place] : .undefined
    case (.string(let text), .integer(let index)):
      let scalars = Array(text.unicodeScalars)
      let place = index < 0 ? index + scalars.count : index
      return scalars.indices.contains(place) ? .string(String(scalars[place])) : .undefined
    default: return .undefined
    }
  }

  /// As Python slices: bounds count from the end where they are negative.
  private func slice(
    _ value: TemplateValue, _ from: Int?, _ to: Int?, _ step: Int?
  ) throws(ChatTemplateError) -> TemplateValue {
    let elements = try self.elements(of: value)
    let (count, step) = (elements.count, step ?? 1)
    if step == 0 { throw failure("a slice with a step of 0") }
    func bound(_ bound: Int?, default standard: Int) -> Int {
      guard let bound else { return standard }
      let place = bound < 0 ? max(bound, -count - 1) + count : bound
      return step > 0 ? min(max(place, 0), count) : min(max(place, -1), count - 1)
    }
    let first = bound(from, default: step > 0 ? 0 : count - 1)
    let end = bound(to, default: step > 0 ? count : -1)
    let picked = stride(from: first, to: end, by: step).map { elements[$0] }
    guard case .string = value else { return .list(picked) }
    return .string(picked.map(\.text).joined())
  }

  // MARK: Calls

  private static let functions: Set<String> = [
    "range", "namespace", "raise_exception", "strftime_now", "dict",
  ]

  private mutating func call(
    _ function: TemplateExpression, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    if case .attribute(let object, let name) = function {
      return try method(name, of: try evaluate(object), arguments)
    }
    guard case .name(let name) = function, Self.functions.contains(name) else {
      let written = if case .name(let name) = function { "the function \(name)" } else { "a call" }
      throw .unsupported(construct: written, line: line)
    }
    let members = arguments.named.sorted { $0.key < $1.key }.map { TemplateValue.Member($0, $1) }
    switch name {
    case "namespace":
      namespaces.append(members)
      return .dictionary([.init(Self.namespaceMark, .integer(namespaces.count - 1))])
    case "dict": return .dictionary(members)
    case "raise_exception":
      throw .refused(reason: arguments.positional.first?.text ?? "no reason given")
    case "strftime_now":
      guard case .string(let format)? = arguments.positional.first else {
        throw failure("strftime_now takes a format")
      }
      return .string(formatted(format))
    default: return .list(try range(arguments.positional))
    }
  }

  private func range(
    _ arguments: [TemplateValue]
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var bounds: [Int] = []
    for argument in arguments {
      guard case .integer(let bound) = argument else {
        throw failure("range takes whole numbers, not \(argument.kind)")
      }
      bounds.append(bound)
    }
    if bounds.count == 1 { bounds.insert(0, at: 0) }
    if bounds.count == 2 { bounds.append(1) }
    guard bounds.count == 3, bounds[2] != 0, bounds.allSatisfy({ abs($0) < 1 << 40 }) else {
      throw failure("range takes one to three whole numbers, the last not 0")
    }
    let values = stride(from: bounds[0], to: bounds[1], by: bounds[2])
    guard abs(bounds[1] - bounds[0]) / abs(bounds[2]) <= Self.maximumRange else {
      throw failure("a range of more than \(Self.maximumRange) numbers")
    }
    return values.map { .integer($0) }
  }

  private func formatted(_ format: String) -> String {
    var time = time_t(date.timeIntervalSince1970.rounded(.down))
    var parts = tm()
    localtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 256)
    let count = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Arguments of a call with their values.
struct TemplateArguments {
  var positional: [TemplateValue]
  var named: [String: TemplateValue] = [:]

  /// The argument at that place or of that name.
  subscript(place: Int, name: String) -> TemplateValue? {
    place < positional.count ? positional[place] : named[name]
  }
}
