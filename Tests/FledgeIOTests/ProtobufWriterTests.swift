import FledgeIO
import Testing

/// The examples are those of protobuf.dev/programming-guides/encoding, where it has some.
@Suite struct ProtobufWriterTests {
  private func bytes(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var message = ProtobufWriter()
    write(&message)
    return message.bytes
  }

  @Test func `An integer is seven bits a byte, a negative one ten bytes`() {
    #expect(bytes { $0.integer(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.integer(1, 0) } == [0x08, 0x00])
    #expect(bytes { $0.integer(1, 127) } == [0x08, 0x7F])
    #expect(bytes { $0.integer(1, 128) } == [0x08, 0x80, 0x01])
    let ones = [UInt8](repeating: 0xFF, count: 8)
    #expect(bytes { $0.integer(1, -2) } == [0x08, 0xFE] + ones + [0x01])
    #expect(bytes { $0.integer(1, .max) } == [0x08] + ones + [0x7F])
    let nothing = [UInt8](repeating: 0x80, count: 9)
    #expect(bytes { $0.integer(1, .min) } == [0x08] + nothing + [0x01])
  }

  @Test func `Numbers of a fixed size are little-endian, whatever they are`() {
    #expect(bytes { $0.fixed32(1, 0x0102_0304) } == [0x0D, 4, 3, 2, 1])
    #expect(bytes { $0.fixed64(1, 0x0102_0304_0506_0708) } == [0x09, 8, 7, 6, 5, 4, 3, 2, 1])
    #expect(bytes { $0.float(2, 0.25) } == [0x15, 0, 0, 0x80, 0x3E])
    #expect(
      bytes { $0.float(2, Float(bitPattern: 0xFFC0_1234)) } == [0x15, 0x34, 0x12, 0xC0, 0xFF])
    #expect(bytes { $0.double(1, -.infinity) } == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0xFF])
  }

  @Test func `Zeros are written unless they are to be left out; minus zero always is`() {
    #expect(bytes { $0.double(1, 0) }.count == 9)
    #expect(
      bytes {
        $0.double(1, 0, omitsZero: true)
        $0.integer(2, 0, omitsZero: true)
      } == [])
    #expect(bytes { $0.double(1, -0.0, omitsZero: true) } == [0x09, 0, 0, 0, 0, 0, 0, 0, 0x80])
    #expect(bytes { $0.integer(2, 1, omitsZero: true) } == [0x10, 0x01])
  }

  @Test func `Text, bytes and messages follow their length`() {
    #expect(bytes { $0.string(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.string(2, "é") } == [0x12, 0x02, 0xC3, 0xA9])
    #expect(bytes { $0.string(2, "") } == [0x12, 0x00])
    #expect(bytes { $0.message(3) { $0.integer(1, 150) } } == [0x1A, 0x03, 0x08, 0x96, 0x01])
    #expect(bytes { $0.message(3) { _ in } } == [0x1A, 0x00])
    let long = [UInt8](repeating: 7, count: 300)
    #expect(bytes { $0.data(1, long) } == [0x0A, 0xAC, 0x02] + long)
    #expect(bytes { $0.data(1, long[298...]) } == [0x0A, 0x02, 7, 7])
  }

  @Test func `Packed values share one key; none at all are left out`() {
    #expect(
      bytes { $0.packed(6, [3, 270, 86942]) }
        == [0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05])
    #expect(bytes { $0.packed(1, [Float(0.25)]) } == [0x0A, 0x04, 0, 0, 0x80, 0x3E])
    #expect(bytes { $0.packed(1, [1.0]) } == [0x0A, 0x08, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes { $0.packed(1, [Int]()) } == [])
  }

  @Test func `Fields follow each other; their numbers go up to 2²⁹ − 1`() {
    #expect(
      bytes {
        $0.integer(16, 1)
        $0.integer(536_870_911, 1)
      } == [0x80, 0x01, 0x01, 0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x01])
  }

  @Test func `A field of no valid number is a mistake`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var message = ProtobufWriter()
      message.integer(0, 1)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("ProtobufWriter: fields are numbered from 1 to 2²⁹ − 1, not 0"))
  }
}
