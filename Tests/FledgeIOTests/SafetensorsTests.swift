import FledgeCore
import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

/// Written by the reference implementation; the script that made it stands beside it.
private let goldenPath = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../Golden/safetensors_reference.safetensors").path

private func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// A contiguous tensor of the given values.
private func tensor<S: TensorScalar>(_ shape: Shape, _ values: [S]) -> Tensor {
  Tensor(shape: shape, writing: S.self) { _ = $0.update(fromContentsOf: values) }
}

@Suite struct SafetensorsTests {
  @Test func `A file of the reference implementation is read`() throws {
    let file = try Safetensors.read(goldenPath)
    #expect(file.metadata == ["note": "a \"quoted\" line\n"])
    let tensors = file.tensors
    #expect(tensors.count == 12)
    #expect(tensors["float32"]?.shape == [2, 3])
    #expect(tensors["float32"]?.array() == [0, 1.5, -2, 3.25, -0.0, .infinity])
    #expect(tensors["float64"]?.array(of: Double.self) == [1e300, -0.1])
    #expect(tensors["float16"]?.dtype == .float16)
    #expect(tensors["float16"]?.array() == [1, -0.5, 65504])
    #expect(tensors["bfloat16"]?.dtype == .bfloat16)
    #expect(tensors["bfloat16"]?.array() == [1, -2])
    #expect(tensors["int8"]?.array(of: Int8.self) == [-128, 0, 127])
    #expect(tensors["uint8"]?.array(of: UInt8.self) == [0, 128, 255])
    #expect(tensors["int32"]?.array(of: Int32.self) == [.min, .max])
    #expect(tensors["int64"]?.shape == [2, 1])
    #expect(tensors["int64"]?.array(of: Int64.self) == [.min, .max])
    #expect(tensors["bool"]?.array(of: Bool.self) == [true, false, true])
    #expect(tensors["scalar"]?.shape == [])
    #expect(tensors["scalar"]?.array() == [7])
    #expect(tensors["empty"]?.shape == [0, 4])
    #expect(tensors["quote \" back \\ slash / tab \t bell \u{7} é 張"]?.array() == [1])
  }

  @Test func `Reading and writing gives the bytes of the reference implementation`() throws {
    let golden = try bytes(of: goldenPath)
    let file = try Safetensors.read(goldenPath)
    #expect(try Safetensors.bytes(of: file.tensors, metadata: file.metadata) == golden)
    try withTemporaryDirectory { directory in
      let path = directory + "/copy.safetensors"
      try Safetensors.write(file.tensors, metadata: file.metadata, to: path)
      #expect(try bytes(of: path) == golden)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 1)
    }
  }

  @Test func `Every dtype comes back bit by bit`() throws {
    var tensors: [String: Tensor] = [:]
    for dtype in DType.allCases {
      let tensor = Tensor(uninitialized: [2, 3], dtype)
      let raw = UnsafeMutableRawBufferPointer(
        start: tensor.storage.pointer, count: tensor.byteCount)
      for i in raw.indices { raw[i] = dtype == .bool ? UInt8(i % 2) : UInt8(i * 37 % 256) }
      tensors["\(dtype)"] = tensor
    }
    let written = try Safetensors.bytes(of: tensors)
    let file = try Safetensors.read(bytes: written)
    #expect(Set(file.names) == Set(tensors.keys))
    for (name, tensor) in tensors {
      let copy = try #require(file.tensors[name])
      #expect(copy.dtype == tensor.dtype && copy.shape == tensor.shape)
      #expect(memcmp(copy.storage.pointer, tensor.storage.pointer, tensor.byteCount) == 0)
    }
    #expect(try Safetensors.bytes(of: file.tensors) == written)
  }

  @Test func `Views are written as what they show`() throws {
    let whole = tensor([2, 3], [1, 2, 3, 4, 5, 6] as [Float])
    let transposed = whole.view(whole.layout.permuted([1, 0]))
    let lastRow = whole.view(whole.layout.sliced(axis: 0, start: 1, step: 1, count: 1))
    let file = try Safetensors.read(
      bytes: try Safetensors.bytes(of: ["transposed": transposed, "lastRow": lastRow]))
    #expect(file.tensors["transposed"]?.shape == [3, 2])
    #expect(file.tensors["transposed"]?.array() == [1, 4, 2, 5, 3, 6])
    #expect(file.tensors["lastRow"]?.array() == [4, 5, 6])
  }

  @Test func `The header is padded with spaces and wide elements come first`() throws {
    let bytes = try Safetensors.bytes(
      of: [
        "b": tensor([1], [1] as [Float]), "a": tensor([1], [1] as [Float]),
        "c": tensor([1], [true]), "d": tensor([1], [1] as [Double]),
      ])
    let length = Int(bytes[0])
    #expect(length % 8 == 0)
    let entries =
      "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
      + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
      + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
      + "\"c\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[16,17]}}"
    let header = String(decoding: bytes[8..<bytes.count - 17], as: UTF8.self)
    #expect(
      header == entries + String(repeating: " ", count: header.utf8.count - entries.utf8.count))
    #expect(header.utf8.count - entries.utf8.count < 8)
  }

  @Test func `A dtype that Fledge lacks is named, unless it is left out`() throws {
    for dtype in SafetensorsDType.allCases where dtype.dtype == nil {
      // 8 elements take whole bytes also where they are packed.
      let end = dtype.bitCount
      let header =
        "{\"odd\":{\"dtype\":\"\(dtype.rawValue)\",\"shape\":[8],\"data_offsets\":[0,\(end)]},"
        + "\"even\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(end),\(end + 4)]}}"
      let bytes = safetensors(header, data: end + 4)
      let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(bytes: bytes) }
      #expect(error?.fault == .unsupportedDType(tensor: "odd", dtype: dtype))
      let file = try Safetensors.read(bytes: bytes) { $0 != "odd" }
      #expect(file.names == ["even"])
      #expect(file.tensors["even"]?.array() == [0])
    }
  }

  @Test func `The name of the metadata is no name for a tensor`() throws {
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors.bytes(of: ["__metadata__": tensor([1], [1] as [Float])])
    }
    #expect(error?.fault == .reservedName)
  }

  @Test func `Errors name the file, the fault and the remedy`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/model.safetensors"
      let missing = #expect(throws: SafetensorsError.self) { try Safetensors.read(path) }
      #expect(missing?.fault == .file(FileSystemError(.read, path, code: ENOENT)))
      #expect(missing?.description == "cannot read '\(path)': there is no such file")

      let folder = #expect(throws: SafetensorsError.self) { try Safetensors.read(directory) }
      #expect(folder?.fault == .file(FileSystemError(.read, directory, code: EISDIR)))

      try AtomicFile.write(Array(safetensors("{}", data: 1)), to: path)
      let long = #expect(throws: SafetensorsError.self) { try Safetensors.read(path) }
      #expect(
        long?.description == "'\(path)' is too long: its tensors end at byte 0 of the data, "
          + "which has 1; download or export it again")

      let lost = #expect(throws: SafetensorsError.self) {
        try Safetensors.write([:], to: directory + "/no/model.safetensors")
      }
      #expect(
        lost?.fault
          == .file(FileSystemError(.write, directory + "/no/model.safetensors", code: ENOENT)))
    }
  }
}
