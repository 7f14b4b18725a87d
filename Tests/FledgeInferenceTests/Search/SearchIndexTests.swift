import FledgeCore
import FledgeIO
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeInference

/// Token b mod 61 for a byte b.
private struct RemainderTokenizer: Tokenizer {
  let vocabularySize = 61
  func encode(_ text: String, _ options: EncodingOptions) -> [Int] {
    text.utf8.prefix(20).map { Int($0) % 61 }
  }
  func bytes(of token: Int, isFirst: Bool) -> [UInt8] { [] }
  func piece(of token: Int) -> String? { nil }
  func token(of piece: String) -> Int? { nil }
  func isSpecial(_ token: Int) -> Bool { false }
}

@Suite struct SearchIndexTests {
  private func encoder() throws -> SentenceEncoder {
    SentenceEncoder(
      try Bert.fromPretrained(goldenPath("pretrained/bert")), tokenizer: RemainderTokenizer())
  }

  @Test func `Paragraphs are passages, short ones together and long ones in parts`() {
    func texts(_ text: String) -> [String] {
      SearchIndex.passages(of: text, file: "f", most: 30).map { "\($0.line) \($0.text)" }
    }
    #expect(texts("") == [] && texts(" \n\n\t\n") == [])
    #expect(texts("a\r\nb\r\n") == ["1 a\nb"])
    // 10 characters are enough for a passage of its own.
    #expect(
      texts("\n\na short one\n\nanother\n\nand more") == ["3 a short one", "5 another\nand more"])
    #expect(
      texts("twenty characters on\nand twenty more here\nx")
        == ["1 twenty characters on", "2 and twenty more here\nx"])
  }

  @Test func `An index grows by what is new, and a file of it is the same index`() throws {
    try withTemporaryDirectory { directory in
      func write(_ text: String, _ name: String) throws {
        let path = "\(directory)/texts/\(name)"
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      }
      let (texts, path, encoder) = ("\(directory)/texts", "\(directory)/index", try encoder())
      try write("A feather.", "a.txt")
      try write("A stone.", "deep/b.md")
      try write("nothing", ".hidden/c.txt")
      try write("nothing", "d.swift")
      try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: texts + "/e.txt"))
      var index = SearchIndex(dimensions: 32)
      var changes = try index.update(directory: texts, encoder)
      #expect(changes == .init(read: 2, embedded: 2, removed: 0, skipped: ["e.txt"]))
      #expect(index.search("A stone.", encoder, count: 1)[0].passage.file == "deep/b.md")
      #expect(abs(index.search("A stone.", encoder)[0].similarity - 1) < 1e-5)
      try index.write(to: path)

      index = try SearchIndex(contentsOf: path, dimensions: 32)
      #expect(try index.update(directory: texts, encoder).read == 0)
      try write("A river, a sea.", "a.txt")
      try write("A cloud.", "f.txt")
      try FileManager.default.removeItem(atPath: texts + "/deep/b.md")
      changes = try index.update(directory: texts, encoder)
      #expect(changes == .init(read: 2, embedded: 2, removed: 1, skipped: ["e.txt"]))
      #expect(Set(index.passages.map(\.text)) == ["A river, a sea.", "A cloud."])
      for isExact in [true, false] {
        let found = index.search("A cloud.", encoder, isExact: isExact)
        #expect(found.map(\.passage.file) == ["f.txt", "a.txt"])
      }
    }
  }

  @Test func `What is no index is said to be none`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/index"
      #expect(throws: SearchIndexError.self) { try SearchIndex(contentsOf: path, dimensions: 32) }
      try SearchIndex(dimensions: 32).write(to: path)
      #expect(try SearchIndex(contentsOf: path, dimensions: 32).passages.isEmpty)
      #expect(throws: SearchIndexError.self) { try SearchIndex(contentsOf: path, dimensions: 8) }
      try Safetensors.write(["vectors": Tensor.ones([1, 32])], to: path)
      #expect(throws: SearchIndexError.self) { try SearchIndex(contentsOf: path, dimensions: 32) }
      try Data("text".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: SearchIndexError.self) { try SearchIndex(contentsOf: path, dimensions: 32) }
      var index = SearchIndex(dimensions: 32)
      #expect(throws: SearchIndexError.self) {
        try index.update(directory: directory + "/none", encoder())
      }
    }
  }
}
