/// Writes the stored properties of a primitive down as ``Attributes``.
final class AttributeEncoder: Encoder {
  fileprivate final class Output {
    var attributes = Attributes()
  }

  private let output: Output
  private let path: String
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  fileprivate init(_ output: Output, at path: String) {
    self.output = output
    self.path = path
  }

  static func attributes(of value: some Encodable) throws -> Attributes {
    let output = Output()
    try value.encode(to: AttributeEncoder(output, at: ""))
    return output.attributes
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(Keyed<Key>(output: output, path: path))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { Unkeyed(output: output, path: path) }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    Single(output: output, path: path)
  }

  /// What has a kind of its own is one attribute; anything else is its parts.
  fileprivate static func encode<T: Encodable>(
    _ value: T, at path: String, to output: Output
  ) throws {
    switch value {
    case let value as DType: output.attributes.append(path, .dtype(value))
    case let value as Shape: output.attributes.append(path, .shape(value))
    // Not `case let … as [Int]`: an empty array can be cast to an array of anything.
    case let value as [Int] where T.self == [Int].self:
      output.attributes.append(path, .integers(value))
    case let value as Int: output.attributes.append(path, .integer(value))
    case let value as Double: output.attributes.append(path, .double(value))
    case let value as Bool: output.attributes.append(path, .boolean(value))
    case let value as String: output.attributes.append(path, .string(value))
    case let value as Float: output.attributes.append(path, .double(Double(value)))
    case let value as any FixedWidthInteger:
      output.attributes.append(path, .integer(Int(truncatingIfNeeded: value)))
    default: try value.encode(to: AttributeEncoder(output, at: path))
    }
  }

  private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let output: Output
    let path: String
    var codingPath: [any CodingKey] { [] }

    // A property that is nil has no attribute.
    mutating func encodeNil(forKey key: Key) {}

    mutating func encode(_ value: some Encodable, forKey key: Key) throws {
      try AttributeEncoder.encode(value, at: AttributePath.join(path, key.stringValue), to: output)
    }

    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
      superEncoder(forKey: key).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      superEncoder(forKey: key).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { AttributeEncoder(output, at: path) }
    mutating func superEncoder(forKey key: Key) -> any Encoder {
      AttributeEncoder(output, at: AttributePath.join(path, key.stringValue))
    }
  }

  private struct Unkeyed: UnkeyedEncodingContainer {
    let output: Output
    let path: String
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(output: Output, path: String) {
      self.output = output
      self.path = path
    }

    private mutating func next() -> String {
      defer { count += 1 }
      return AttributePath.join(path, "\(count)")
    }

    mutating func encodeNil() { count += 1 }
    mutating func encode(_ value: some Encodable) throws {
      try AttributeEncoder.encode(value, at: next(), to: output)
    }

    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
      superEncoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      superEncoder().unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder { AttributeEncoder(output, at: next()) }
  }

  private struct Single: SingleValueEncodingContainer {
    let output: Output
    let path: String
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() {}
    mutating func encode(_ value: some Encodable) throws {
      try AttributeEncoder.encode(value, at: path, to: output)
    }
  }
}
