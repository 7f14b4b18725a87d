import FledgeData
import Foundation
import Testing

@Suite struct WordTests {
  private let text = "the cat saw the dog and the cat ran".split(separator: " ").map(String.init)

  @Test("specials first, then by frequency and name; rare words are unknown")
  func vocabulary() throws {
    let vocabulary = WordVocabulary(counting: text, minimumCount: 2, specials: ["<pad>"])
    #expect(vocabulary.words == ["<pad>", "<unk>", "the", "cat"])
    #expect(try vocabulary.encode(["the", "dog", "cat"]) == [2, 1, 3])
    #expect(try vocabulary.decode([3, 1]) == ["cat", "<unk>"])
    #expect(
      WordVocabulary(counting: text, maximumSize: 4).words == ["<unk>", "the", "cat", "and"])
    #expect(vocabulary.identifier(of: "dog") == nil && vocabulary.identifier(of: "cat") == 3)
  }

  @Test("without an unknown word, one that is missing is an error with its place")
  func strict() throws {
    let vocabulary = WordVocabulary(counting: text, unknown: nil)
    #expect(vocabulary.count == 6)
    #expect(try vocabulary.decode(vocabulary.encode(text)) == text)
    #expect(throws: TextError.unknownWord("bird", offset: 1)) {
      try vocabulary.encode(["the", "bird"])
    }
    #expect(throws: TextError.unknownIdentifier(6, offset: 0)) { try vocabulary.decode([6]) }
  }

  @Test("a vocabulary is saved and read back; a damaged one is refused")
  func saving() throws {
    for vocabulary in [
      WordVocabulary(counting: text), WordVocabulary(counting: text, unknown: nil),
    ] {
      let data = try JSONEncoder().encode(vocabulary)
      #expect(try JSONDecoder().decode(WordVocabulary.self, from: data) == vocabulary)
    }
    for damaged in [#"{"words":["a","a"]}"#, #"{"words":["a"],"unknown":"<unk>"}"#] {
      #expect(throws: TextError.unsortedVocabulary) {
        try JSONDecoder().decode(WordVocabulary.self, from: Data(damaged.utf8))
      }
    }
  }

  @Test("splitting into words and marks, and as the Penn Treebank is")
  func splitting() {
    #expect(
      WordVocabulary.split("It's GOOD -- 10/10, naïve!")
        == ["it's", "good", "-", "-", "10", "/", "10", ",", "naïve", "!"])
    #expect(WordVocabulary.split("  ").isEmpty)
    #expect(
      WordVocabulary.splitTreebank(" no it was n't \n <unk> N \n")
        == ["no", "it", "was", "n't", "<eos>", "<unk>", "N", "<eos>"])
  }

  @Test("streams side by side, in windows whose streams go on where the last ones ended")
  func streams() throws {
    let streams = try TokenStreams(Array(0..<23), streams: 3)
    #expect(streams.length == 7)
    let windows = streams.windows(length: 4)
    #expect(windows.map(\.context) == [4, 2])
    #expect(windows[0].inputs == [0, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 17])
    #expect(windows[0].targets == [1, 2, 3, 4, 8, 9, 10, 11, 15, 16, 17, 18])
    #expect(windows[1].inputs == [4, 5, 11, 12, 18, 19])
    #expect(windows[1].targets == [5, 6, 12, 13, 19, 20])
    // Each token but the first of a stream is predicted once.
    let predicted: [Int32] = windows.flatMap(\.targets).sorted()
    let expected: [Int32] = (0..<21).filter { $0 % 7 != 0 }
    #expect(predicted == expected)
  }

  @Test("texts that are too short")
  func tooShort() {
    #expect(throws: TextError.empty) { try TokenStreams([], streams: 1) }
    #expect(throws: TextError.tooFewTokens(5, streams: 3)) {
      try TokenStreams([1, 2, 3, 4, 5], streams: 3)
    }
  }

  @Test("sequences of different lengths, filled up and cut")
  func padding() {
    let padded = PaddedSequences([[1, 2, 3], [], [4, 5, 6, 7, 8]], padding: 9, limit: 4)
    #expect(padded.length == 4 && padded.lengths == [3, 0, 4])
    #expect(padded.tokens == [1, 2, 3, 9, 9, 9, 9, 9, 4, 5, 6, 7])
    #expect(padded.mask.array() == [1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    #expect(padded.tensor.shape == [3, 4] && padded.tensor.dtype == .int64)
    #expect(PaddedSequences([[1, 2, 3]], toMultipleOf: 4).tokens == [1, 2, 3, 0])
    #expect(PaddedSequences([[]]).length == 1)
    let data = LabelledSequences([[1], [2, 3], [4, 5, 6]], labels: [0, 1, 1])
    let batch = data.batch(indices: [2, 0])
    #expect(batch.inputs.tokens == [4, 5, 6, 1, 0, 0] && batch.labels == [1, 0])
  }
}
