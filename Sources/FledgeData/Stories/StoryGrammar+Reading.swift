import Foundation

/// Reading stories back: from the text to its choices and their probability.
extension StoryGrammar {
  /// ln p of a story (without its newline), or `nil` if the grammar cannot write it. A test of what
  /// a model writes: is it a story, and how likely is it?
  public func logProbability(of text: String) -> Double? {
    derivations(of: text).first
  }

  /// ln p of a text of whole stories, each followed by its newline; `nil` if one of them is not a
  /// story. Divided by −1 and the number of characters, this is the least loss on the text that a
  /// model can expect.
  public func logProbability(ofStories text: String) -> Double? {
    var lines = text.unicodeScalars.split(
      separator: Self.separator, omittingEmptySubsequences: false)
    // What comes after the last newline.
    guard lines.removeLast().isEmpty else { return nil }
    var sum = 0.0
    for line in lines {
      guard let logProbability = logProbability(of: String(line)) else { return nil }
      sum += logProbability
    }
    return sum
  }

  /// ln p of each way to write `text`; there is at most one.
  func derivations(of text: String) -> [Double] {
    let text = Array(text.utf8)
    return StoryReader(text: text)
      .read(story, from: [StoryReader.State()])
      .filter { $0.offset == text.count }
      .map(\.logProbability)
  }
}

/// Follows all derivations of a text at once, dropping each where text and grammar part.
private struct StoryReader {
  struct State {
    var offset = 0
    var logProbability = 0.0
    var cast: [String: Int] = [:]
  }

  let text: [UInt8]

  func read(_ part: StoryPart, from states: [State]) -> [State] {
    if states.isEmpty { return [] }
    switch part {
    case .text(let string):
      return states.compactMap { read(string, from: $0) }
    case .sequence(let parts):
      return parts.reduce(states) { read($1, from: $0) }
    case .choice(let alternatives):
      return alternatives.indices.flatMap { index in
        let probability = StoryPart.probability(of: index, among: alternatives)
        return read(alternatives[index].part, from: states.map { $0.adding(log(probability)) })
      }
    case .introduce(let role, let attribute):
      return (0..<role.candidates).flatMap { candidate in
        states.compactMap { state in
          var next = state.adding(-log(Double(role.candidates)))
          next.cast[role.name] = candidate
          return read(role.attributes[attribute]![candidate], from: next)
        }
      }
    case .recall(let role, let attribute):
      return states.compactMap {
        read(role.attributes[attribute]![$0.cast[role.name]!], from: $0)
      }
    case .match(let role, let parts):
      return states.flatMap { read(parts[$0.cast[role.name]!], from: [$0]) }
    }
  }

  private func read(_ string: String, from state: State) -> State? {
    guard text[state.offset...].starts(with: string.utf8) else { return nil }
    var next = state
    next.offset += string.utf8.count
    return next
  }
}

extension StoryReader.State {
  fileprivate func adding(_ logProbability: Double) -> Self {
    var next = self
    next.logProbability += logProbability
    return next
  }
}
