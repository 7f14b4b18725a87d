/// A value of a GGUF file's metadata, of the very type that the file has.
public indirect enum GGUFValue: Sendable, Equatable {
  /// An unsigned integer of 8 bits.
  case uint8(UInt8)
  /// An integer of 8 bits.
  case int8(Int8)
  /// An unsigned integer of 16 bits.
  case uint16(UInt16)
  /// An integer of 16 bits.
  case int16(Int16)
  /// An unsigned integer of 32 bits.
  case uint32(UInt32)
  /// An integer of 32 bits.
  case int32(Int32)
  /// An unsigned integer of 64 bits.
  case uint64(UInt64)
  /// An integer of 64 bits.
  case int64(Int64)
  /// A number of 32 bits.
  case float32(Float)
  /// A number of 64 bits.
  case float64(Double)
  /// A truth value.
  case bool(Bool)
  /// A text.
  case string(String)
  /// Values of one kind.
  case array(of: Kind, [GGUFValue])

  /// The types of values, with the numbers that the format gives them.
  public enum Kind: UInt32, Sendable, CaseIterable {
    /// One case for each of ``GGUFValue``.
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64
    /// The last of them.
    case float64

    /// Bytes that a value takes, or the fewest where that depends on the value.
    var byteCount: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .uint64, .int64, .float64, .string: 8
      case .array: 12
      }
    }
  }

  /// The value's type.
  public var kind: Kind {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .uint64: .uint64
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    case .bool: .bool
    case .string: .string
    case .array: .array
    }
  }

  /// The value as an `Int`; nil where it is no integer, or too large for one.
  public var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a number; nil where it is none. A float32 is the shortest decimal that it stands for:
  /// an ε of 1e-5, not of 9.99999975e-6.
  public var number: Double? {
    switch self {
    case .float32(let value): Double("\(value)")
    case .float64(let value): value
    default: integer.map(Double.init)
    }
  }

  /// The text; nil where the value is none.
  public var text: String? { if case .string(let text) = self { text } else { nil } }
  /// The truth value; nil where the value is none.
  public var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  /// The elements; nil where the value is no array.
  public var elements: [GGUFValue]? { if case .array(_, let list) = self { list } else { nil } }
}

/// What a GGUF file says about its model: keys with values, in the order of the file.
public struct GGUFMetadata: Sendable, Equatable {
  /// The keys in their order.
  public private(set) var keys: [String] = []
  private var values: [String: GGUFValue] = [:]

  /// No keys.
  public init() {}

  /// The value of a key. A new key goes to the end; nil removes one.
  public subscript(key: String) -> GGUFValue? {
    get { values[key] }
    set {
      if values.updateValue(newValue ?? .bool(false), forKey: key) == nil { keys.append(key) }
      if newValue == nil {
        values[key] = nil
        keys.removeAll { $0 == key }
      }
    }
  }

  /// An integer that the model needs.
  ///
  /// - Throws: ``GGUFError``
  public func integer(_ key: String) throws(GGUFError) -> Int {
    try value(key, "an integer", \.integer)
  }

  /// A number that the model needs.
  ///
  /// - Throws: ``GGUFError``
  public func number(_ key: String) throws(GGUFError) -> Double {
    try value(key, "a number", \.number)
  }

  /// A text that the model needs.
  ///
  /// - Throws: ``GGUFError``
  public func text(_ key: String) throws(GGUFError) -> String { try value(key, "a text", \.text) }

  /// A list of texts that the model needs.
  ///
  /// - Throws: ``GGUFError``
  public func texts(_ key: String) throws(GGUFError) -> [String] {
    try value(key, "a list of texts") { value in
      guard let elements = value.elements else { return nil }
      let texts = elements.compactMap(\.text)
      return texts.count == elements.count ? texts : nil
    }
  }

  /// A list of integers that the model needs.
  ///
  /// - Throws: ``GGUFError``
  public func integers(_ key: String) throws(GGUFError) -> [Int] {
    try value(key, "a list of integers") { value in
      guard let elements = value.elements else { return nil }
      let integers = elements.compactMap(\.integer)
      return integers.count == elements.count ? integers : nil
    }
  }

  private func value<Result>(
    _ key: String, _ kind: String, _ read: (GGUFValue) -> Result?
  ) throws(GGUFError) -> Result {
    guard let value = values[key] else { throw GGUFError(.missingKey(key)) }
    guard let result = read(value) else { throw GGUFError(.unsuitableValue(key, needed: kind)) }
    return result
  }
}
