import Foundation

// What operators, filters, tests and methods do: those that published chat templates use.
extension TemplateRenderer {
  // MARK: Operators

  func arithmetic(
    _ mark: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(ChatTemplateError) -> TemplateValue {
    switch (mark, left, right) {
    case ("~", _, _): return .string(left.text + right.text)
    case ("+", .string(let a), .string(let b)): return .string(a + b)
    case ("+", .list(let a), .list(let b)): return .list(a + b)
    case ("*", .string(let text), .integer(let count)) where count <= 10_000:
      return .string(String(repeating: text, count: max(0, count)))
    case (_, .integer(let a), .integer(let b)) where mark != "/":
      return .integer(try integerArithmetic(mark, a, b))
    default: break
    }
    guard let a = left.number, let b = right.number else {
      throw failure("'\(mark)' of \(left.kind) and \(right.kind)")
    }
    switch mark {
    case "+": return .float(a + b)
    case "-": return .float(a - b)
    case "*": return .float(a * b)
    case _ where b == 0: throw failure("a division by 0")
    case "/": return .float(a / b)
    case "//": return .float((a / b).rounded(.down))
    default: return .float(a - (a / b).rounded(.down) * b)
    }
  }

  private func integerArithmetic(
    _ mark: String, _ a: Int, _ b: Int
  ) throws(ChatTemplateError) -> Int {
    var (value, overflow) = (0, false)
    switch mark {
    case "+": (value, overflow) = a.addingReportingOverflow(b)
    case "-": (value, overflow) = a.subtractingReportingOverflow(b)
    case "*": (value, overflow) = a.multipliedReportingOverflow(by: b)
    case _ where b == 0: throw failure("a division by 0")
    default:
      let quotient = a.dividedReportingOverflow(by: b)
      let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
      // As in Python, quotients round down and remainders have the divisor's sign.
      let isBelow = rest != 0 && (rest < 0) != (b < 0)
      value =
        mark == "//" ? quotient.partialValue - (isBelow ? 1 : 0) : rest + (isBelow ? b : 0)
      overflow = quotient.overflow
    }
    if overflow { throw failure("\(a) \(mark) \(b) is too large") }
    return value
  }

  func compare(
    _ mark: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(ChatTemplateError) -> Bool {
    switch mark {
    case "==": return Self.equal(left, right)
    case "!=": return !Self.equal(left, right)
    case "in": return try contains(right, left)
    case "not in": return try !contains(right, left)
    default: break
    }
    let isLess: Bool
    let isEqual = Self.equal(left, right)
    if let a = left.number, let b = right.number {
      isLess = a < b
    } else if case (.string(let a), .string(let b)) = (left, right) {
      isLess = a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    } else {
      throw failure("\(left.kind) cannot be compared with \(right.kind)")
    }
    switch mark {
    case "<": return isLess
    case "<=": return isLess || isEqual
    case ">": return !isLess && !isEqual
    default: return !isLess
    }
  }

  /// Strings by their scalars: canonical equivalence is not asked.
  private static func equal(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
    switch (left, right) {
    case (.string(let a), .string(let b)): a.unicodeScalars.elementsEqual(b.unicodeScalars)
    case (.list(let a), .list(let b)): a.elementsEqual(b, by: equal)
    default:
      if let a = left.number, let b = right.number { a == b } else { left == right }
    }
  }

  private func contains(
    _ container: TemplateValue, _ element: TemplateValue
  ) throws(ChatTemplateError) -> Bool {
    switch (container, element) {
    case (.string(let text), .string(let part)):
      return Self.scalars(text).contains(Self.scalars(part))
    case (.list(let elements), _): return elements.contains { Self.equal($0, element) }
    case (.dictionary(let members), .string(let name)): return members.contains { $0.name == name }
    case (.undefined, _): return false
    default: throw failure("\(container.kind) contains nothing of the kind of \(element.kind)")
    }
  }

  private static func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

  // MARK: Filters

  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    switch name {
    case "trim": return try method("strip", of: .string(value.text), arguments)
    case "title":
      // Jinja's own words, which an apostrophe does not end.
      return .string(Self.titled(value.text) { $0.isWhitespace || "-({[<".contains($0) })
    case "upper", "lower", "capitalize", "replace":
      return try method(name, of: .string(value.text), arguments)
    case "length", "count":
      if case .string(let text) = value { return .integer(text.unicodeScalars.count) }
      return .integer(try elements(of: value).count)
    case "first": return try elements(of: value).first ?? .undefined
    case "last": return try elements(of: value).last ?? .undefined
    case "list": return .list(try elements(of: value))
    case "reverse":
      let reversed = Array(try elements(of: value).reversed())
      if case .string = value { return .string(reversed.map(\.text).joined()) }
      return .list(reversed)
    case "items": return try method("items", of: value, arguments)
    case "string": return .string(value.text)
    case "safe": return value
    case "int":
      if case .string(let text) = value {
        return .integer(Int(text.trimmingCharacters(in: .whitespaces)) ?? 0)
      }
      return .integer(Int(exactly: (value.number ?? 0).rounded(.towardZero)) ?? 0)
    case "float":
      if case .string(let text) = value { return .float(Double(text) ?? 0) }
      return .float(value.number ?? 0)
    case "abs": return try arithmetic((value.number ?? 0) < 0 ? "-" : "+", .integer(0), value)
    case "default", "d":
      let replaces =
        value == .undefined || (arguments[1, "boolean"]?.isTrue == true && !value.isTrue)
      return replaces ? arguments[0, "default_value"] ?? .string("") : value
    case "join":
      let separator = arguments[0, "d"]?.text ?? ""
      return .string(try elements(of: value).map(\.text).joined(separator: separator))
    case "tojson":
      guard case .integer(let indent)? = arguments[0, "indent"] else {
        return .string(value.json())
      }
      return .string(value.json(indent: min(max(indent, 0), 32)))
    case "map": return .list(try map(try elements(of: value), arguments))
    case "selectattr", "rejectattr", "select", "reject":
      return .list(try select(name, try elements(of: value), arguments))
    default: throw .unsupported(construct: "the filter \(name)", line: line)
    }
  }

  private func map(
    _ elements: [TemplateValue], _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var result: [TemplateValue] = []
    for element in elements {
      if let attribute = arguments.named["attribute"] {
        result.append(element[attribute.text])
      } else {
        result.append(
          try filter(
            arguments.positional.first?.text ?? "", element,
            TemplateArguments(positional: Array(arguments.positional.dropFirst()))))
      }
    }
    return result
  }

  /// `select("test", …)` and `selectattr("name", "test", …)`; without a test, what is true.
  private func select(
    _ name: String, _ elements: [TemplateValue], _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var rest = arguments.positional[...]
    let attribute = name.hasSuffix("attr") ? rest.popFirst()?.text ?? "" : nil
    let test = rest.popFirst()?.text
    var result: [TemplateValue] = []
    for element in elements {
      let value = attribute.map { element[$0] } ?? element
      let holds =
        if let test { try self.test(test, value, Array(rest)) } else { value.isTrue }
      if holds == name.hasPrefix("select") { result.append(element) }
    }
    return result
  }

  // MARK: Tests

  func test(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue]
  ) throws(ChatTemplateError) -> Bool {
    switch (name, value) {
    case ("defined", _): return value != .undefined
    case ("undefined", _): return value == .undefined
    case ("none", _): return value == .null
    case ("string", .string), ("mapping", .dictionary), ("boolean", .bool),
      ("integer", .integer), ("float", .float), ("number", .integer), ("number", .float),
      ("number", .bool):
      return true
    case ("true", _): return value == .bool(true)
    case ("false", _): return value == .bool(false)
    case ("string", _), ("mapping", _), ("boolean", _), ("integer", _), ("float", _),
      ("number", _):
      return false
    case ("iterable", .string), ("iterable", .list), ("iterable", .dictionary),
      ("sequence", .string), ("sequence", .list), ("sequence", .dictionary),
      ("iterable", .undefined), ("sequence", .undefined):
      return true
    case ("iterable", _), ("sequence", _): return false
    default: break
    }
    guard let argument = arguments.first else {
      if ["even", "odd"].contains(name), case .integer(let number) = value {
        return (number % 2 == 0) == (name == "even")
      }
      throw .unsupported(construct: "the test \(name)", line: line)
    }
    let comparisons = [
      "equalto": "==", "eq": "==", "==": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">",
      "ge": ">=", "in": "in",
    ]
    guard let mark = comparisons[name] else {
      throw .unsupported(construct: "the test \(name)", line: line)
    }
    return try compare(mark, value, argument)
  }

  // MARK: Methods

  func method(
    _ name: String, of value: TemplateValue, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    switch value {
    case .string(let text): return try stringMethod(name, text, arguments)
    case .dictionary(let members):
      switch name {
      case "items": return .list(members.map { [.string($0.name), $0.value] })
      case "keys": return .list(members.map { .string($0.name) })
      case "values": return .list(members.map(\.value))
      case "get":
        let found = value[arguments.positional.first?.text ?? ""]
        return found == .undefined ? arguments[1, "default"] ?? .null : found
      default: break
      }
    case .undefined: throw failure("there is no \(name)() of what is not defined")
    default: break
    }
    throw .unsupported(construct: "the method \(name)() of \(value.kind)", line: line)
  }

  private func stringMethod(
    _ name: String, _ text: String, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    let scalars = Self.scalars(text)
    func argument(_ place: Int) -> [Unicode.Scalar]? {
      guard
        case .string(let text)? = place < arguments.positional.count
          ? arguments.positional[place] : nil
      else { return nil }
      return Self.scalars(text)
    }
    switch name {
    case "strip", "lstrip", "rstrip":
      let set = argument(0)
      let isStripped = { (scalar: Unicode.Scalar) in
        set?.contains(scalar) ?? scalar.properties.isWhitespace
      }
      var rest = scalars[...]
      if name != "rstrip" { rest = rest.drop(while: isStripped) }
      while name != "lstrip", let last = rest.last, isStripped(last) { rest.removeLast() }
      return .string(String(scalars: rest))
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "capitalize":
      return .string(text.prefix(1).uppercased() + text.dropFirst().lowercased())
    case "title": return .string(Self.titled(text) { !$0.isLetter })
    case "startswith": return .bool(scalars.starts(with: argument(0) ?? []))
    case "endswith": return .bool(scalars.reversed().starts(with: (argument(0) ?? []).reversed()))
    case "replace":
      guard let old = argument(0), let new = argument(1), !old.isEmpty else { break }
      return .string(
        Self.parts(scalars, separator: old).joined(separator: String(scalars: new)))
    case "split":
      guard let separator = argument(0) else {
        return .list(
          scalars.split(whereSeparator: \.properties.isWhitespace).map {
            .string(String(scalars: $0))
          })
      }
      if separator.isEmpty { break }
      return .list(Self.parts(scalars, separator: separator).map { .string($0) })
    default: break
    }
    throw .unsupported(
      construct: "the method \(name)() of a string, with these arguments", line: line)
  }

  private static func parts(
    _ text: [Unicode.Scalar], separator: [Unicode.Scalar]
  ) -> [String] {
    text.split(separator: separator, omittingEmptySubsequences: false).map { String(scalars: $0) }
  }

  private static func titled(_ text: String, isBoundary: (Character) -> Bool) -> String {
    var (result, startsWord) = ("", true)
    for character in text {
      result += startsWord ? character.uppercased() : character.lowercased()
      startsWord = isBoundary(character)
    }
    return result
  }
}
