/// Reads the header of a GGUF file from front to back; each read stays within the bytes.
struct GGUFReader {
  typealias Fault = GGUFError.Fault

  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  /// The bytes must outlive the reader.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Bytes that are not read yet.
  private var left: Int { bytes.count - position }

  /// Moves past `count` bytes and returns where they begin.
  private mutating func take(_ count: Int) throws(Fault) -> Int {
    guard count <= left else { throw .cutShort(at: position) }
    defer { position += count }
    return position
  }

  private mutating func number<Number: BitwiseCopyable>(_ type: Number.Type) throws(Fault) -> Number
  {
    let start = try take(MemoryLayout<Number>.size)
    return bytes.loadUnaligned(fromByteOffset: start, as: Number.self)
  }

  // The format is little-endian, as is every processor that Fledge runs on.
  mutating func uint32() throws(Fault) -> UInt32 { try number(UInt32.self) }
  mutating func uint64() throws(Fault) -> UInt64 { try number(UInt64.self) }

  /// A number of things that take at least `size` bytes each.
  mutating func count(of what: String, size: Int) throws(Fault) -> Int {
    let count = try uint64()
    guard let result = Int(exactly: count), result <= left / size else {
      throw .impossibleCount(count, of: what)
    }
    return result
  }

  mutating func string() throws(Fault) -> String {
    let start = try take(count(of: "bytes of text", size: 1))
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    guard let result = String(validating: text, as: UTF8.self) else {
      throw .invalidText(at: start)
    }
    return result
  }

  private mutating func kind(_ key: String) throws(Fault) -> GGUFValue.Kind {
    let raw = try uint32()
    guard let kind = GGUFValue.Kind(rawValue: raw) else {
      throw .unknownValueType(raw, key: key)
    }
    return kind
  }

  /// The value of a key, which its type precedes.
  mutating func value(_ key: String) throws(Fault) -> GGUFValue {
    try value(kind(key), key, depth: 0)
  }

  private mutating func value(
    _ kind: GGUFValue.Kind, _ key: String, depth: Int
  ) throws(Fault) -> GGUFValue {
    switch kind {
    case .uint8: return .uint8(try number(UInt8.self))
    case .int8: return .int8(try number(Int8.self))
    case .uint16: return .uint16(try number(UInt16.self))
    case .int16: return .int16(try number(Int16.self))
    case .uint32: return .uint32(try uint32())
    case .int32: return .int32(try number(Int32.self))
    case .uint64: return .uint64(try uint64())
    case .int64: return .int64(try number(Int64.self))
    case .float32: return .float32(try number(Float.self))
    case .float64: return .float64(try number(Double.self))
    case .string: return .string(try string())
    case .bool:
      let byte = try number(UInt8.self)
      guard byte <= 1 else { throw .invalidBool(key: key) }
      return .bool(byte == 1)
    case .array:
      guard depth < 4 else { throw .nestedTooDeep(key: key) }
      let element = try self.kind(key)
      let count = try count(of: "elements of '\(key)'", size: element.byteCount)
      var list: [GGUFValue] = []
      list.reserveCapacity(count)
      for _ in 0..<count { list.append(try value(element, key, depth: depth + 1)) }
      return .array(of: element, list)
    }
  }
}
