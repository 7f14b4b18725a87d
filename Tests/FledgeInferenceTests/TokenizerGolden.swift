import FledgeInference
import Foundation
import Testing

/// What the package `tokenizers` makes of the strings of `Tests/Golden/tokenizers`; the script
/// `make_tokenizers_golden.py` beside it describes the files.
enum TokenizerGolden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/tokenizers")

  static func path(_ file: String) -> String { folder.appending(path: file).path }

  /// The tokenizers that are committed.
  static let names = [
    "gpt2-small", "gpt2-prefix", "smollm-small", "llama3-small", "qwen2-small", "bert-small",
    "bert-cased-small", "unigram-small", "unigram-bytes-small", "llama2-small", "gemma-small",
    "metaspace-small",
  ]

  static func strings() throws -> [String] {
    try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: folder.appending(path: "corpus.json")))
  }

  /// The tokens of each string: as ordinary text, and with special tokens recognized and added.
  static func tokens(_ name: String) throws -> (ordinary: [[Int]], special: [[Int]]) {
    var lists: [[Int]] = []
    var numbers = varints(try Data(contentsOf: folder.appending(path: "\(name).tokens")))[...]
    while let count = numbers.popFirst() {
      lists.append(Array(numbers.prefix(count)))
      numbers = numbers.dropFirst(count)
    }
    return (Array(lists.prefix(lists.count / 2)), Array(lists.suffix(lists.count / 2)))
  }

  private static func varints(_ data: Data) -> [Int] {
    var numbers: [Int] = []
    var (number, shift) = (0, 0)
    for byte in data {
      number |= Int(byte & 0x7F) << shift
      shift += 7
      if byte < 0x80 {
        numbers.append(number)
        (number, shift) = (0, 0)
      }
    }
    return numbers
  }

  /// Tokens and the text that they are; special tokens are left out where the index is no multiple
  /// of three, but for the last forty, which are encoded strings.
  static func decoded(_ name: String) throws -> [(tokens: [Int], text: String, skips: Bool)] {
    let data = try Data(contentsOf: folder.appending(path: "decoded.json"))
    let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [[Any]]])
    let cases = try #require(all[name])
    return try cases.enumerated().map { index, entry in
      (
        try #require(entry[0] as? [Int]), try #require(entry[1] as? String),
        index < 60 && index % 3 != 0
      )
    }
  }
}

/// Holds a tokenizer against the golden tokens of all strings.
func checkTokens(
  _ tokenizer: some Tokenizer, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let strings = try TokenizerGolden.strings()
  let expected = try TokenizerGolden.tokens(name)
  try #require(strings.count == 1000 && expected.ordinary.count == 1000)
  for (index, string) in strings.enumerated() {
    let cases: [(EncodingOptions, [Int])] = [
      ([], expected.ordinary[index]),
      ([.recognizingSpecials, .addingSpecials], expected.special[index]),
    ]
    for (options, tokens) in cases {
      let found = tokenizer.encode(string, options)
      #expect(
        found == tokens, "\(name), string \(index): \(string.debugDescription)",
        sourceLocation: sourceLocation)
    }
  }
}
