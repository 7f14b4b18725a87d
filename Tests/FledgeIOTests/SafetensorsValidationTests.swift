import FledgeCore
import FledgeIO
import Testing

/// A file of the given header, with zeros for data.
func safetensors(_ header: String, data byteCount: Int = 0) -> [UInt8] {
  safetensors(Array(header.utf8), data: [UInt8](repeating: 0, count: byteCount))
}

func safetensors(_ header: [UInt8], data: [UInt8]) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + data
}

/// The fault that reading finds; nil where it finds none.
private func fault(_ bytes: [UInt8]) -> SafetensorsError.Fault? {
  do throws(SafetensorsError) {
    _ = try Safetensors.read(bytes: bytes)
    return nil
  } catch {
    return error.fault
  }
}

/// The header of one tensor.
private func one(
  dtype: String = "\"F32\"", shape: String = "[1]", offsets: String = "[0,4]"
) -> String {
  "{\"x\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
}

@Suite struct SafetensorsValidationTests {
  @Test(arguments: 0..<8)
  func `A file shorter than the length of its header is HeaderTooSmall`(count: Int) {
    #expect(
      fault([UInt8](repeating: 0, count: count)) == .headerTooSmall(byteCount: count))
  }

  @Test func `A header of more than 100,000,000 bytes is HeaderTooLarge`() {
    #expect(fault([0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0]) == .headerTooLarge(length: 100_000_001))
    #expect(fault([UInt8](repeating: 0xff, count: 8)) == .headerTooLarge(length: .max))
    // One byte less is only cut short.
    #expect(
      fault([0x00, 0xe1, 0xf5, 0x05, 0, 0, 0, 0])
        == .invalidHeaderLength(length: 100_000_000, byteCount: 8))
  }

  @Test func `A header that ends behind the file is InvalidHeaderLength`() {
    #expect(
      fault(safetensors("{}").dropLast()) == .invalidHeaderLength(length: 2, byteCount: 9))
  }

  @Test func `A header that is not UTF-8 is InvalidHeader`() {
    #expect(fault(safetensors([0x7b, 0xff, 0x7d], data: [])) == .invalidHeader)
    // A surrogate, and a slash in more bytes than it needs.
    #expect(fault(safetensors([0xed, 0xa0, 0x80], data: [])) == .invalidHeader)
    #expect(fault(safetensors([0xc0, 0xaf], data: [])) == .invalidHeader)
  }

  @Test(arguments: [
    ("no JSON at all", "", 0),
    ("bad JSON", "{\"x\":}", 0),
    ("a comma too many", "{\"__metadata__\":{},}", 0),
    ("no end", "{", 0),
    ("a string without an end", "{\"x", 0),
    ("a control character in a name", "{\"\u{1}\":{}}", 0),
    ("an unknown escape", "{\"\\x\":{}}", 0),
    ("half a surrogate pair", "{\"\\ud800\":{}}", 0),
    ("a byte order mark", "\u{feff}{}", 0),
    ("an array", "[]", 0),
    ("trailing garbage", "{}x", 0),
    ("a second object", "{} {}", 0),
    ("a zero byte as padding", "{}\0", 0),
    ("an unknown dtype", one(dtype: "\"F99\""), 4),
    ("a lower-case dtype", one(dtype: "\"f32\""), 4),
    ("a dtype that is no string", one(dtype: "32"), 4),
    ("no dtype", "{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4),
    ("no shape", "{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4),
    ("no data_offsets", "{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4),
    ("two shapes", one(shape: "[1],\"shape\":[1]"), 4),
    ("two dtypes", one(dtype: "\"F32\",\"dtype\":\"F32\""), 4),
    ("two data_offsets", one(offsets: "[0,4],\"data_offsets\":[0,4]"), 4),
    ("a negative dimension", one(shape: "[-1]"), 4),
    ("a minus zero", one(shape: "[-0]", offsets: "[0,0]"), 0),
    ("a dimension with a point", one(shape: "[1.0]"), 4),
    ("a dimension with an exponent", one(shape: "[1e0]"), 4),
    ("a dimension with a leading zero", one(shape: "[01]"), 4),
    ("a dimension of 2⁶⁴", one(shape: "[18446744073709551616]"), 4),
    ("a shape that is a number", one(shape: "1"), 4),
    ("one offset", one(offsets: "[0]"), 4),
    ("three offsets", one(offsets: "[0,4,8]"), 4),
    ("a negative offset", one(offsets: "[-4,0]"), 4),
    ("a tensor that is no object", "{\"x\":4}", 0),
    ("metadata that is no string", "{\"__metadata__\":{\"a\":1}}", 0),
    ("metadata that is no object", "{\"__metadata__\":\"a\"}", 0),
    ("two __metadata__", "{\"__metadata__\":{},\"__metadata__\":{}}", 0),
    ("values nested too deep", "{\"x\":{\"y\":" + String(repeating: "[", count: 100_000), 0),
  ])
  func `A header that is not the JSON of the format is InvalidHeaderDeserialization`(
    what: String, header: String, data: Int
  ) {
    guard case .invalidHeaderDeserialization? = fault(safetensors(header, data: data)) else {
      Issue.record("\(what): \(String(describing: fault(safetensors(header, data: data))))")
      return
    }
  }

  @Test(arguments: [
    ("a gap", 0, 4, 8, 12, "b"),
    ("an overlap", 0, 4, 2, 6, "b"),
    ("the same bytes twice", 0, 4, 0, 4, "b"),
    ("a start that is not 0", 4, 8, 8, 12, "a"),
    ("an end before the begin", 0, 4, 4, 0, "b"),
  ])
  func `Tensors that do not follow each other are InvalidOffset`(
    what: String, begin: Int, end: Int, nextBegin: Int, nextEnd: Int, culprit: String
  ) {
    let header =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(begin),\(end)]},"
      + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(nextBegin),\(nextEnd)]}}"
    #expect(fault(safetensors(header, data: 12)) == .invalidOffset(tensor: culprit), "\(what)")
  }

  @Test func `A length that does not fit shape and dtype is TensorInvalidInfo`() {
    #expect(
      fault(safetensors(one(shape: "[2]"), data: 4)) == .tensorInvalidInfo(tensor: "x"))
    #expect(
      fault(safetensors(one(dtype: "\"F64\""), data: 4)) == .tensorInvalidInfo(tensor: "x"))
    #expect(
      fault(safetensors(one(offsets: "[0,18446744073709551615]"), data: 4))
        == .tensorInvalidInfo(tensor: "x"))
  }

  @Test func `Packed elements that end inside a byte are MisalignedSlice`() {
    #expect(
      fault(safetensors(one(dtype: "\"F4\"", shape: "[3]", offsets: "[0,2]"), data: 2))
        == .misalignedSlice(tensor: "x"))
  }

  @Test(arguments: [
    "[4294967296,4294967296]",  // 2⁶⁴ elements
    "[9223372036854775807]",  // 2⁶³ - 1 elements, 2⁶⁵ bytes
    "[18446744073709551615]",
    "[0,9223372036854775807,2]",  // No elements, and strides that overflow
  ])
  func `More elements than can be counted are ValidationOverflow`(shape: String) {
    let header = one(shape: shape, offsets: "[0,0]")
    #expect(fault(safetensors(header)) == .validationOverflow(tensor: "x"))
  }

  @Test func `Data that ends before or behind the file is MetadataIncompleteBuffer`() {
    for count in [0, 3, 5] {
      #expect(
        fault(safetensors(one(), data: count))
          == .metadataIncompleteBuffer(expected: 4, byteCount: count))
    }
    #expect(
      fault(safetensors("{}", data: 1)) == .metadataIncompleteBuffer(expected: 0, byteCount: 1))
  }

  @Test func `Two names that are one text are refused`() {
    let header =
      "{\"\u{e9}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
      + "\"e\u{301}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
    #expect(fault(safetensors(header, data: 8)) == .equivalentNames(tensor: "e\u{301}"))
  }

  @Test func `No damaged file traps`() {
    var state: UInt64 = 1
    let valid = safetensors("{\"__metadata__\":{\"a\":\"b\"}," + one().dropFirst(), data: 4)
    #expect(fault(valid) == nil)
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[8 + Int(state >> 33) % (bytes.count - 8)] = UInt8(truncatingIfNeeded: state >> 20)
      }
      _ = fault(bytes)
    }
  }
}

@Suite struct SafetensorsAcceptanceTests {
  @Test(arguments: [
    ("leading white space", " \n\t\r" + one()),
    ("trailing white space", one() + "\n  "),
    (
      "unknown fields",
      "{\"x\":{\"dtype\":\"F32\",\"y\":[{\"z\":[-1.5e3,true,false,null,\"\"]}],"
        + "\"shape\":[1],\"data_offsets\":[0,4]}}"
    ),
    ("no metadata by null", "{\"__metadata__\":null," + one().dropFirst()),
    (
      "the fields in another order",
      "{\"x\":{\"data_offsets\":[0,4],\"shape\":[1],\"dtype\":\"F32\"}}"
    ),
    ("an escaped name", "{\"\\u0078\":{" + one().dropFirst(6)),
    ("a length that is no multiple of 8", one() + " "),
    ("the same length plus one", one() + "  "),
  ])
  func `What the reference implementation accepts is accepted`(
    what: String, header: String
  ) throws {
    let file = try Safetensors.read(
      bytes: safetensors(Array(header.utf8), data: [0, 0, 0x80, 0x3f]))
    #expect(file.names == ["x"], "\(what)")
    #expect(file.tensors["x"]?.array() == [1], "\(what)")
    #expect(file.metadata.isEmpty, "\(what)")
  }

  @Test func `Of two tensors with one name the later counts`() throws {
    let header =
      "{\"x\":{\"dtype\":\"F64\",\"shape\":[9],\"data_offsets\":[8,9]}," + one().dropFirst()
    let file = try Safetensors.read(bytes: safetensors(header, data: 4))
    #expect(file.names == ["x"])
    #expect(file.tensors["x"]?.shape == [1])
  }

  @Test func `A file may be empty`() throws {
    for header in ["{}", "{\"__metadata__\":{}}"] {
      let file = try Safetensors.read(bytes: safetensors(header))
      #expect(file.tensors.isEmpty && file.names.isEmpty && file.metadata.isEmpty)
    }
  }

  @Test func `Scalars, empty tensors and an empty name are accepted`() throws {
    let header =
      "{\"\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
      + "\"none\":{\"dtype\":\"F64\",\"shape\":[3,0,2],\"data_offsets\":[4,4]},"
      + "\"first\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[0,0]}}"
    let file = try Safetensors.read(bytes: safetensors(Array(header.utf8), data: [0, 0, 0, 0x40]))
    #expect(file.names == ["first", "", "none"])
    #expect(file.tensors[""]?.shape == [])
    #expect(file.tensors[""]?.array() == [2])
    #expect(file.tensors["none"]?.shape == [3, 0, 2])
    #expect(file.tensors["none"]?.dtype == .float64)
  }

  @Test func `Floats at odd addresses are read`() throws {
    let header =
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
      + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}"
    let file = try Safetensors.read(
      bytes: safetensors(Array(header.utf8), data: [7, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]))
    #expect(file.tensors["a"]?.array() == [7])
    #expect(file.tensors["b"]?.array() == [1, -2])
  }

  @Test func `A character outside the basic plane may be written as two escapes`() throws {
    let header = "{\"__metadata__\":{\"\\ud83d\\ude00\":\"\\b\\f\\n\\r\\t\\/\\\\\\\"\"}}"
    let file = try Safetensors.read(bytes: safetensors(header))
    #expect(file.metadata == ["😀": "\u{8}\u{c}\n\r\t/\\\""])
  }

  @Test func `Bytes of a Boolean other than 0 are true`() throws {
    let header = one(dtype: "\"BOOL\"", shape: "[4]")
    let file = try Safetensors.read(bytes: safetensors(Array(header.utf8), data: [0, 1, 2, 255]))
    #expect(file.tensors["x"]?.array(of: Bool.self) == [false, true, true, true])
  }
}
