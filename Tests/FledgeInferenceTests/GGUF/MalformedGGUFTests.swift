import FledgeCore
import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// A small GGUF file, whose parts tests spoil one at a time.
private struct Draft {
  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  var keys: [[UInt8]] = []
  var tensors: [[UInt8]] = []
  var data = [UInt8](repeating: 0, count: 64)

  static func string(_ text: String) -> [UInt8] {
    littleEndian(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  static func key(_ name: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
    string(name) + littleEndian(type) + value
  }

  static func tensor(
    _ name: String, _ sizes: [UInt64], type: UInt32 = 0, at begin: UInt64 = 0
  ) -> [UInt8] {
    string(name) + littleEndian(UInt32(sizes.count)) + sizes.flatMap { littleEndian($0) }
      + littleEndian(type) + littleEndian(begin)
  }

  var bytes: [UInt8] {
    var result = magic + littleEndian(version)
    result += littleEndian(tensorCount ?? UInt64(tensors.count))
    result += littleEndian(keyCount ?? UInt64(keys.count)) + keys.joined() + tensors.joined()
    result += [UInt8](repeating: 0, count: (32 - result.count % 32) % 32)
    return result + data
  }

  func fault() -> GGUFError.Fault? {
    do throws(GGUFError) {
      _ = try GGUFFile(bytes: bytes)
      return nil
    } catch {
      return error.fault
    }
  }
}

@Suite struct MalformedGGUFTests {
  @Test func `Each fault of the header is an error of its own`() {
    typealias Case = (GGUFError.Fault?, (inout Draft) -> Void)
    let huge: UInt64 = 1 << 60
    let cases: [Case] = [
      (nil, { $0.tensors = [Draft.tensor("a", [16])] }),
      (.notGGUF, { $0.magic = Array("GGML".utf8) }),
      (.notGGUF, { $0.magic = Array("FUGG".utf8) }),
      (.unsupportedVersion(2), { $0.version = 2 }),
      // The same number from a big-endian machine.
      (.unsupportedVersion(0x0300_0000), { $0.version = 0x0300_0000 }),
      (.impossibleCount(huge, of: "tensors"), { $0.tensorCount = huge }),
      (.impossibleCount(.max, of: "keys"), { $0.keyCount = .max }),
      (
        .duplicate("k"),
        { $0.keys = [Draft.key("k", 0, [1]), Draft.key("k", 0, [1])] }
      ),
      (.unknownValueType(13, key: "k"), { $0.keys = [Draft.key("k", 13, [0])] }),
      (.invalidBool(key: "k"), { $0.keys = [Draft.key("k", 7, [2])] }),
      (
        .invalidText(at: 45),
        { $0.keys = [Draft.key("k", 8, littleEndian(UInt64(2)) + [0xC3, 0x28])] }
      ),
      (
        .impossibleCount(huge, of: "bytes of text"),
        { $0.keys = [Draft.key("k", 8, littleEndian(huge))] }
      ),
      (
        .impossibleCount(huge, of: "elements of 'k'"),
        { $0.keys = [Draft.key("k", 9, littleEndian(UInt32(10)) + littleEndian(huge))] }
      ),
      (
        .nestedTooDeep(key: "k"),
        { draft in
          let list = littleEndian(UInt32(9)) + littleEndian(UInt64(1))
          draft.keys = [Draft.key("k", 9, [[UInt8]](repeating: list, count: 6).flatMap(\.self))]
        }
      ),
      (
        .invalidAlignment(12),
        { $0.keys = [Draft.key("general.alignment", 4, littleEndian(UInt32(12)))] }
      ),
      (
        .invalidAlignment(0),
        { $0.keys = [Draft.key("general.alignment", 8, Draft.string("32"))] }
      ),
      (.invalidShape(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1, 1, 1, 1, 1])] }),
      (.invalidShape(tensor: "a"), { $0.tensors = [Draft.tensor("a", [0])] }),
      (.invalidShape(tensor: "a"), { $0.tensors = [Draft.tensor("a", [.max])] }),
      (.invalidShape(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1 << 32, 1 << 32])] }),
      (.brokenBlocks(tensor: "a"), { $0.tensors = [Draft.tensor("a", [48], type: 2)] }),
      (.brokenBlocks(tensor: "a"), { $0.tensors = [Draft.tensor("a", [32], type: 12)] }),
      (.invalidPlace(tensor: "a"), { $0.tensors = [Draft.tensor("a", [17])] }),
      (.invalidPlace(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1], at: 4)] }),
      (.invalidPlace(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1], at: 64)] }),
      (.invalidPlace(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1], at: 1 << 62)] }),
      (.invalidPlace(tensor: "a"), { $0.tensors = [Draft.tensor("a", [1], at: .max)] }),
      (
        .duplicate("a"),
        { $0.tensors = [Draft.tensor("a", [1]), Draft.tensor("a", [1], at: 32)] }
      ),
    ]
    for (i, (fault, spoil)) in cases.enumerated() {
      var draft = Draft()
      spoil(&draft)
      #expect(draft.fault() == fault, "case \(i)")
    }
  }

  @Test func `A type that is not read is an error only where it is asked for`() throws {
    var draft = Draft()
    draft.tensors = [Draft.tensor("a", [256], type: 10), Draft.tensor("b", [4], at: 32)]
    let file = try GGUFFile(bytes: draft.bytes)
    #expect(try file.tensor("b").array() == [0, 0, 0, 0])
    let error = #expect(throws: GGUFError.self) { try file.tensor("a") }
    #expect(error?.fault == .unsupportedType(tensor: "a", type: 10))
    #expect(error?.description.contains("Q4_K") == true)
  }

  @Test func `A file that ends anywhere too early is refused`() throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: goldenPath("gguf.gguf"))))
    let last = try #require(try GGUFFile(bytes: bytes).tensors.last)
    let end = last.begin + last.byteCount!
    for count in Array(stride(from: 0, to: end, by: 7)) + [end - 1] {
      #expect(throws: GGUFError.self) { try GGUFFile(bytes: Array(bytes[..<count])) }
    }
    #expect(try GGUFFile(bytes: Array(bytes[..<end])).tensors.count == 12)
  }

  @Test func `Changed bytes are read or refused, and nothing traps`() throws {
    let original = Array(try Data(contentsOf: URL(fileURLWithPath: goldenPath("gguf.gguf"))))
    let header = try #require(try GGUFFile(bytes: original).tensors.first).begin
    let generator = Generator(seed: 3)
    var (read, refused) = (0, 0)
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0...generator.integer(below: 3) {
        let place = generator.integer(below: header)
        bytes[place] =
          [0, 0xff, 0x80, 1, bytes[place] ^ 1 << UInt8(generator.integer(below: 8))][
            generator.integer(below: 5)]
      }
      guard let file = try? GGUFFile(bytes: bytes) else {
        refused += 1
        continue
      }
      for name in file.names.prefix(3) where (try? file.tensor(name)) != nil { read += 1 }
    }
    #expect(read > 100 && refused > 100)
  }

  @Test func `A path that is no file is an error that says so`() throws {
    try withTemporaryDirectory { directory in
      #expect(throws: GGUFError.self) { try GGUFFile(directory) }
      let missing = #expect(throws: GGUFError.self) { try GGUFFile(directory + "/none.gguf") }
      #expect(missing?.description == "cannot read '\(directory)/none.gguf': there is no such file")
      try AtomicFile.write([], to: directory + "/empty.gguf")
      let empty = #expect(throws: GGUFError.self) { try GGUFFile(directory + "/empty.gguf") }
      #expect(empty?.fault == .notGGUF)
    }
  }

  @Test func `Every message is one sentence that names the file and the remedy`() {
    let faults: [GGUFError.Fault] = [
      .notGGUF, .unsupportedVersion(1), .cutShort(at: 5), .impossibleCount(9, of: "keys"),
      .invalidText(at: 3), .unknownValueType(99, key: "k"), .invalidBool(key: "k"),
      .nestedTooDeep(key: "k"), .duplicate("k"), .invalidAlignment(3), .invalidShape(tensor: "t"),
      .brokenBlocks(tensor: "t"), .invalidPlace(tensor: "t"),
      .unsupportedType(tensor: "t", type: 10), .missingTensor("t"),
      .wrongShape(tensor: "t", expected: [1], found: [2]), .missingKey("k"),
      .unsuitableValue("k", needed: "an integer"),
    ]
    for fault in faults {
      let text = "\(GGUFError(fault, path: "m.gguf"))"
      #expect(text.hasPrefix("'m.gguf'"), "\(text)")
      #expect(text.contains(";"), "\(text)")
    }
  }
}
