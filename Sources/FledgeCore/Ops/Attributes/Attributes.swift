/// The values that distinguish operations of one kind: axes, a shape, a slope.
///
/// The attributes of a ``Primitive`` are its stored properties in their order, found through
/// `Codable`; properties of a nested structure have a path (`options.isCausal`), and a property
/// that is nil is left out. With the primitive's name they describe an operation completely, so
/// that it can be printed, compared, stored and made again:
///
///     Sum(axes: [1]).attributes                       // [axes=[1], keepDims=true]
///     try Registry.make("sum", ["axes": .integers([1]), "keepDims": .boolean(true)])
public struct Attributes: Sendable, Hashable, RandomAccessCollection {
  /// A name and its value.
  public struct Entry: Sendable, Hashable {
    /// The path of the property.
    public let name: String
    /// What it holds.
    public let value: AttributeValue

    /// An attribute by its parts.
    public init(_ name: String, _ value: AttributeValue) {
      self.name = name
      self.value = value
    }
  }

  private var entries: [Entry]

  /// Attributes in the given order; a name may occur once.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }
  public subscript(position: Int) -> Entry { entries[position] }

  /// The value of that name; nil where there is none.
  public subscript(name: String) -> AttributeValue? { entries.first { $0.name == name }?.value }

  mutating func append(_ name: String, _ value: AttributeValue) {
    entries.append(Entry(name, value))
  }
}

extension Attributes: ExpressibleByDictionaryLiteral, CustomStringConvertible {
  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    entries = elements.map { Entry($0, $1) }
  }

  /// `[axes=[1], keepDims=true]`; empty where there are none.
  public var description: String {
    isEmpty ? "" : "[" + map { "\($0.name)=\($0.value)" }.joined(separator: ", ") + "]"
  }
}

/// The value of an attribute.
public enum AttributeValue: Sendable, Hashable, CustomStringConvertible {
  /// A whole number, such as an axis.
  case integer(Int)
  /// A list of whole numbers, such as axes.
  case integers([Int])
  /// A number, such as a slope.
  case double(Double)
  /// Yes or no.
  case boolean(Bool)
  /// A name, such as the case of an enumeration.
  case string(String)
  /// The type of elements.
  case dtype(DType)
  /// The sizes of axes.
  case shape(Shape)

  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .integers(let values): "\(values)"
    case .double(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .dtype(let value): "\(value)"
    case .shape(let value): "\(value)"
    }
  }
}

/// Why an operation could not be made from a name and attributes.
public enum AttributeError: Error, Hashable, CustomStringConvertible {
  /// No operation of that name is in the ``Registry``.
  case unknownPrimitive(String)
  /// An attribute that the operation needs is not there.
  case missing(String)
  /// An attribute is of another kind than the operation needs, or out of its range.
  case mismatched(String, expected: String)
  /// The operation has no such attribute.
  case unexpected(String)
  /// The operation holds something that only lives in its process, such as a hook.
  case notRebuildable(String)

  public var description: String {
    switch self {
    case .unknownPrimitive(let name): "there is no operation named `\(name)`"
    case .missing(let name): "the attribute `\(name)` is missing"
    case .mismatched(let name, let expected): "the attribute `\(name)` is not \(expected)"
    case .unexpected(let name): "the operation has no attribute `\(name)`"
    case .notRebuildable(let what): "\(what) lives in one process only and cannot be made again"
    }
  }
}

// JSON has no NaN and no infinity, so a double goes as the text that gives it back exactly.
extension AttributeValue: Codable {
  private enum Kind: String, Codable {
    case integer, integers, double, boolean, string, dtype, shape
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    switch self {
    case .integer(let value):
      try container.encode(Kind.integer)
      try container.encode(value)
    case .integers(let values):
      try container.encode(Kind.integers)
      try container.encode(values)
    case .double(let value):
      try container.encode(Kind.double)
      try container.encode("\(value)")
    case .boolean(let value):
      try container.encode(Kind.boolean)
      try container.encode(value)
    case .string(let value):
      try container.encode(Kind.string)
      try container.encode(value)
    case .dtype(let value):
      try container.encode(Kind.dtype)
      try container.encode(value)
    case .shape(let value):
      try container.encode(Kind.shape)
      try container.encode(value)
    }
  }

  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    switch try container.decode(Kind.self) {
    case .integer: self = .integer(try container.decode(Int.self))
    case .integers: self = .integers(try container.decode([Int].self))
    case .double:
      let text = try container.decode(String.self)
      guard let value = Double(text) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "`\(text)` is no number")
      }
      self = .double(value)
    case .boolean: self = .boolean(try container.decode(Bool.self))
    case .string: self = .string(try container.decode(String.self))
    case .dtype: self = .dtype(try container.decode(DType.self))
    case .shape: self = .shape(try container.decode(Shape.self))
    }
  }
}

extension Attributes.Entry: Codable {}

extension Attributes: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries)
  }

  public init(from decoder: any Decoder) throws {
    entries = try decoder.singleValueContainer().decode([Entry].self)
  }
}

enum AttributePath {
  /// The name of a part within what lies at `path`.
  static func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}

// MARK: The types of attributes, as text

extension DType: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let dtype = DType.allCases.first(where: { $0.description == name }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "`\(name)` is no dtype")
    }
    self = dtype
  }
}

extension Shape: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Array(dimensions))
  }

  /// Throws where there are more axes than a tensor can have, or a negative size.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let sizes = try container.decode([Int].self)
    guard sizes.count <= Dimensions.capacity, sizes.allSatisfy({ $0 >= 0 }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(sizes) is no shape")
    }
    self.init(sizes)
  }
}
