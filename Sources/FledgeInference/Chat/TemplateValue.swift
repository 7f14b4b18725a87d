import FledgeIO

/// A value of a chat template: what JSON has, whole numbers, and what is not defined.
public enum TemplateValue: Sendable, Equatable {
  /// A name or attribute that does not exist. It is false, and no text.
  case undefined
  /// JSON's null, Jinja's `none`.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// Any other number.
  case float(Double)
  /// A text.
  case string(String)
  /// Values in their order.
  case list([TemplateValue])
  /// Members in their order.
  case dictionary([Member])

  /// A name and its value.
  public struct Member: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value.
    public var value: TemplateValue

    /// A name and its value.
    public init(_ name: String, _ value: TemplateValue) {
      self.name = name
      self.value = value
    }
  }

  /// Whether a condition holds: not for 0, for what is empty, and for what is not there.
  var isTrue: Bool {
    switch self {
    case .undefined, .null: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let value): !value.isEmpty
    case .list(let elements): !elements.isEmpty
    case .dictionary(let members): !members.isEmpty
    }
  }

  /// The member of that name.
  subscript(name: String) -> TemplateValue {
    guard case .dictionary(let members) = self else { return .undefined }
    return members.last { $0.name == name }?.value ?? .undefined
  }

  /// What kind of value it is, for errors.
  var kind: String {
    switch self {
    case .undefined: "undefined"
    case .null: "none"
    case .bool: "a truth value"
    case .integer, .float: "a number"
    case .string: "a string"
    case .list: "a list"
    case .dictionary: "a dictionary"
    }
  }

  /// The number, where it is one; truth values count as 0 and 1.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  // MARK: As text

  /// As Python's `str` writes it.
  var text: String {
    if case .string(let value) = self { value } else { representation }
  }

  /// As Python's `repr` writes it.
  private var representation: String {
    switch self {
    case .undefined: ""
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): "\(value)"
    case .float(let value): Self.written(value)
    case .string(let value): Self.quoted(value)
    case .list(let elements): "[\(elements.map(\.representation).joined(separator: ", "))]"
    case .dictionary(let members):
      "{"
        + members.map { "\(Self.quoted($0.name)): \($0.value.representation)" }
        .joined(separator: ", ") + "}"
    }
  }

  private static func written(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return value.isInfinite ? (value < 0 ? "-inf" : "inf") : "\(value)"
  }

  private static func quoted(_ value: String) -> String {
    let quote = value.contains("'") && !value.contains("\"") ? "\"" : "'"
    var result = quote
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\\": result += "\\\\"
      case _ where String(scalar) == quote: result += "\\\(scalar)"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + quote
  }

  /// As Python's `json.dumps` writes it, in one line or with so many blanks a level.
  func json(indent: Int? = nil, level: Int = 0) -> String {
    switch self {
    case .undefined, .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .float(let value): return Self.written(value)
    case .string(let value): return value.jsonQuoted
    case .list(let elements):
      return Self.bracketed(
        "[", "]", elements.map { $0.json(indent: indent, level: level + 1) }, indent, level)
    case .dictionary(let members):
      return Self.bracketed(
        "{", "}",
        members.map {
          "\($0.name.jsonQuoted): \($0.value.json(indent: indent, level: level + 1))"
        }, indent, level)
    }
  }

  private static func bracketed(
    _ open: String, _ close: String, _ parts: [String], _ indent: Int?, _ level: Int
  ) -> String {
    guard let indent, !parts.isEmpty else {
      return open + parts.joined(separator: ", ") + close
    }
    func line(_ level: Int) -> String { "\n" + String(repeating: " ", count: indent * level) }
    return open + line(level + 1) + parts.joined(separator: "," + line(level + 1)) + line(level)
      + close
  }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, TemplateValue)...) {
    self = .dictionary(elements.map { Member($0, $1) })
  }
}
