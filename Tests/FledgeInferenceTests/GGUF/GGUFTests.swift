import FledgeCore
import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// A file of `Tests/Golden`.
func goldenPath(_ name: String, file: String = #filePath) -> String {
  let tests = URL(fileURLWithPath: file).pathComponents.prefix { $0 != "FledgeInferenceTests" }
  return NSString.path(withComponents: tests + ["Golden", name])
}

@Suite struct GGUFTests {
  private let path = goldenPath("gguf.gguf")

  @Test func `Every kind of value is read as it was written`() throws {
    let metadata = try GGUFFile(path).metadata
    let expected: [(String, GGUFValue)] = [
      ("general.architecture", .string("test")), ("a.uint8", .uint8(200)), ("a.int8", .int8(-100)),
      ("a.uint16", .uint16(60000)), ("a.int16", .int16(-30000)),
      ("a.uint32", .uint32(4_000_000_000)), ("a.int32", .int32(-2_000_000_000)),
      ("a.uint64", .uint64(1 << 63 + 1)), ("a.int64", .int64(-(1 << 62))),
      ("a.float32", .float32(0.1)), ("a.float64", .float64(0.1)), ("a.bool", .bool(true)),
      ("a.string", .string("naïve 羽 🪶")),
      ("an.array", .array(of: .string, [.string(""), .string("Ġt"), .string("he")])),
      ("another.array", .array(of: .int32, [.int32(1), .int32(-2), .int32(3)])),
    ]
    #expect(metadata.keys == expected.map(\.0))
    for (key, value) in expected { #expect(metadata[key] == value, "\(key)") }
    #expect(try metadata.integer("a.int8") == -100)
    #expect(try metadata.number("a.float64") == 0.1)
    #expect(try metadata.text("a.string") == "naïve 羽 🪶")
    #expect(try metadata.texts("an.array") == ["", "Ġt", "he"])
    #expect(try metadata.integers("another.array") == [1, -2, 3])
  }

  @Test func `A value of no use is an error that names it`() throws {
    let metadata = try GGUFFile(path).metadata
    #expect(throws: GGUFError(.missingKey("b"))) { try metadata.integer("b") }
    #expect(throws: GGUFError(.unsuitableValue("a.uint64", needed: "an integer"))) {
      try metadata.integer("a.uint64")
    }
    #expect(throws: GGUFError(.unsuitableValue("a.bool", needed: "a text"))) {
      try metadata.text("a.bool")
    }
    #expect(throws: GGUFError(.unsuitableValue("another.array", needed: "a list of texts"))) {
      try metadata.texts("another.array")
    }
  }

  @Test func `Every type is dequantized to the bit as by Python's package`() throws {
    let (file, golden) = (try GGUFFile(path), try GoldenFile("gguf"))
    for type in GGUFTensorType.allCases {
      let expected = try golden["\(type)/values"]
      let found = try file.tensor(type.description)
      #expect(found.shape == expected.shape, "\(type)")
      let (a, b) = (found.cast(to: .float32).array(of: Float.self), expected.array(of: Float.self))
      #expect(a.map(\.bitPattern) == b.map(\.bitPattern), "\(type)")
      guard let blocks = try file.blocks(type.description) else { continue }
      #expect(
        blocks.dense.array(of: Float.self).map(\.bitPattern) == b.map(\.bitPattern), "\(type)")
    }
    #expect(try file.tensor("vector").shape == [50])
    #expect(try file.tensor("cube").shape == [2, 3, 4])
    #expect(throws: GGUFError(.missingTensor("none"), path: path)) { try file.tensor("none") }
  }

  @Test func `Numbers are quantized to the very bytes of Python's package`() throws {
    let golden = try GoldenFile("gguf")
    for format in BlockFormat.allCases {
      let matrix = BlockMatrix(quantizing: try golden["\(format.type)/source"], to: format)
      let expected = try golden["\(format.type)/bytes"].array(of: UInt8.self)
      #expect(matrix.bytes.array(of: UInt8.self) == expected, "\(format.type)")
    }
  }

  @Test func `A file written again has the same bytes`() throws {
    let file = try GGUFFile(path)
    try withTemporaryDirectory { directory in
      let copy = directory + "/copy.gguf"
      let written: Set<GGUFTensorType> = [.f32, .f16, .bf16, .q8_0, .q4_0, .q4_1]
      func parts(_ file: GGUFFile) throws -> [(name: String, value: StoredTensor)] {
        try file.tensors.filter { written.contains($0.type!) }.map { entry in
          let blocks = try file.blocks(entry.name)
          return (
            entry.name, try blocks.map(StoredTensor.blocks) ?? .dense(file.tensor(entry.name))
          )
        }
      }
      try GGUFFile.write(parts(file), metadata: file.metadata, to: copy)
      let again = try GGUFFile(copy)
      #expect(again.metadata == file.metadata)
      #expect(again.names == file.names.filter { !$0.hasPrefix("Q5") && !$0.hasSuffix("_K") })
      let second = directory + "/second.gguf"
      try GGUFFile.write(parts(again), metadata: again.metadata, to: second)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
      #expect(try Data(contentsOf: URL(fileURLWithPath: second)) == bytes)
      // The header and the first tensors are Python's: Q5_0 comes after them.
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      let start = try #require(file.entry("F32")).begin
      let end = try #require(file.entry("Q5_0")).begin
      let ours = try #require(again.entry("F32")).begin
      #expect(bytes[ours..<ours + end - start] == original[start..<end])
    }
  }

  @Test func `Tensors are the file's own pages`() throws {
    let file = try GGUFFile(path)
    let tensor = try file.tensor("F32")
    let blocks = try #require(try file.blocks("Q4_1"))
    #expect(tensor.storage.isReadOnly && blocks.bytes.storage.isReadOnly)
    var changed = tensor
    changed += 1
    #expect(changed.array() != tensor.array())
    let again = try file.tensor("F32")
    #expect(again.array() == tensor.array())
  }
}
