import FledgeCore
import FledgeData
import Foundation
import Testing

@Suite struct CharacterVocabularyTests {
  @Test("characters are the Unicode scalars of the text, sorted, none twice")
  func characters() {
    let vocabulary = CharacterVocabulary(of: "hello\r\n wörld 🦊")
    #expect(
      vocabulary.characters.map(String.init)
        == ["\n", "\r", " ", "d", "e", "h", "l", "o", "r", "w", "ö", "🦊"])
  }

  @Test("decoding gives back what was encoded, scalar by scalar")
  func roundTrip() throws {
    for text in ["", "abba", "e\u{301}é\r\n", "naïve 🦊👨‍👩‍👧 中文"] {
      let vocabulary = CharacterVocabulary(of: text)
      let encoded = try vocabulary.encode(text)
      #expect(encoded.count == text.unicodeScalars.count)
      #expect(Array(try vocabulary.decode(encoded).utf8) == Array(text.utf8))
    }
    #expect(try CharacterVocabulary(of: "abc").encode("cab") == [2, 0, 1])
  }

  @Test("unknown characters and identifiers are named with their place")
  func unknown() {
    let vocabulary = CharacterVocabulary(of: "abc")
    #expect(throws: TextError.unknownCharacter("x", offset: 2)) { try vocabulary.encode("abxd") }
    #expect(throws: TextError.unknownCharacter("ß", offset: 0)) { try vocabulary.encode("ß") }
    #expect(throws: TextError.unknownIdentifier(3, offset: 1)) { try vocabulary.decode([0, 3]) }
    #expect(throws: TextError.unknownIdentifier(-1, offset: 0)) { try vocabulary.decode([-1]) }
  }

  @Test("it is saved as a string and read back; a damaged one is refused")
  func coding() throws {
    let vocabulary = CharacterVocabulary(of: "the quick fox\n🦊")
    let json = try JSONEncoder().encode(vocabulary)
    #expect(try JSONDecoder().decode(CharacterVocabulary.self, from: json) == vocabulary)
    for damaged in [#""ba""#, #""aab""#] {
      #expect(throws: TextError.unsortedVocabulary) {
        try JSONDecoder().decode(CharacterVocabulary.self, from: Data(damaged.utf8))
      }
    }
  }
}

@Suite struct TextCorpusTests {
  @Test("the first part trains, the rest validates, nothing is lost")
  func split() throws {
    let text = String(repeating: "abcdefg", count: 15)
    let corpus = try TextCorpus(text: text)
    #expect(corpus.train.count == 94)
    #expect(try corpus.vocabulary.decode(corpus.train + corpus.validation) == text)
    #expect(try TextCorpus(text: text, trainFraction: 0.5).train.count == 52)
    #expect(try TextCorpus(text: text, trainFraction: 1).validation.isEmpty)
  }

  @Test("the vocabulary covers both parts, or is the given one")
  func vocabulary() throws {
    #expect(try TextCorpus(text: "aaaaaaaaaz").vocabulary.count == 2)
    let given = CharacterVocabulary(of: "abcz")
    #expect(try TextCorpus(text: "az", vocabulary: given).train == [0])
    #expect(throws: TextError.unknownCharacter("q", offset: 1)) {
      try TextCorpus(text: "aq", vocabulary: given)
    }
  }

  @Test("files: UTF-8 with and without a byte order mark; missing, directory, not UTF-8, empty")
  func files() throws {
    let directory = try TemporaryDirectory()
    let text = Array("grüße\n".utf8)
    let plain = try directory.write(text, to: "plain")
    let marked = try directory.write([0xEF, 0xBB, 0xBF] + text, to: "marked")
    #expect(try TextCorpus(contentsOf: plain) == TextCorpus(contentsOf: marked))
    #expect(try TextCorpus(contentsOf: plain) == TextCorpus(text: "grüße\n"))

    let missing = directory.url.appendingPathComponent("none")
    #expect(throws: TextError.missingFile(path: missing.path)) {
      try TextCorpus(contentsOf: missing)
    }
    let latin = try directory.write(Array("grü".utf8) + [0xFC, 0x65], to: "latin")
    #expect(throws: TextError.notUTF8(path: latin.path, offset: 4)) {
      try TextCorpus(contentsOf: latin)
    }
    let empty = try directory.write([], to: "empty")
    #expect(throws: TextError.emptyFile(path: empty.path)) { try TextCorpus(contentsOf: empty) }
    let error = #expect(throws: TextError.self) { try TextCorpus(contentsOf: directory.url) }
    guard case .unreadable = error else {
      Issue.record("a directory gives \(String(describing: error))")
      return
    }
  }
}

@Suite struct TextWindowsTests {
  private let text = (0..<23).map(Int32.init)

  @Test("targets are the inputs shifted by one; every start comes up, no other does")
  func random() throws {
    let windows = try TextWindows(text, context: 5)
    let batch = windows.random(400, generator: Generator(seed: 1))
    #expect((batch.count, batch.context, batch.predictions) == (400, 5, 2000))
    #expect(batch.targets == batch.inputs.map { $0 + 1 })
    let starts = stride(from: 0, to: 2000, by: 5).map { batch.inputs[$0] }
    #expect(Set(starts) == Set(0...17))
    for row in 0..<400 {
      #expect(Array(batch.inputs[row * 5..<row * 5 + 5]) == (0..<5).map { starts[row] + $0 })
    }
    #expect(
      windows.random(8, generator: Generator(seed: 2))
        == windows.random(8, generator: Generator(seed: 2)))
  }

  @Test("sequential windows predict every character but the first exactly once, in order")
  func sequential() throws {
    for count in 6...40 {
      let text = (0..<Int32(count)).map { $0 }
      for context in 1...5 {
        let windows = try TextWindows(text, context: context)
        for batchSize in [1, 3, 100] {
          let batches = windows.sequential(batchSize: batchSize)
          #expect(batches.flatMap(\.targets) == Array(text[1...]))
          #expect(batches.flatMap(\.inputs) == Array(text.dropLast()))
          #expect(batches.allSatisfy { $0.inputs.count == $0.count * $0.context })
          #expect(batches.dropLast().allSatisfy { $0.context == context })
        }
      }
    }
  }

  @Test("the rest that fills no window is one shorter window at the end")
  func lastWindow() throws {
    let shapes = try TextWindows(text, context: 4).sequential(batchSize: 2).map {
      [$0.count, $0.context]
    }
    #expect(shapes == [[2, 4], [2, 4], [1, 4], [1, 2]])
  }

  @Test("an empty text, and one without a character after the window")
  func tooShort() throws {
    #expect(throws: TextError.empty) { try TextWindows([], context: 1) }
    #expect(throws: TextError.tooShort(characters: 23, context: 23)) {
      try TextWindows(text, context: 23)
    }
    let whole = try TextWindows(text, context: 22)
    #expect(whole.random(2, generator: Generator(seed: 1)).inputs.prefix(22) == text.prefix(22))
  }
}
