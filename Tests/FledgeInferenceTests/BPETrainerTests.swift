import FledgeCore
import FledgeInference
import FledgeTestSupport
import Foundation
import Testing

@Suite struct BPETrainerTests {
  private struct Model: Decodable {
    var vocab: [String: Int]
    var merges: [[String]]
  }

  private struct File: Decodable { var model: Model }

  private func lines() throws -> [String] {
    try JSONDecoder().decode(
      [String].self,
      from: Data(contentsOf: TokenizerGolden.folder.appending(path: "training.json")))
  }

  private func model(_ json: Data) throws -> Model {
    try JSONDecoder().decode(File.self, from: json).model
  }

  /// The vocabulary and the merges of a file, and the trained ones as they are written.
  private func check(_ trained: TrainedBPE, _ golden: String) throws {
    let expected = try model(
      Data(contentsOf: TokenizerGolden.folder.appending(path: "\(golden).json")))
    try withTemporaryDirectory { directory in
      try trained.write(to: "\(directory)/tokenizer.json")
      let found = try model(Data(contentsOf: URL(filePath: "\(directory)/tokenizer.json")))
      #expect(found.merges == expected.merges)
      #expect(found.vocab == expected.vocab)
    }
  }

  @Test func `the merges are those of the reference`() throws {
    let trainer = BPETrainer(
      vocabularySize: 900, minimumCount: 0,
      specials: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    try check(trainer.train(on: try lines()), "gpt2-small")
  }

  @Test func `rare pairs do not merge, whatever the size of the vocabulary`() throws {
    let trainer = BPETrainer(
      vocabularySize: 100_000, minimumCount: 3, splitting: .llama3, specials: [])
    let trained = trainer.train(on: try lines())
    #expect(trained.pieces.count < 10_000)
    try check(trained, "trained-llama3")
  }

  @Test func `equal neighbours in a row merge from the left`() throws {
    let trained = BPETrainer(vocabularySize: 257, minimumCount: 1, specials: [])
      .train(on: ["aaa aaa", "aaaaa"])
    #expect(trained.merges.count == 1)
    let tokenizer = trained.tokenizer()
    #expect(tokenizer.piece(of: 256) == "aa")
    #expect(tokenizer.encode("aaa").compactMap { tokenizer.piece(of: $0) } == ["aa", "a"])
  }

  @Test func `a trained tokenizer loses nothing, and knows its special tokens`() throws {
    let trained = BPETrainer(vocabularySize: 300, splitting: .smollm, specials: ["<end>"])
      .train(on: ["so so so so 1234"])
    let tokenizer = trained.tokenizer()
    for text in ["so 1234 ü🦊\0", "", "\u{10FFFF}"] {
      #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
    #expect(tokenizer.encode("<end>", .recognizingSpecials) == [0])
    #expect(tokenizer.encode("so so").count == 2)
  }

  @Test func `nothing to train on gives bytes`() {
    let trained = BPETrainer(vocabularySize: 1000).train(on: [])
    #expect(trained.merges.isEmpty && trained.pieces.count == 257)
  }

  @Test func `vocabularies that cannot be are refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = BPETrainer(vocabularySize: 256, specials: ["<a>"])
    }
    await #expect(processExitsWith: .failure) {
      _ = BPETrainer(vocabularySize: 1000, specials: ["<a>", "<a>"])
    }
  }
}
