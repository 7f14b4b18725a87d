import FledgeCore
import FledgeIO
import FledgeTestSupport
import Testing

/// Files that no program writes are refused with an error; a trap would end the tests.
@Suite struct FileMutationTests {
  private let names = ["a", "b.weight", "\"\\\u{1}", "張\u{301}", "", "long.name"]

  /// A tensor of any dtype and rank, of random bits.
  private func tensor(_ generator: Generator) -> Tensor {
    let dtype = DType.allCases[generator.integer(below: DType.allCases.count)]
    let shape = Shape((0..<generator.integer(below: 9)).map { _ in generator.integer(below: 4) })
    let tensor = Tensor(uninitialized: shape, dtype)
    let raw = UnsafeMutableRawBufferPointer(
      start: tensor.storage.pointer, count: tensor.byteCount)
    for i in raw.indices { raw[i] = UInt8(generator.integer(below: dtype == .bool ? 2 : 256)) }
    return tensor
  }

  private func file(_ generator: Generator) -> (
    tensors: [String: Tensor], metadata: [String: String]
  ) {
    var (tensors, metadata): ([String: Tensor], [String: String]) = ([:], [:])
    for name in names {
      if generator.integer(below: 2) == 0 { tensors[name] = tensor(generator) }
      if generator.integer(below: 2) == 0 { metadata[name] = names.joined(separator: "\n") }
    }
    return (tensors, metadata)
  }

  @Test func `What is written is read back, whatever it is`() throws {
    let generator = Generator(seed: 1)
    for _ in 0..<60 {
      let (tensors, metadata) = file(generator)
      let bytes = try Safetensors.bytes(of: tensors, metadata: metadata)
      let read = try Safetensors.read(bytes: bytes)
      #expect(read.metadata == metadata)
      #expect(Set(read.names) == Set(tensors.keys))
      for (name, tensor) in tensors {
        #expect(read.tensors[name]?.shape == tensor.shape)
        #expect(read.tensors[name]?.dtype == tensor.dtype)
      }
      #expect(try Safetensors.bytes(of: read.tensors, metadata: read.metadata) == bytes)
    }
  }

  @Test func `A file that ends anywhere too early is refused`() throws {
    let bytes = try Safetensors.bytes(
      of: ["a": Tensor([1, 2, 3]), "b": Tensor([Int8(1)])], metadata: ["format": "pt"])
    for count in bytes.indices {
      #expect(throws: SafetensorsError.self) {
        try Safetensors.read(bytes: Array(bytes[..<count]))
      }
    }
  }

  @Test func `Changed bytes are read or refused`() throws {
    let generator = Generator(seed: 2)
    let characters = Array("{}[]:,\"\\-+.eEu0123456789 \u{0}ntf".utf8) + [0x80, 0xC3, 0xFF]
    for _ in 0..<40 {
      let (tensors, metadata) = file(generator)
      let bytes = try Safetensors.bytes(of: tensors, metadata: metadata)
      for _ in 0..<30 {
        var changed = bytes
        for _ in 0...generator.integer(below: 3) {
          let place = generator.integer(below: changed.count)
          changed[place] = characters[generator.integer(below: characters.count)]
        }
        _ = try? Safetensors.read(bytes: changed)
      }
    }
  }

  @Test func `Numbers that no header has are refused`() {
    let numbers = [
      "-1", "1e3", "0.5", "null", "\"1\"", "18446744073709551616", "9223372036854775807",
      "18446744073709551615", "4611686018427387904",
    ]
    for number in numbers {
      for header in [
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[\(number)],\"data_offsets\":[0,4]}}",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,\(number)]}}",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(number),4]}}",
      ] {
        #expect(throws: SafetensorsError.self) {
          try Safetensors.read(bytes: safetensors(header, data: 4))
        }
      }
    }
  }

  @Test func `A tensor of nine axes is an error only where it is asked for`() throws {
    let header =
      "{\"nine\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]},"
      + "\"one\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
    let bytes = safetensors(header, data: 8)
    let file = try Safetensors.read(bytes: bytes) { $0 == "one" }
    #expect(file.tensors["one"]?.shape == [1])
    let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(bytes: bytes) }
    #expect(error?.fault == .tooManyAxes(tensor: "nine", count: 9))
    try withTemporaryDirectory { directory in
      let path = directory + "/nine.safetensors"
      try AtomicFile.write(bytes, to: path)
      #expect(try Safetensors.map(path) { $0 == "one" }.names == ["one"])
      let mapped = #expect(throws: SafetensorsError.self) { try Safetensors.map(path) }
      #expect(mapped?.fault == error?.fault)
    }
  }
}
