import FledgeCore

/// A piece of a story grammar: text, or a way to choose text.
///
/// Pieces are put together by string interpolation:
///
/// ```swift
/// let time: StoryPart = .oneOf("Once", "Long ago")
/// let hero = StoryRole("hero", ["name": ["Mia", "Tom"], "pronoun": ["she", "he"]])
/// let story: StoryPart = "\(time), there was \(hero.introduced(by: "name")). \
/// \(.oneOf("One day", "At night")) \(hero["pronoun"]) met a fox. \"Hello, \(hero["name"])!\""
/// ```
public indirect enum StoryPart: Sendable {
  /// Always the same text.
  case text(String)
  /// One part after the other.
  case sequence([StoryPart])
  /// One of several parts, with probability proportional to its weight.
  case choice([(weight: Double, part: StoryPart)])
  /// Casts a role: draws one of its candidates, all equally likely, and writes an attribute of it.
  case introduce(StoryRole, attribute: String)
  /// Writes an attribute of the candidate that the role was cast with. This is no choice: a model
  /// can know it only by remembering.
  case recall(StoryRole, attribute: String)
  /// The part that belongs to the candidate that the role was cast with.
  case match(StoryRole, [StoryPart])

  /// One of several parts, all equally likely.
  public static func oneOf(_ parts: StoryPart...) -> StoryPart {
    .choice(parts.map { (1, $0) })
  }

  /// One of several parts, with the given weights.
  public static func weighted(_ parts: (Double, StoryPart)...) -> StoryPart {
    .choice(parts.map { (weight: $0.0, part: $0.1) })
  }
}

extension StoryPart: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self = .text(value) }

  public init(stringInterpolation: Interpolation) {
    self = .sequence(stringInterpolation.parts)
  }

  /// Gathers the literal and interpolated parts of a string literal.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var parts: [StoryPart] = []

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { parts.append(.text(literal)) }
    }

    /// Takes a choice, a role or another part between two pieces of text.
    public mutating func appendInterpolation(_ part: StoryPart) {
      parts.append(part)
    }
  }
}

/// Someone or something that a story mentions more than once: the hero, the wish, the helper.
public struct StoryRole: Sendable {
  /// The role's name in messages: "hero".
  public let name: String
  /// What may be written of each candidate: for each attribute a text for every candidate.
  public let attributes: [String: [String]]
  /// The number of candidates.
  public let candidates: Int

  /// - Precondition: there is an attribute, and each has the same number of texts, at least one.
  public init(_ name: String, _ attributes: [String: [String]]) {
    let counts = Set(attributes.values.map(\.count))
    require(
      counts.count == 1 && counts != [0], "StoryPart",
      "StoryRole \(name): every attribute needs one text for each candidate, found \(counts)")
    self.name = name
    self.attributes = attributes
    candidates = counts.first!
  }

  /// Casts the role and writes this attribute. It has to tell the candidates apart.
  public func introduced(by attribute: String) -> StoryPart {
    .introduce(self, attribute: attribute)
  }

  /// Writes this attribute of the candidate cast earlier in the story.
  public subscript(attribute: String) -> StoryPart { .recall(self, attribute: attribute) }

  /// The part at the place of the candidate cast earlier in the story.
  public func matching(_ parts: [StoryPart]) -> StoryPart { .match(self, parts) }
}
