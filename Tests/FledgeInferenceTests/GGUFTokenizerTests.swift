import FledgeIO
import FledgeInference
import Foundation
import Testing

/// The metadata that a GGUF file would have for a tokenizer that `tokenizer.json` describes.
private struct File: Decodable {
  var model: Model
  var added_tokens: [Added]

  struct Model: Decodable {
    var vocab: [String: Int]
    var merges: [[String]]
  }

  struct Added: Decodable {
    var id: Int
    var content: String
    var special: Bool
  }

  init(_ name: String) throws {
    let url = TokenizerGolden.folder.appending(path: "\(name).json")
    self = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  /// Without the added tokens that have options which GGUF cannot say.
  func metadata(model: String, preTokenizer: String?) -> PipelineTokenizer.GGUFMetadata {
    var pieces = Array(repeating: "", count: self.model.vocab.count)
    for (piece, token) in self.model.vocab { pieces[token] = piece }
    var kinds = Array(repeating: 1, count: pieces.count)
    for added in added_tokens where added.id < kinds.count && added.special {
      kinds[added.id] = 3
    }
    return .init(
      model: model, preTokenizer: preTokenizer, pieces: pieces, kinds: kinds,
      merges: self.model.merges.map { $0.joined(separator: " ") })
  }
}

@Suite struct GGUFTokenizerTests {
  @Test(arguments: [("gpt2-small", "gpt-2"), ("smollm-small", "smollm")])
  func `byte-level metadata gives the tokens of tokenizer.json`(
    name: String, preTokenizer: String
  ) throws {
    let tokenizer = try PipelineTokenizer(
      gguf: File(name).metadata(model: "gpt2", preTokenizer: preTokenizer))
    let expected = try TokenizerGolden.tokens(name)
    for (index, string) in try TokenizerGolden.strings().enumerated() {
      // The two added tokens of the file are not in its vocabulary.
      if string.contains("<extra>") || string.contains("MASK]") { continue }
      #expect(tokenizer.encode(string) == expected.ordinary[index], "\(string.debugDescription)")
      #expect(
        tokenizer.encode(string, .recognizingSpecials) == expected.special[index],
        "\(string.debugDescription)")
    }
  }

  /// The scores of SentencePiece are minus the ranks of the merges that make the pieces, so the
  /// tokens are those of the merges.
  @Test func `SentencePiece's metadata gives the tokens of tokenizer.json`() throws {
    let file = try File("llama2-small")
    var metadata = file.metadata(model: "llama", preTokenizer: nil)
    var ranks: [String: Int] = [:]
    for (rank, merge) in file.model.merges.enumerated() where ranks[merge.joined()] == nil {
      ranks[merge.joined()] = rank
    }
    metadata.scores = metadata.pieces.map { ranks[$0].map { Float(-$0) } ?? -1e6 }
    metadata.kinds[0] = 2
    metadata.beginning = 1
    let tokenizer = try PipelineTokenizer(gguf: metadata)
    let expected = try TokenizerGolden.tokens("llama2-small")
    var different = 0
    for (index, string) in try TokenizerGolden.strings().enumerated() {
      if string.contains("<unk>") { continue }
      if tokenizer.encode(string) != expected.ordinary[index] { different += 1 }
      if !string.isEmpty, !string.hasPrefix("<s>") {
        #expect(tokenizer.encode(string, .addingSpecials).first == 1)
      }
    }
    // Where two merges make one piece, scores cannot say which comes first.
    #expect(different < 10, "\(different) of 1000 strings have other tokens")
    for (tokens, text, skips) in try TokenizerGolden.decoded("llama2-small") where skips {
      // Kind 2, unknown, is no control token.
      if tokens.contains(0) { continue }
      let found = tokenizer.decode(tokens, skippingSpecials: true)
      #expect(Array(found.unicodeScalars) == Array(text.unicodeScalars), "\(tokens)")
    }
  }

  @Test func `metadata that does not belong together is refused`() {
    let pieces = ["a", "b"]
    let cases: [(PipelineTokenizer.GGUFMetadata, TokenizerError.Fault)] = [
      (
        .init(model: "bert", pieces: pieces),
        .unsupported(field: "tokenizer.ggml.model", value: "bert")
      ),
      (
        .init(model: "gpt2", preTokenizer: "mystery", pieces: pieces),
        .unsupported(field: "tokenizer.ggml.pre", value: "mystery")
      ),
      (
        .init(model: "gpt2", pieces: pieces, kinds: [1]),
        .differentCounts("tokens and token_type", 2, 1)
      ),
      (
        .init(model: "llama", pieces: pieces, scores: [0]),
        .differentCounts("tokens and scores", 2, 1)
      ),
      (
        .init(model: "gpt2", pieces: pieces, merges: ["ab"]),
        .malformed(
          field: "tokenizer.ggml.merges[0]", expected: "two pieces with a space between")
      ),
      (
        .init(model: "gpt2", pieces: pieces, merges: ["a b"]),
        .mergeOutOfVocabulary(index: 0, merge: "a b")
      ),
    ]
    for (metadata, fault) in cases {
      #expect(throws: TokenizerError(fault)) { try PipelineTokenizer(gguf: metadata) }
    }
  }
}
