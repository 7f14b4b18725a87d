/// Makes a primitive again from the ``Attributes`` that `AttributeEncoder` wrote.
final class AttributeDecoder: Decoder {
  fileprivate final class Input {
    let attributes: Attributes
    /// The names that were asked for.
    var used: Set<String> = []

    init(_ attributes: Attributes) { self.attributes = attributes }

    func hasAny(below path: String) -> Bool {
      attributes.contains { $0.name == path || $0.name.hasPrefix(path + ".") }
    }

    func value(at path: String) throws -> AttributeValue {
      used.insert(path)
      guard let value = attributes[path] else { throw AttributeError.missing(path) }
      return value
    }
  }

  private let input: Input
  private let path: String
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  fileprivate init(_ input: Input, at path: String) {
    self.input = input
    self.path = path
  }

  static func make<Value: Decodable>(
    _ type: Value.Type, from attributes: Attributes
  ) throws(AttributeError) -> Value {
    let input = Input(attributes)
    let value: Value
    do {
      value = try Value(from: AttributeDecoder(input, at: ""))
    } catch let error as AttributeError {
      throw error
    } catch DecodingError.dataCorrupted(let context) {
      throw .mismatched(attributes.first?.name ?? "", expected: context.debugDescription)
    } catch {
      throw .mismatched(attributes.first?.name ?? "", expected: "\(error)")
    }
    if let other = attributes.first(where: { !input.used.contains($0.name) }) {
      throw .unexpected(other.name)
    }
    return value
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keyed<Key>(input: input, path: path))
  }

  func unkeyedContainer() -> any UnkeyedDecodingContainer { Unkeyed(input: input, path: path) }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    Single(input: input, path: path)
  }

  fileprivate static func decode<T: Decodable>(
    _ type: T.Type, at path: String, from input: Input
  ) throws -> T {
    func mismatch(_ expected: String) -> AttributeError { .mismatched(path, expected: expected) }
    func cast(_ value: Any) -> T { value as! T }
    switch type {
    case is DType.Type:
      guard case .dtype(let value) = try input.value(at: path) else { throw mismatch("a dtype") }
      return cast(value)
    case is Shape.Type:
      guard case .shape(let value) = try input.value(at: path) else { throw mismatch("a shape") }
      return cast(value)
    case is [Int].Type:
      guard case .integers(let values) = try input.value(at: path) else {
        throw mismatch("a list of integers")
      }
      return cast(values)
    case is Double.Type, is Float.Type:
      guard case .double(let value) = try input.value(at: path) else { throw mismatch("a double") }
      return type is Float.Type ? cast(Float(value)) : cast(value)
    case is Bool.Type:
      guard case .boolean(let value) = try input.value(at: path) else {
        throw mismatch("true or false")
      }
      return cast(value)
    case is String.Type:
      guard case .string(let value) = try input.value(at: path) else { throw mismatch("a string") }
      return cast(value)
    case let integer as any FixedWidthInteger.Type:
      guard case .integer(let value) = try input.value(at: path) else {
        throw mismatch("an integer")
      }
      return cast(wrapping(value, integer))
    default:
      do {
        return try T(from: AttributeDecoder(input, at: path))
      } catch DecodingError.dataCorrupted(let context) {
        throw AttributeError.mismatched(path, expected: context.debugDescription)
      }
    }
  }

  private static func wrapping<I: FixedWidthInteger>(_ value: Int, _ type: I.Type) -> I {
    I(truncatingIfNeeded: value)
  }

  private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let input: Input
    let path: String
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    private func place(_ key: Key) -> String { AttributePath.join(path, key.stringValue) }

    func contains(_ key: Key) -> Bool { input.hasAny(below: place(key)) }
    func decodeNil(forKey key: Key) -> Bool { !contains(key) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      try AttributeDecoder.decode(type, at: place(key), from: input)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
      try superDecoder(forKey: key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try superDecoder(forKey: key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { AttributeDecoder(input, at: path) }
    func superDecoder(forKey key: Key) throws -> any Decoder {
      AttributeDecoder(input, at: place(key))
    }
  }

  private struct Unkeyed: UnkeyedDecodingContainer {
    let input: Input
    let path: String
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }

    init(input: Input, path: String) {
      self.input = input
      self.path = path
    }

    var isAtEnd: Bool { !input.hasAny(below: AttributePath.join(path, "\(currentIndex)")) }

    private mutating func next() -> String {
      defer { currentIndex += 1 }
      return AttributePath.join(path, "\(currentIndex)")
    }

    mutating func decodeNil() -> Bool { false }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
      try AttributeDecoder.decode(type, at: next(), from: input)
    }

    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
      try superDecoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try superDecoder().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { AttributeDecoder(input, at: next()) }
  }

  private struct Single: SingleValueDecodingContainer {
    let input: Input
    let path: String
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { !input.hasAny(below: path) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
      try AttributeDecoder.decode(type, at: path, from: input)
    }
  }
}
