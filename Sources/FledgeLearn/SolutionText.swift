import FledgeCourse

/// The text of a solved exercise: lines with regions for the learner to write.
///
///     func relu(_ x: Double) -> Double {
///       // solution
///       max(x, 0)
///       // end solution
///     }
///
/// In the stub, a region becomes `unwritten()`, or the lines that its `// stub: …` comments give;
/// an empty `// stub:` leaves nothing.
package struct SolutionText {
  package enum Part {
    case given(String)
    case region(solution: [String], stub: [String])
  }

  package let parts: [Part]
  private let file: String

  /// Reads the text of `file`, which is named in errors.
  package init(_ text: String, file: String) throws(CourseError) {
    self.file = file
    var parts: [Part] = []
    var region: (indent: String, solution: [String], stub: [String])?
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = String(line)
      let indent = String(line.prefix { $0 == " " })
      let words = String(line.dropFirst(indent.count))
      if words == "// solution" {
        guard region == nil else { throw .source(file, number + 1, "a region within a region") }
        region = (indent, [], [])
      } else if words == "// end solution" {
        guard let ended = region else { throw .source(file, number + 1, "ends no region") }
        guard ended.solution.contains(where: { !$0.isEmpty }) else {
          throw .source(file, number + 1, "an empty region")
        }
        let stub = ended.stub.isEmpty ? ["unwritten()"] : ended.stub.filter { !$0.isEmpty }
        parts.append(
          .region(solution: ended.solution, stub: stub.map { ended.indent + $0 }))
        region = nil
      } else if region != nil {
        if words.hasPrefix("// stub:") {
          let stub = words.dropFirst("// stub:".count)
          region?.stub.append(String(stub.hasPrefix(" ") ? stub.dropFirst() : stub))
        } else {
          region?.solution.append(line)
        }
      } else {
        parts.append(.given(line))
      }
    }
    guard region == nil else { throw .source(file, nil, "a region is not ended") }
    self.parts = parts
    guard !regions.isEmpty else { throw .source(file, nil, "has no region to write") }
  }

  /// The lines of each region.
  package var regions: [[String]] {
    parts.compactMap { if case .region(let solution, _) = $0 { solution } else { nil } }
  }

  /// The solution without marks.
  package var solution: String {
    let lines = parts.flatMap { part -> [String] in
      switch part {
      case .given(let line): [line]
      case .region(let solution, _): solution
      }
    }
    return lines.joined(separator: "\n")
  }

  /// What the learner gets.
  package var stub: String {
    let lines = parts.flatMap { part -> [String] in
      switch part {
      case .given(let line): [line]
      case .region(_, let stub): stub
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The solution with the mutant's mistake in it.
  package func mutated(by mutant: Mutant) throws(CourseError) -> String {
    try mutated(by: mutant, from: solution)
  }

  /// The solution with both mistakes in it; nil where they are made in the same place.
  package func mutated(by first: Mutant, and second: Mutant) -> String? {
    try? mutated(by: second, from: mutated(by: first))
  }

  private func mutated(by mutant: Mutant, from text: String) throws(CourseError) -> String {
    var text = text
    for edit in mutant.edits {
      let places = Self.places(of: edit.text, in: text)
      guard places.count == 1 else {
        throw .source(
          file, nil,
          "mutant \(mutant.name): its text occurs \(places.count) times, not once:\n\(edit.text)")
      }
      text.replaceSubrange(places[0], with: edit.replacement)
    }
    return text
  }

  /// Where `piece` occurs in `text`. A piece of several lines matches whole lines with any
  /// indentation.
  private static func places(of piece: String, in text: String) -> [Range<String.Index>] {
    guard piece.contains("\n") else { return text.ranges(of: piece) }
    func trimmed(_ line: some StringProtocol) -> Substring { Substring(line.drop { $0 == " " }) }
    let wanted = piece.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= wanted.count else { return [] }
    return (0...lines.count - wanted.count).compactMap { start in
      let found = lines[start..<start + wanted.count]
      guard found.map(trimmed) == wanted else { return nil }
      return found.first!.startIndex..<found.last!.endIndex
    }
  }
}
