import FledgeCore
import Foundation
import Testing

@testable import FledgeData

@Suite struct StoryGrammarTests {
  private let tales = StoryGrammar.tales

  @Test("the sampled mean of −ln p agrees with the exact entropy, that of the length too")
  func sampledMoments() {
    let seed: UInt64 = 1
    let generator = Generator(seed: seed)
    let count = 20_000
    var (informations, lengths): ([Double], [Double]) = ([], [])
    for _ in 0..<count {
      let story = tales.writeStory(generator)
      informations.append(-story.logProbability)
      lengths.append(Double(story.text.utf8.count + 1))
    }
    expect(informations, meanOf: tales.entropyPerStory, "entropy, seed \(seed)")
    expect(lengths, meanOf: tales.expectedCharactersPerStory, "length, seed \(seed)")
  }

  @Test("reading a story back gives one derivation, with the probability it was written with")
  func readingBack() throws {
    let generator = Generator(seed: 2)
    for _ in 0..<300 {
      let story = tales.writeStory(generator)
      let derivations = tales.derivations(of: story.text)
      try #require(derivations.count == 1, "\(story.text)")
      #expect(abs(derivations[0] - story.logProbability) < 1e-9, "\(story.text)")
    }
  }

  @Test("the texts of a small grammar are all different, and their probabilities sum to 1")
  func exhaustiveEnumeration() throws {
    let grammar = try StoryGrammar(smallStory)
    let texts = enumerate(smallStory)
    // times · (heroes with their cases) · verbs
    #expect(texts.count == 3 * (2 + 1 + 1) * 2)
    #expect(Set(texts.map(\.text)).count == texts.count)
    var (total, entropy, length) = (0.0, 0.0, 0.0)
    for (text, probability) in texts {
      total += probability
      entropy -= probability * log(probability)
      length += probability * Double(text.unicodeScalars.count + 1)
      #expect(abs(try #require(grammar.logProbability(of: text)) - log(probability)) < 1e-12)
    }
    #expect(abs(total - 1) < 1e-12)
    #expect(abs(entropy - grammar.entropyPerStory) < 1e-12)
    #expect(abs(length - grammar.expectedCharactersPerStory) < 1e-12)
  }

  @Test("the entropy of hand-worked grammars")
  func knownEntropies() throws {
    let coin = try StoryGrammar(.oneOf("heads", "tails"))
    #expect(abs(coin.entropyPerStory - log(2)) < 1e-15)
    #expect(coin.expectedCharactersPerStory == 6)
    let certain = try StoryGrammar("always \(.oneOf("this"))")
    #expect(certain.entropyPerStory == 0)
    let skewed = try StoryGrammar(.weighted((3, "a"), (1, "\(.oneOf("b", "c"))d")))
    #expect(abs(skewed.entropyPerStory - (log(4) - 0.75 * log(3) + 0.25 * log(2))) < 1e-15)
    #expect(skewed.expectedCharactersPerStory == 2.25)
  }

  @Test("what is no story has no probability")
  func notAStory() throws {
    let story = tales.writeStory(Generator(seed: 3)).text
    #expect(tales.logProbability(of: story) != nil)
    for text in [
      "", String(story.dropLast()), story + " ", story + "\n", story + story,
      story.replacingOccurrences(of: ". ", with: "."),
    ] {
      #expect(tales.logProbability(of: text) == nil, "\(text)")
    }
    // The right words with the wrong name at the end.
    let stories = (0..<50).map { tales.writeStory(Generator(seed: $0)).text }
    let swapped = stories.map { $0.replacingOccurrences(of: "Mia!", with: "Tom!") }
    #expect(stories != swapped)
    for (story, text) in zip(stories, swapped) where story != text {
      #expect(tales.logProbability(of: text) == nil, "\(text)")
    }
  }

  @Test("a text of whole stories has the sum of their log-probabilities")
  func wholeText() throws {
    let generator = Generator(seed: 4)
    let stories = (0..<5).map { _ in tales.writeStory(generator) }
    let text = stories.map { $0.text + "\n" }.joined()
    let expected = stories.reduce(0) { $0 + $1.logProbability }
    let read = try #require(tales.logProbability(ofStories: text))
    #expect(abs(read - expected) < 1e-9)
    #expect(tales.write(stories: 5, Generator(seed: 4)) == text)
    #expect(tales.logProbability(ofStories: "") == 0)
    #expect(tales.logProbability(ofStories: String(text.dropLast())) == nil)
    #expect(tales.logProbability(ofStories: "\n" + text) == nil)
  }

  @Test("writing by characters gives whole stories, no fewer characters and not one story more")
  func writeCharacters() {
    for characters in [0, 1, 1000] {
      let text = tales.write(characters: characters, Generator(seed: 5))
      #expect(text.unicodeScalars.count >= characters)
      #expect(text.isEmpty || text.hasSuffix("\n"))
      let shorter = text.dropLast().lastIndex(of: "\n").map { text[...$0] } ?? ""
      #expect(shorter.count < characters || characters == 0)
    }
  }

  @Test("the tales are of the size and difficulty that the documentation says")
  func size() {
    #expect((150...300).contains(tales.expectedCharactersPerStory))
    #expect((0.15...0.6).contains(tales.entropyPerCharacter))
    let text = tales.write(stories: 500, Generator(seed: 6))
    #expect(CharacterVocabulary(of: text).count <= 64)
  }

  @Test("what a story mentions again is what it mentioned first")
  func agreement() throws {
    let pattern =
      /.*, (\w+) the .* a (\w+ \w+)\. (She|He) .* (\w+) \w+ (\w+) and .*"\w.* the (\w+ \w+), \w+ (\w+)!" \w+ the (\w+)\. \w+ (she|he) \w+ the (\w+ \w+) .*/
    let women = ["Mia", "Zoe", "Lily", "Nora", "Ruby", "Anna", "Ella", "Ida"]
    for seed in 0..<100 {
      let story = tales.writeStory(Generator(seed: UInt64(seed))).text
      let match = try #require(story.wholeMatch(of: pattern), "\(story)").output
      #expect(match.1 == match.5 && match.1 == match.7, "the hero: \(story)")
      #expect(match.2 == match.6 && match.2 == match.10, "the wish: \(story)")
      #expect(match.4 == match.8, "the helper: \(story)")
      #expect(match.3 == (women.contains(String(match.1)) ? "She" : "He"), "\(story)")
      #expect(match.9 == match.3.lowercased(), "\(story)")
    }
  }

  // MARK: Grammars that are refused

  @Test("ambiguous choices: equal texts, or one the beginning of another")
  func ambiguous() {
    expect(.oneOf("a", "a"), fails: .ambiguous("a", "a"))
    expect(.oneOf("cat", "cats"), fails: .ambiguous("cat", "cats"))
    expect(.oneOf("", "x"), fails: .ambiguous("", "x"))
    expect(.oneOf("an\(.oneOf("t", "d"))", "and"), fails: .ambiguous("and", "and"))
    let twins = StoryRole("twins", ["name": ["Al", "Ali"]])
    expect(twins.introduced(by: "name"), fails: .ambiguous("Al", "Ali"))
    let long = String(repeating: "x", count: StoryGrammarCheck.horizon)
    expect(
      .oneOf("\(.text(long))a", "\(.text(long))b"), fails: .ambiguous(long, long))
  }

  @Test("roles used before they are cast, cast twice or within a choice, or misspelt")
  func roles() {
    let hero = StoryRole("hero", ["name": ["Mia", "Tom"]])
    let cast = hero.introduced(by: "name")
    expect(hero["name"], fails: .notIntroduced(role: "hero"))
    expect("\(hero.matching(["a", "b"]))\(cast)", fails: .notIntroduced(role: "hero"))
    expect("\(cast)\(cast)", fails: .introducedTwiceOrWithinChoice(role: "hero"))
    expect(.oneOf("x", cast), fails: .introducedTwiceOrWithinChoice(role: "hero"))
    expect(
      "\(cast)\(hero["age"])", fails: .unknownAttribute(role: "hero", attribute: "age"))
    expect(
      "\(cast)\(hero.matching(["a"]))",
      fails: .wrongNumberOfCases(role: "hero", expected: 2, found: 1))
  }

  @Test("empty choices, weights that are none, newlines in a story")
  func otherMistakes() {
    expect(.choice([]), fails: .invalidChoice)
    expect(.weighted((1, "a"), (0, "b")), fails: .invalidChoice)
    expect(.weighted((1, "a"), (.infinity, "b")), fails: .invalidChoice)
    expect("a\nb", fails: .separatorWithinStory("a\nb"))
    expect(.oneOf("a", "b\r\n"), fails: .separatorWithinStory("b\r\n"))
  }

  // MARK: -

  private func expect(
    _ story: StoryPart, fails error: StoryGrammarError,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: sourceLocation) { try StoryGrammar(story) }
  }

  private func expect(
    _ values: [Double], meanOf expected: Double, _ comment: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let standardError = (variance / count).squareRoot()
    #expect(
      abs(mean - expected) < 4 * standardError,
      "\(comment): mean \(mean) ± \(standardError), exact \(expected)",
      sourceLocation: sourceLocation)
  }
}

private let smallHero = StoryRole(
  "hero", ["name": ["Ann", "Bo", "Cleo"], "pronoun": ["she", "he", "she"]])

private let smallStory: StoryPart = """
  \(.weighted((2, "Once"), (1, "Now"), (1, "Long ago"))) \(smallHero.introduced(by: "name")) \
  \(.weighted((5, "sang"), (1, "slept"))); \
  \(smallHero.matching([.oneOf("x", "yy"), "z", "\(smallHero["name"])"])) \(smallHero["pronoun"]).
  """

/// All texts of a part with their probabilities, by following every choice.
private func enumerate(_ part: StoryPart) -> [(text: String, probability: Double)] {
  outcomes(part, cast: [:]).map { ($0.text, $0.probability) }
}

private typealias Outcome = (text: String, probability: Double, cast: [String: Int])

private func outcomes(_ part: StoryPart, cast: [String: Int]) -> [Outcome] {
  switch part {
  case .text(let text):
    return [(text, 1, cast)]
  case .sequence(let parts):
    return parts.reduce([("", 1, cast)]) { beginnings, part in
      beginnings.flatMap { beginning in
        outcomes(part, cast: beginning.cast).map {
          (beginning.text + $0.text, beginning.probability * $0.probability, $0.cast)
        }
      }
    }
  case .choice(let alternatives):
    let total = alternatives.map(\.weight).reduce(0, +)
    return alternatives.flatMap { weight, part in
      outcomes(part, cast: cast).map { ($0.text, $0.probability * weight / total, $0.cast) }
    }
  case .introduce(let role, let attribute):
    return role.attributes[attribute]!.enumerated().map { index, text in
      (text, 1 / Double(role.candidates), cast.merging([role.name: index]) { $1 })
    }
  case .recall(let role, let attribute):
    return [(role.attributes[attribute]![cast[role.name]!], 1, cast)]
  case .match(let role, let parts):
    return outcomes(parts[cast[role.name]!], cast: cast)
  }
}
