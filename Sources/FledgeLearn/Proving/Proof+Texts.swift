import FledgeCourse

extension Proof {
  /// The faults that can be found without running anything.
  func textFindings(_ exercise: Exercise) -> [Finding] {
    var faults: [String] = []
    if exercise.hints.count != 3 { faults.append("has \(exercise.hints.count) hints, not 3") }
    if !(3...12).contains(exercise.mutants.count) {
      faults.append("has \(exercise.mutants.count) mutants, not 3 to 12")
    }
    for need in exercise.needs
    where !Exercise.order(need).lexicographicallyPrecedes(Exercise.order(exercise.id)) {
      faults.append("needs \(need), which comes later")
    }
    do {
      let checks = try course.read(course.checksFile(of: exercise))
      let texts =
        [("its checks", checks)]
        + exercise.hints.enumerated().map { ("hint \($0 + 1)", $1) }
        + exercise.mutants.map { ("the hint of \($0.name)", $0.hint) }
      let regions = try course.solution(of: exercise).regions
      for line in regions.joined() {
        guard let telling = Self.tellingText(of: line) else { continue }
        for (name, text) in texts where Self.squeezed(text).contains(telling) {
          faults.append("\(name) gives away a line of the solution: \(line)")
        }
      }
      // In the checks something so short may be an expected value.
      for region in regions {
        guard let whole = Self.tellingText(ofWhole: region) else { continue }
        for (name, text) in texts.dropFirst() where Self.squeezed(text).contains(whole) {
          faults.append("\(name) gives away a whole region of the solution: \(whole)")
        }
      }
    } catch {
      faults.append("\(error)")
    }
    return faults.map { Finding(exercise.id, "texts", fault: $0) }
  }

  /// The line without blanks if it says more than a brace or a common phrase does.
  private static func tellingText(of line: String) -> String? {
    let text = squeezed(line)
    return text.count >= 14 && !text.hasPrefix("//") ? text : nil
  }

  /// A region of one line without blanks, if it is too short for `tellingText(of:)` and yet says
  /// something: it calls or computes.
  static func tellingText(ofWhole region: [String]) -> String? {
    let lines = region.map(squeezed).filter { !$0.isEmpty && !$0.hasPrefix("//") }
    guard lines.count == 1, (6..<14).contains(lines[0].count),
      lines[0].contains(where: { "+-*/%&|<>=(?!".contains($0) })
    else { return nil }
    return lines[0]
  }

  private static func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
