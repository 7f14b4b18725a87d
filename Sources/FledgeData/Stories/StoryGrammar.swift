import FledgeCore
import Foundation

/// A probabilistic grammar that writes short stories and knows the exact entropy of what it writes.
///
/// A story is the outcome of a sequence of choices, each with a known distribution. No two
/// sequences of choices write the same text (checked when the grammar is made, see
/// `StoryGrammarError.ambiguous`), so the probability of a text is the product of those of its
/// choices, and the entropy of a story is the expectation of −Σ ln p(choice):
///
///     H(text) = 0
///     H(part₁ part₂ …) = Σ H(partᵢ)
///     H(choice) = Σ pᵢ (H(partᵢ) − ln pᵢ)
///
/// computed in closed form by one walk over the grammar, as is the expected length. `recall` and
/// `match` depend on who was cast; there the walk averages over the candidates.
///
/// **The floor of the training loss.** A corpus is a sequence of independent stories, each ended by
/// a newline, so the end of a story is visible. Over a long text the information per character
/// therefore tends to
///
///     entropyPerCharacter = H(story) / E[characters of a story, newline included]   (nats)
///
/// and by Shannon's source coding theorem (Gibbs' inequality for each next character) no model,
/// however large and however long it trains, has a lower expected cross-entropy per character on
/// new text: loss = entropyPerCharacter + KL divergence of the model from the grammar. That is the
/// limit for a model that sees everything from the start of the story on. One that sees windows of
/// T characters that start in mid-story has less to go on: at the start of a window it cannot know
/// where in the story it is, nor who the hero was. Its own floor is therefore somewhat higher, and
/// comes down to this one as T grows. On a short validation text the loss may differ either way by
/// chance; `logProbability(ofStories:)` gives the exact floor of a given text of whole stories.
public struct StoryGrammar: Sendable {
  /// What the grammar writes, from the first character of a story up to its newline.
  public let story: StoryPart

  /// −E[ln p(story)] in nats.
  public let entropyPerStory: Double

  /// The mean number of characters (Unicode scalars) of a story, with its newline.
  public let expectedCharactersPerStory: Double

  /// The entropy rate of the text in nats per character: the floor of the loss.
  public var entropyPerCharacter: Double { entropyPerStory / expectedCharactersPerStory }

  /// The character that ends each story, and that occurs nowhere within one.
  public static let separator: Unicode.Scalar = "\n"

  /// A grammar from its start symbol; throws what `StoryGrammarError` lists.
  public init(_ story: StoryPart) throws(StoryGrammarError) {
    try StoryGrammarCheck.check(story)
    let expectation = StoryExpectation.of(story)
    self.story = story
    entropyPerStory = expectation.entropy
    expectedCharactersPerStory = expectation.length + 1
  }

  // MARK: - Writing

  /// A story without its newline, and the natural logarithm of its probability.
  public func writeStory(_ generator: Generator) -> (text: String, logProbability: Double) {
    var writer = StoryWriter(generator: generator)
    writer.write(story)
    return (writer.text, writer.logProbability)
  }

  /// That many stories, each followed by a newline.
  /// - Precondition: `stories` is not negative.
  public func write(stories: Int, _ generator: Generator) -> String {
    require(stories >= 0, "write", "the number of stories is negative (\(stories))")
    var text = ""
    for _ in 0..<stories { text += writeLine(generator) }
    return text
  }

  /// Whole stories, each followed by a newline, until there are at least `characters` characters.
  public func write(characters: Int, _ generator: Generator) -> String {
    var text = ""
    var written = 0
    while written < characters {
      let line = writeLine(generator)
      written += line.unicodeScalars.count
      text += line
    }
    return text
  }

  private func writeLine(_ generator: Generator) -> String {
    writeStory(generator).text + String(Self.separator)
  }
}

/// Follows a grammar from choice to choice.
private struct StoryWriter {
  let generator: Generator
  var text = ""
  var logProbability = 0.0
  private var cast: [String: Int] = [:]

  init(generator: Generator) {
    self.generator = generator
  }

  mutating func write(_ part: StoryPart) {
    switch part {
    case .text(let string):
      text += string
    case .sequence(let parts):
      for part in parts { write(part) }
    case .choice(let alternatives):
      let index = generator.weightedIndex(alternatives.map(\.weight))
      logProbability += log(StoryPart.probability(of: index, among: alternatives))
      write(alternatives[index].part)
    case .introduce(let role, let attribute):
      let candidate = generator.integer(below: role.candidates)
      logProbability -= log(Double(role.candidates))
      cast[role.name] = candidate
      text += role.attributes[attribute]![candidate]
    case .recall(let role, let attribute):
      text += role.attributes[attribute]![cast[role.name]!]
    case .match(let role, let parts):
      write(parts[cast[role.name]!])
    }
  }
}

extension StoryPart {
  /// The probability of one alternative of a `choice`.
  static func probability(
    of index: Int, among alternatives: [(weight: Double, part: StoryPart)]
  ) -> Double {
    alternatives[index].weight / alternatives.reduce(0) { $0 + $1.weight }
  }
}
