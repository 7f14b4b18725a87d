import FledgeInference
import Foundation
import Testing

@Suite struct PipelineTokenizerTests {
  @Test(arguments: TokenizerGolden.names)
  func `a thousand nasty strings have the tokens of the reference`(name: String) throws {
    try checkTokens(
      PipelineTokenizer(contentsOf: TokenizerGolden.path("\(name).json")), name)
  }

  @Test(arguments: TokenizerGolden.names)
  func `tokens are decoded as by the reference, broken UTF-8 too`(name: String) throws {
    let tokenizer = try PipelineTokenizer(contentsOf: TokenizerGolden.path("\(name).json"))
    for (tokens, text, skips) in try TokenizerGolden.decoded(name) {
      let found = tokenizer.decode(tokens, skippingSpecials: skips)
      // By scalars: `==` of strings takes "é" in one or two scalars for the same.
      #expect(
        Array(found.unicodeScalars) == Array(text.unicodeScalars), "\(name): \(tokens) \(skips)")
    }
  }

  @Test(arguments: ["gpt2-small", "smollm-small", "llama3-small"])
  func `byte-level tokens lose nothing, in one piece and as a stream`(name: String) throws {
    let tokenizer = try PipelineTokenizer(contentsOf: TokenizerGolden.path("\(name).json"))
    for string in try TokenizerGolden.strings() {
      // These added tokens take blanks beside them along.
      if string.contains("<extra>") || string.contains("MASK]") { continue }
      let tokens = tokenizer.encode(string)
      #expect(Array(tokenizer.decode(tokens).utf8) == Array(string.utf8))
      var decoder = StreamingDecoder(tokenizer)
      let parts = tokens.map { decoder.append($0) } + [decoder.finish()]
      #expect(Array(parts.joined().utf8) == Array(string.utf8))
    }
  }

  @Test func `the words of a long text are remembered without a difference`() throws {
    let tokenizer = try PipelineTokenizer(contentsOf: TokenizerGolden.path("bert-small.json"))
    // BERT's words do not depend on what stands beside them.
    let lines = try TokenizerGolden.strings().filter { $0.utf8.count < 60 }.prefix(600)
    let text = lines.joined(separator: "\n")
    let whole = tokenizer.encode(text)
    #expect(text.utf8.count > 2048 && whole.count > 800)
    #expect(whole == lines.flatMap { tokenizer.encode($0) })
    #expect(tokenizer.encode(text + "\n" + text) == whole + whole)
  }

  @Test func `special tokens in a text are text unless asked for`() throws {
    let tokenizer = try PipelineTokenizer(contentsOf: TokenizerGolden.path("gpt2-small.json"))
    let end = try #require(tokenizer.token(of: "<|im_end|>"))
    #expect(tokenizer.isSpecial(end))
    let text = "Bye<|im_end|>"
    #expect(!tokenizer.encode(text).contains(end))
    #expect(tokenizer.encode(text, .recognizingSpecials).last == end)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    let tokens = tokenizer.encode(text, .recognizingSpecials)
    #expect(tokenizer.decode(tokens, skippingSpecials: true) == "Bye")
  }

  @Test func `pieces are those of the file, and their tokens`() throws {
    let tokenizer = try PipelineTokenizer(contentsOf: TokenizerGolden.path("gpt2-small.json"))
    for token in 0..<tokenizer.vocabularySize {
      let piece = try #require(tokenizer.piece(of: token))
      #expect(tokenizer.token(of: piece) == token)
    }
    let space = try #require(tokenizer.token(of: "Ġ"))
    #expect(tokenizer.bytes(of: space, isFirst: true) == [0x20])
    #expect(tokenizer.vocabularySize == 902)
    #expect(tokenizer.piece(of: 902) == nil && tokenizer.piece(of: -1) == nil)
    #expect(tokenizer.bytes(of: 902, isFirst: false) == [] && tokenizer.decode([902, -1]) == "")
    #expect(tokenizer.token(of: "no such piece") == nil)
  }
}

/// GPT-2's own files; they are not in this repository.
private let gpt2 = URL(filePath: #filePath)
  .appending(path: "../../../../shared/data/tokenizers").standardized.path

@Suite(
  .enabled(
    if: FileManager.default.fileExists(atPath: "\(gpt2)/gpt2-vocab.bpe"),
    "GPT-2's VOCABULARY IS MISSING: it is not tested"))
struct GPT2TokenizerTests {
  @Test func `GPT-2's two files give GPT-2's tokens`() throws {
    let tokenizer = try PipelineTokenizer(
      vocabulary: "\(gpt2)/gpt2-encoder.json", merges: "\(gpt2)/gpt2-vocab.bpe")
    #expect(tokenizer.vocabularySize == 50257)
    #expect(tokenizer.encode("Hello, world!") == [15496, 11, 995, 0])
    try checkTokens(tokenizer, "gpt2")
    for (tokens, text, skips) in try TokenizerGolden.decoded("gpt2") {
      let found = tokenizer.decode(tokens, skippingSpecials: skips)
      #expect(Array(found.unicodeScalars) == Array(text.unicodeScalars))
    }
  }
}
