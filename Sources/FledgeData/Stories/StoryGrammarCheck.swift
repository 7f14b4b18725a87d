/// What is wrong with a grammar. With any of these its entropy or its text would be wrong.
public enum StoryGrammarError: Error, Equatable, CustomStringConvertible {
  /// Two alternatives of one choice can begin with these texts, of which one starts with the other
  /// (or both are the same); so a reader could not tell which was chosen.
  case ambiguous(String, String)
  /// A role is recalled or matched before it is introduced.
  case notIntroduced(role: String)
  /// A role is introduced twice, or within a choice. Casting happens once, at the top of the story.
  case introducedTwiceOrWithinChoice(role: String)
  /// A role has no attribute of that name.
  case unknownAttribute(role: String, attribute: String)
  /// A `match` does not have exactly one part for each candidate.
  case wrongNumberOfCases(role: String, expected: Int, found: Int)
  /// A choice has no alternatives, or a weight that is not positive and finite.
  case invalidChoice
  /// A text contains the newline that ends stories.
  case separatorWithinStory(String)

  public var description: String {
    switch self {
    case .ambiguous(let first, let second):
      "two alternatives of a choice may begin \"\(first)\" and \"\(second)\", and the shorter could "
        + "be either; make them differ before one of them ends."
    case .notIntroduced(let role):
      "the role \(role) is used before it is introduced; introduce it first."
    case .introducedTwiceOrWithinChoice(let role):
      "the role \(role) is introduced twice or within a choice; introduce it once, at the top."
    case .unknownAttribute(let role, let attribute):
      "the role \(role) has no attribute \(attribute); add it to the role."
    case .wrongNumberOfCases(let role, let expected, let found):
      "a match on the role \(role) has \(found) parts; give one for each of its \(expected) "
        + "candidates."
    case .invalidChoice:
      "a choice has no alternatives, or a weight that is not positive; remove it."
    case .separatorWithinStory(let text):
      "the text \(text.debugDescription) contains a newline, which ends stories; leave it out."
    }
  }
}

/// Checks all that `StoryGrammar` relies on.
///
/// Unambiguity: at every choice no text of one alternative is the beginning of a text of another,
/// for any casting. A reader who knows the text so far can then always tell the next choice, so by
/// induction each text has one derivation. The check compares beginnings of bounded length and
/// assumes that a recalled role can be anyone; so it may reject a grammar that is in fact
/// unambiguous, and never accepts one that is not.
struct StoryGrammarCheck {
  /// Alternatives have to differ within this many bytes of UTF-8.
  static let horizon = 40

  private var introduced: Set<String> = []

  static func check(_ story: StoryPart) throws(StoryGrammarError) {
    var check = StoryGrammarCheck()
    try check.check(story, isTop: true)
  }

  private mutating func check(_ part: StoryPart, isTop: Bool) throws(StoryGrammarError) {
    switch part {
    case .text(let string):
      try check(string)
    case .sequence(let parts):
      for part in parts { try check(part, isTop: isTop) }
    case .choice(let alternatives):
      guard !alternatives.isEmpty,
        alternatives.allSatisfy({ $0.weight > 0 && $0.weight.isFinite })
      else { throw .invalidChoice }
      for alternative in alternatives { try check(alternative.part, isTop: false) }
      try checkTellApart(alternatives.map { Self.beginnings(of: $0.part) })
    case .introduce(let role, let attribute):
      guard isTop, introduced.insert(role.name).inserted else {
        throw .introducedTwiceOrWithinChoice(role: role.name)
      }
      try check(role, attribute)
      try checkTellApart(role.attributes[attribute]!.map { [Self.beginning(of: $0)] })
    case .recall(let role, let attribute):
      guard introduced.contains(role.name) else { throw .notIntroduced(role: role.name) }
      try check(role, attribute)
    case .match(let role, let parts):
      guard introduced.contains(role.name) else { throw .notIntroduced(role: role.name) }
      guard parts.count == role.candidates else {
        throw .wrongNumberOfCases(
          role: role.name, expected: role.candidates, found: parts.count)
      }
      for part in parts { try check(part, isTop: false) }
    }
  }

  private func check(_ role: StoryRole, _ attribute: String) throws(StoryGrammarError) {
    guard let texts = role.attributes[attribute] else {
      throw .unknownAttribute(role: role.name, attribute: attribute)
    }
    for text in texts { try check(text) }
  }

  private func check(_ text: String) throws(StoryGrammarError) {
    if text.unicodeScalars.contains(StoryGrammar.separator) { throw .separatorWithinStory(text) }
  }

  /// Throws unless no beginning in one set is the start of (or equal to) one in another.
  private func checkTellApart(_ alternatives: [Set<[UInt8]>]) throws(StoryGrammarError) {
    // In sorted order a text stands directly before those that start with it.
    let sorted = alternatives.enumerated()
      .flatMap { index, texts in texts.map { (text: $0, alternative: index) } }
      .sorted { $0.text.lexicographicallyPrecedes($1.text) }
    for (index, shorter) in sorted.enumerated() {
      for longer in sorted[(index + 1)...] {
        guard longer.text.starts(with: shorter.text) else { break }
        guard longer.alternative == shorter.alternative else {
          throw .ambiguous(
            String(decoding: shorter.text, as: UTF8.self),
            String(decoding: longer.text, as: UTF8.self))
        }
      }
    }
  }

  /// All texts that the part can write, as UTF-8, each cut to the horizon.
  private static func beginnings(of part: StoryPart) -> Set<[UInt8]> {
    switch part {
    case .text(let string):
      return [beginning(of: string)]
    case .sequence(let parts):
      var beginnings: Set<[UInt8]> = [[]]
      for part in parts where beginnings.contains(where: { $0.count < horizon }) {
        let continuations = Self.beginnings(of: part)
        beginnings = beginnings.reduce(into: []) { longer, beginning in
          for continuation in continuations {
            longer.insert(Array((beginning + continuation).prefix(horizon)))
          }
        }
      }
      return beginnings
    case .choice(let alternatives):
      return alternatives.reduce(into: []) { $0.formUnion(beginnings(of: $1.part)) }
    case .introduce(let role, let attribute), .recall(let role, let attribute):
      return Set(role.attributes[attribute]!.map(beginning))
    case .match(_, let parts):
      return parts.reduce(into: []) { $0.formUnion(beginnings(of: $1)) }
    }
  }

  private static func beginning(of text: String) -> [UInt8] { Array(text.utf8.prefix(horizon)) }
}
