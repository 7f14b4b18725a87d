import FledgeCore

/// Writes a protocol-buffer message, field by field (protobuf.dev/programming-guides/encoding).
///
/// ```swift
/// var graph = ProtobufWriter()
/// graph.string(2, "classifier")       // string name = 2
/// graph.message(5) {                  // repeated TensorProto initializer = 5
///   $0.packed(1, [784, 10])           // repeated int64 dims = 1 [packed = true]
///   $0.integer(2, 1)                  // int32 data_type = 2
/// }
/// ```
///
/// Every given value is written, even a zero: in an `optional` field or a `oneof` it says that the
/// field is present. Other proto3 numbers are left out if they are zero; `omitsZero` does that.
package struct ProtobufWriter {
  /// The message so far.
  package private(set) var bytes: [UInt8] = []

  /// An empty message.
  package init() {}

  /// How a value is written; its number is a part of the field's key.
  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    require(
      (1..<1 << 29).contains(field), "ProtobufWriter",
      "fields are numbered from 1 to 2²⁹ − 1, not \(field)")
    bytes += Self.varint(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that another byte follows.
  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func varint(_ value: Int) -> [UInt8] {
    varint(UInt64(bitPattern: Int64(value)))
  }

  // MARK: Numbers

  /// `int32`, `int64`, `uint32`, `bool` or an enumeration; negative ones take ten bytes.
  package mutating func integer(_ field: Int, _ value: Int, omitsZero: Bool = false) {
    if value == 0 && omitsZero { return }
    key(field, .varint)
    bytes += Self.varint(value)
  }

  /// `fixed32`
  package mutating func fixed32(_ field: Int, _ value: UInt32) {
    key(field, .fixed32)
    bytes += littleEndian(value)
  }

  /// `fixed64`
  package mutating func fixed64(_ field: Int, _ value: UInt64) {
    key(field, .fixed64)
    bytes += littleEndian(value)
  }

  /// `float`
  package mutating func float(_ field: Int, _ value: Float) {
    fixed32(field, value.bitPattern)
  }

  /// `double`; −0 is not zero.
  package mutating func double(_ field: Int, _ value: Double, omitsZero: Bool = false) {
    if value.bitPattern == 0 && omitsZero { return }
    fixed64(field, value.bitPattern)
  }

  // MARK: What has a length

  /// `bytes`
  package mutating func data(_ field: Int, _ data: some Collection<UInt8>) {
    key(field, .lengthDelimited)
    bytes += Self.varint(data.count)
    bytes += data
  }

  /// `string`
  package mutating func string(_ field: Int, _ text: String) { data(field, text.utf8) }

  /// A message within this one.
  package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    data(field, inner.bytes)
  }

  /// A repeated integer field, packed; nothing where there are no values.
  package mutating func packed(_ field: Int, _ values: [Int]) {
    packed(field, values, Self.varint)
  }

  /// A repeated `float` field, packed.
  package mutating func packed(_ field: Int, _ values: [Float]) {
    packed(field, values) { littleEndian($0.bitPattern) }
  }

  /// A repeated `double` field, packed.
  package mutating func packed(_ field: Int, _ values: [Double]) {
    packed(field, values) { littleEndian($0.bitPattern) }
  }

  private mutating func packed<Value>(
    _ field: Int, _ values: [Value], _ bytes: (Value) -> [UInt8]
  ) {
    if !values.isEmpty { data(field, values.flatMap(bytes)) }
  }
}
