import FledgeCourse
import Foundation

/// Identifies a wrong solution: the checks that failed, and the first failure of each, reduced to
/// what is the same in every run and on every machine.
package struct Fingerprint: Codable, Sendable, Equatable {
  package var failed: [String]
  /// The first wrong value of each failed check, or the message of the crash within it. A check is
  /// left out where that changes from run to run (threads race, time is measured), and where the
  /// program ended without a word: many mistakes do that.
  package var values: [String: String]

  package init(failed: [String], values: [String: String]) {
    self.failed = failed
    self.values = values
  }

  package init(of verdict: Verdict) {
    failed = verdict.failed
    values = [:]
    for event in verdict.failures {
      guard let check = event.check, values[check] == nil else { continue }
      values[check] = Self.reduced(
        [event.what, event.got].compactMap { $0 }.joined(separator: ": "))
    }
    if let check = verdict.interrupted, values[check] == nil, let message = verdict.crash?.message {
      values[check] = Self.reduced("crashed: \(message)")
    }
  }

  private static let length = 200

  private static func reduced(_ words: String) -> String {
    // How numbers are aligned depends on their signs, which rounding decides near 0.
    let text = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    // The later lines of a large tensor add nothing.
    return String(text.prefix(length))
  }

  /// Whether it is empty and cannot tell mistakes apart.
  package var isEmpty: Bool { failed.isEmpty && values.isEmpty }

  /// The part that two runs of one program have in common.
  package func common(with other: Fingerprint) -> Fingerprint {
    Fingerprint(
      failed: failed.filter { other.failed.contains($0) },
      values: values.filter { other.hasValue($0.value, in: $0.key) })
  }

  /// Whether both show the same mistake. Numbers may differ a little: processors round differently.
  package func matches(_ other: Fingerprint) -> Bool {
    failed == other.failed && values.keys == other.values.keys
      && values.allSatisfy { other.hasValue($0.value, in: $0.key) }
  }

  /// Whether the check shows this value here, too.
  func hasValue(_ value: String, in check: String) -> Bool {
    values[check].map { Self.isSame($0, value) } ?? false
  }

  /// Whether the check shows a number or a message, and not only that something does not hold. The
  /// beginning of a large tensor says too little: it may differ later.
  func isTelling(in check: String) -> Bool {
    values[check].map {
      $0.count < Self.length && !$0.hasSuffix(": false") && !$0.hasSuffix(": true")
    } ?? false
  }

  /// Whether both may come from one program: where threads race, a check fails only sometimes.
  ///
  /// For a mutant that varies (see ``/FledgeCourse/Mutant/varies``), one check that fails in both is
  /// enough: on a busy machine, other checks fail than on an idle one, and with other values.
  package func isCompatible(with other: Fingerprint, varies: Bool = false) -> Bool {
    if isEmpty || other.isEmpty { return false }
    if varies { return !Set(failed).isDisjoint(with: other.failed) }
    let isPart =
      Set(failed).isSubset(of: other.failed) || Set(other.failed).isSubset(of: failed)
    return isPart
      && values.allSatisfy { other.values[$0.key] == nil || other.hasValue($0.value, in: $0.key) }
  }

  private static func isSame(_ got: String, _ otherGot: String) -> Bool {
    if got == otherGot { return true }
    var (mine, theirs) = (parts(got), parts(otherGot))
    if max(got.count, otherGot.count) == length {
      // Cut off somewhere, perhaps within a number.
      let count = min(mine.count, theirs.count) - 2
      // Texts that differ, and in which there is no number before the cut.
      guard count > 0 else { return false }
      (mine, theirs) = (Array(mine.prefix(count)), Array(theirs.prefix(count)))
    }
    return mine.count == theirs.count
      && zip(mine, theirs).allSatisfy { a, b in
        // Whole numbers are counts, and not rounded.
        if let m = Int(a), let n = Int(b) { return m == n }
        guard let x = Double(a), let y = Double(b) else { return a == b }
        return abs(x - y) <= 1e-3 * max(abs(x), abs(y)) + 1e-9
      }
  }

  /// The text cut at its numbers, the numbers among the parts.
  private static func parts(_ text: String) -> [String] {
    var parts: [String] = []
    var rest = Substring(text)
    while let match = rest.firstMatch(of: /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/) {
      parts.append(String(rest[..<match.range.lowerBound]))
      parts.append(String(match.output))
      rest = rest[match.range.upperBound...]
    }
    return parts + [String(rest)]
  }
}

/// What the proofs know about each exercise, saved in `Fingerprints.json` beside the cards: its
/// checks, and how each mutant fails.
package struct Fingerprints: Codable, Sendable, Equatable {
  package var exercises: [String: Record] = [:]

  package struct Record: Codable, Sendable, Equatable {
    package var checks: [String]
    package var mutants: [String: Fingerprint]

    package init(checks: [String], mutants: [String: Fingerprint]) {
      self.checks = checks
      self.mutants = mutants
    }
  }

  package init() {}

  package static func file(in root: URL) -> URL {
    root.appending(path: "Sources/ExerciseCards/Fingerprints.json")
  }

  /// Those of the checkout; none where there is no file yet.
  package static func read(in root: URL) throws(CourseError) -> Fingerprints {
    let file = file(in: root)
    guard FileManager.default.fileExists(atPath: file.path) else { return Fingerprints() }
    do {
      return try JSONDecoder().decode(Fingerprints.self, from: Data(contentsOf: file))
    } catch {
      throw .source(file.path, nil, "cannot be read; `learn prove --write` writes it again")
    }
  }

  package var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }

  /// The mistake that a verdict looks like; nil if none matches, or more than one.
  ///
  /// Only values and messages count, check by check: that the same checks fail says little. With
  /// several mistakes at a time, a check that one of them alone reaches still shows that one.
  package func guess(_ verdict: Verdict, of exercise: Exercise) -> Guess? {
    guard let record = exercises[exercise.id] else { return nil }
    let wrong = Fingerprint(of: verdict)
    // A run that reached an unwritten part has run only the first checks.
    let isCut = verdict.outcome == .unwritten
    let failed = verdict.failed.filter {
      !isCut || $0 != verdict.interrupted || wrong.values[$0] != nil
    }
    let ran = Set(verdict.passed + failed)
    /// Mutants that break no check that holds here.
    let possible = exercise.mutants.filter { mutant in
      guard let known = record.mutants[mutant.name] else { return false }
      return known.failed.allSatisfy { !ran.contains($0) || failed.contains($0) }
    }
    func shows(_ mutant: Mutant, in check: String) -> Bool {
      guard let value = wrong.values[check], let known = record.mutants[mutant.name] else {
        return false
      }
      return known.hasValue(value, in: check)
    }
    func guess(_ mutant: Mutant, isSure: Bool) -> Guess {
      Guess(mutant: mutant.name, hint: mutant.hint, isSure: isSure)
    }
    let whole = possible.filter { mutant in
      let known = record.mutants[mutant.name]!
      return known.failed.count { ran.contains($0) } == failed.count
        && failed.contains { shows(mutant, in: $0) }
        && failed.allSatisfy { known.values[$0] == nil || shows(mutant, in: $0) }
    }
    if whole.count > 1 { return nil }
    if let one = whole.first {
      return guess(one, isSure: failed.contains { wrong.isTelling(in: $0) && shows(one, in: $0) })
    }
    for check in failed where wrong.isTelling(in: check) {
      let alike = exercise.mutants.filter { shows($0, in: check) }
      if alike.count == 1, possible.contains(where: { $0.name == alike[0].name }) {
        return guess(alike[0], isSure: false)
      }
    }
    return nil
  }
}

/// A mistake that a failure looks like.
package struct Guess: Codable, Sendable, Equatable {
  package var mutant: String
  package var hint: String
  /// Whether all failures are those of this mistake, and not some of them.
  package var isSure: Bool
}
