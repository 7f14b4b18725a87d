import Foundation

/// Expected information (nats) and length (Unicode scalars) of what a part of a grammar writes.
///
/// Both add up along a sequence, so one walk computes them. The candidate of a role is drawn with
/// fixed probabilities, at the top of the story and independently of all other choices
/// (`StoryGrammarCheck` ensures this); a part that depends on a role is therefore averaged over the
/// role's candidates, and within it the candidate stays fixed.
struct StoryExpectation {
  var entropy = 0.0
  var length = 0.0

  static func of(_ part: StoryPart, cast: [String: Int] = [:]) -> StoryExpectation {
    switch part {
    case .text(let string):
      return StoryExpectation(length: Double(string.unicodeScalars.count))
    case .sequence(let parts):
      return parts.reduce(into: StoryExpectation()) { $0.add(of($1, cast: cast)) }
    case .choice(let alternatives):
      var sum = StoryExpectation()
      for (index, alternative) in alternatives.enumerated() {
        let probability = StoryPart.probability(of: index, among: alternatives)
        sum.add(of(alternative.part, cast: cast), times: probability)
        sum.entropy -= probability * log(probability)
      }
      return sum
    case .introduce(let role, let attribute):
      var mean = of(.recall(role, attribute: attribute))
      mean.entropy += log(Double(role.candidates))
      return mean
    case .recall(let role, let attribute):
      return average(over: role, cast: cast) { candidate, _ in
        of(.text(role.attributes[attribute]![candidate]))
      }
    case .match(let role, let parts):
      return average(over: role, cast: cast) { candidate, cast in
        of(parts[candidate], cast: cast)
      }
    }
  }

  private static func average(
    over role: StoryRole, cast: [String: Int],
    _ expectation: (_ candidate: Int, _ cast: [String: Int]) -> StoryExpectation
  ) -> StoryExpectation {
    if let candidate = cast[role.name] { return expectation(candidate, cast) }
    var mean = StoryExpectation()
    for candidate in 0..<role.candidates {
      let conditional = expectation(
        candidate, cast.merging([role.name: candidate]) { $1 })
      mean.add(conditional, times: 1 / Double(role.candidates))
    }
    return mean
  }

  private mutating func add(_ other: StoryExpectation, times factor: Double = 1) {
    entropy += factor * other.entropy
    length += factor * other.length
  }
}
