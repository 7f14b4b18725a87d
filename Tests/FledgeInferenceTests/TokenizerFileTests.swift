import FledgeIO
import FledgeInference
import FledgeTestSupport
import Foundation
import Testing

@Suite struct TokenizerFileTests {
  private func load(_ json: String) throws(TokenizerError) -> PipelineTokenizer {
    try PipelineTokenizer(json: Array(json.utf8))
  }

  private func model(_ parts: String, more: String = "") -> String {
    "{\"model\": {\"type\": \"BPE\", \(parts)}\(more)}"
  }

  @Test(arguments: [
    ("", TokenizerError.Fault.notJSON(reason: "expected '{'", position: 0)),
    ("[]", .notJSON(reason: "expected '{'", position: 0)),
    (
      "{\"model\": {\"vocab\": {\"a\": -1}}}",
      .notJSON(reason: "expected an integer from 0 to 2⁶⁴ - 1", position: 26)
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 1e0}}}",
      .notJSON(reason: "expected an integer from 0 to 2⁶⁴ - 1", position: 26)
    ),
    ("{}", .malformed(field: "model.vocab", expected: "a list of pieces")),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}",
      .malformed(field: "model.vocab", expected: "a list of pieces")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 16777217}}}",
      .invalidToken(16_777_217, piece: "a")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 18446744073709551615}}}",
      .invalidToken(.max, piece: "a")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]}}",
      .mergeOutOfVocabulary(index: 0, merge: "a b")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\", \"a\"]]}}",
      .mergeOutOfVocabulary(index: 0, merge: "a a")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"aa\"]}}",
      .notJSON(reason: "expected two pieces with a space between", position: 60)
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}",
      .notJSON(reason: "expected two pieces that merge", position: 61)
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"unk_token\": \"<unk>\"}}",
      .missingToken("<unk>")
    ),
    (
      "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"end_of_word_suffix\": \"</w>\"}}",
      .unsupported(field: "model.end_of_word_suffix", value: "'</w>'")
    ),
    (
      "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}}}",
      .unsupported(field: "model.type", value: "WordLevel")
    ),
    (
      "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"a\": 0}, \"unk_token\": \"[UNK]\"}}",
      .missingToken("[UNK]")
    ),
    (
      "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\", 0]], \"unk_id\": 1}}",
      .malformed(field: "model.unk_id", expected: "a token of the vocabulary")
    ),
    (
      "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\"]], \"unk_id\": 0}}",
      .notJSON(reason: "expected a piece and its score", position: 45)
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"normalizer\": {\"type\": \"Nmt\"}}",
      .unsupported(field: "normalizer.type", value: "Nmt")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"normalizer\": {}}",
      .malformed(field: "normalizer.type", expected: "a string")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"pre_tokenizer\": {\"type\": \"Sequence\", "
        + "\"pretokenizers\": [{\"type\": \"UnicodeScripts\"}]}}",
      .unsupported(field: "pre_tokenizer.pretokenizers[0].type", value: "UnicodeScripts")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"pre_tokenizer\": {\"type\": \"Split\", "
        + "\"pattern\": {\"Regex\": \"a+\"}, \"behavior\": \"Isolated\"}}",
      .unsupported(field: "pre_tokenizer.pattern", value: "'a+' (Isolated)")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"CTC\"}}",
      .unsupported(field: "decoder.type", value: "CTC")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"id\": -1, \"content\": \"x\"}]}",
      .invalidToken(-1, piece: "x")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"content\": \"x\"}]}",
      .malformed(field: "added_tokens[0].id", expected: "an integer")
    ),
    (
      "{\"model\": {\"vocab\": {\"a\": 0}}, \"post_processor\": {\"type\": \"TemplateProcessing\", "
        + "\"single\": [{\"SpecialToken\": {\"id\": \"x\"}}]}}",
      .malformed(
        field: "post_processor.single[0].SpecialToken", expected: "one of special_tokens")
    ),
  ])
  func `a malformed file is an error that names the place`(
    json: String, fault: TokenizerError.Fault
  ) {
    #expect(throws: TokenizerError(fault)) { try load(json) }
  }

  @Test func `bytes that are no text, and files that are not there, are errors`() throws {
    #expect(throws: TokenizerError(.notUTF8)) { try PipelineTokenizer(json: [0x7B, 0xFF]) }
    try withTemporaryDirectory { directory in
      let path = "\(directory)/tokenizer.json"
      for place in [path, directory] {
        #expect(
          throws: TokenizerError(.file(FileSystemError(.read, path, code: ENOENT)), path: path)
        ) { try PipelineTokenizer(contentsOf: place) }
      }
      try AtomicFile.write("{}", to: path)
      #expect(
        throws: TokenizerError(
          .malformed(field: "model.vocab", expected: "a list of pieces"), path: path)
      ) { try PipelineTokenizer(contentsOf: directory) }
    }
  }

  @Test func `GPT-2's two files are read from a directory`() throws {
    try withTemporaryDirectory { directory in
      let (vocabulary, merges) = ("\(directory)/vocab.json", "\(directory)/merges.txt")
      try AtomicFile.write(#"{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}"#, to: vocabulary)
      try AtomicFile.write("#version: 0.2\na b\r\n\n", to: merges)
      let tokenizer = try PipelineTokenizer(contentsOf: directory)
      #expect(tokenizer.encode("abba") == [2, 1, 0])
      #expect(tokenizer.encode("a<|endoftext|>", .recognizingSpecials) == [0, 3])
      // Bytes that the vocabulary lacks are dropped, as by `tokenizers`.
      #expect(tokenizer.encode("a.b") == [0, 1])

      try AtomicFile.write("#version: 0.2\na b\na  b\n", to: merges)
      #expect(
        throws: TokenizerError(
          .malformed(field: "line 3", expected: "two pieces with a space between"), path: merges)
      ) { try PipelineTokenizer(contentsOf: directory) }
      try AtomicFile.write("b a\n", to: merges)
      #expect(
        throws: TokenizerError(.mergeOutOfVocabulary(index: 0, merge: "b a"), path: merges)
      ) { try PipelineTokenizer(contentsOf: directory) }
      try AtomicFile.write("a b\n", to: merges)
      #expect(throws: TokenizerError(.missingToken("<s>"), path: vocabulary)) {
        try PipelineTokenizer(vocabulary: vocabulary, merges: merges, specials: ["<s>"])
      }
    }
  }

  @Test func `ten thousand mutations of a file are read or refused, and never crash`() throws {
    let original = #"""
      {"added_tokens":[{"id":2,"content":"<s>","special":true,"normalized":false}],
      "normalizer":{"type":"Replace","pattern":{"String":" "},"content":"_"},
      "pre_tokenizer":{"type":"Metaspace","replacement":"_","prepend_scheme":"first"},
      "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},
      {"Sequence":{"id":"A"}}],"special_tokens":{"<s>":{"ids":[2]}}},
      "decoder":{"type":"ByteFallback"},"model":{"type":"BPE","byte_fallback":true,
      "vocab":{"a":0,"b":1,"<s>":2,"ab":3,"\u00e9":4},"merges":[["a","b"]]}}
      """#
    let bytes = Array(original.utf8)
    #expect(try PipelineTokenizer(json: bytes).encode("ab ab", .addingSpecials) == [2, 3, 3])
    // One fixed sequence, so that a failure can be found again.
    var state: UInt64 = 18
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var loaded = 0
    for _ in 0..<10_000 {
      var mutated = bytes
      for _ in 0...next(3) {
        switch next(3) {
        case 0: mutated[next(mutated.count)] = UInt8(next(256))
        case 1: mutated.remove(at: next(mutated.count))
        default: mutated.insert(bytes[next(bytes.count)], at: next(mutated.count))
        }
      }
      guard let tokenizer = try? PipelineTokenizer(json: mutated) else { continue }
      loaded += 1
      let tokens = tokenizer.encode("ab é <s>", [.recognizingSpecials, .addingSpecials])
      _ = tokenizer.decode(tokens)
    }
    #expect(loaded > 100 && loaded < 9000)
  }
}
