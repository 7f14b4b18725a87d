import Fledge

/// Short reviews written by a few rules, for lack of a file.
///
/// What makes them more than a list of words: negations turn a judgement round ("not a good plot"),
/// mixed reviews praise one thing and blame another, and every class speaks of the same things.
struct Reviews {
  static let classNames = ["negative", "mixed", "positive"]

  private static let things = [
    "plot", "cast", "music", "ending", "camera work", "dialogue", "pace", "story", "acting",
    "humour", "soundtrack", "script", "direction", "opening", "second half",
  ]
  private static let good = [
    "good", "great", "brilliant", "moving", "clever", "funny", "beautiful", "sharp", "fresh",
    "convincing", "memorable",
  ]
  private static let bad = [
    "bad", "dull", "weak", "clumsy", "boring", "flat", "predictable", "lazy", "confusing",
    "shallow", "endless",
  ]
  private static let intensifiers = ["", "", "", "very ", "really ", "rather ", "simply "]
  private static let openings = [
    "I saw it last night.", "My sister chose this one.", "Two hours, no break.",
    "The cinema was full.", "I had read the book before.", "", "",
  ]
  private static let endings = [
    "I watched it with friends.", "Bring a snack.", "It runs until Sunday.",
    "The seats were fine.", "", "", "",
  ]

  /// `count` reviews with their classes, the same for the same seed.
  static func write(_ count: Int, _ generator: Generator) -> (texts: [String], labels: [Int]) {
    let labels = (0..<count).map { _ in generator.integer(below: 3) }
    return (labels.map { write(label: $0, generator) }, labels)
  }

  private static func write(label: Int, _ generator: Generator) -> String {
    func pick(_ choices: [String]) -> String { choices[generator.integer(below: choices.count)] }
    func judgement(isGood: Bool) -> String {
      let thing = pick(things)
      let isNegated = generator.bernoulli(0.3)
      let word = pick(isGood != isNegated ? good : bad)
      let strength = pick(intensifiers)
      if isNegated { return "the \(thing) was not \(strength)\(word)" }
      return generator.bernoulli(0.5)
        ? "the \(thing) was \(strength)\(word)" : "a \(strength)\(word) \(thing)"
    }
    // 0 blames twice, 1 does one of each, 2 praises twice.
    let first = label == 1 ? generator.bernoulli(0.5) : label == 2
    let second = label == 1 ? !first : label == 2
    let joint = label == 1 ? ", but " : ", and "
    let sentence = judgement(isGood: first) + joint + judgement(isGood: second) + "."
    return [pick(openings), sentence, pick(endings)].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
