import FledgeCourse
import Foundation

/// Identifies a wrong solution: the checks that failed, and the first failure, reduced to what is
/// the same in every run and on every machine.
package struct Fingerprint: Codable, Sendable, Equatable {
  package var failed: [String]
  /// The first wrong value, or how the program ended; nil if that changes from run to run, for
  /// example where threads race or time is measured.
  package var got: String?

  package init(failed: [String], got: String?) {
    self.failed = failed
    self.got = got
  }

  package init(of verdict: Verdict) {
    failed = verdict.failed
    let reason = verdict.crash?.message.map { ": \($0)" } ?? ""
    let first = verdict.failures.first.map { [$0.what, $0.got].compactMap { $0 } }
    let words = first?.joined(separator: ": ") ?? "\(verdict.outcome)\(reason)"
    // How numbers are aligned depends on their signs, which rounding decides near 0.
    let text = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    // The later lines of a large tensor add nothing.
    got = String(text.prefix(Self.length))
  }

  private static let length = 200

  /// Whether it is empty and cannot tell mistakes apart.
  package var isEmpty: Bool { failed.isEmpty && got == nil }

  /// The part that two runs of one program have in common.
  package func common(with other: Fingerprint) -> Fingerprint {
    Fingerprint(
      failed: failed.filter { other.failed.contains($0) }, got: hasSameValue(as: other) ? got : nil)
  }

  /// Whether both show the same mistake. Numbers may differ a little: processors round differently.
  package func matches(_ other: Fingerprint) -> Bool {
    failed == other.failed && hasSameValue(as: other)
  }

  /// Whether both may come from one program: where threads race, a check fails only sometimes.
  package func isCompatible(with other: Fingerprint) -> Bool {
    if isEmpty || other.isEmpty { return false }
    let isPart =
      Set(failed).isSubset(of: other.failed) || Set(other.failed).isSubset(of: failed)
    return isPart && (got == nil || other.got == nil || hasSameValue(as: other))
  }

  package func hasSameValue(as other: Fingerprint) -> Bool {
    guard let got, let otherGot = other.got else { return false }
    var (mine, theirs) = (Self.parts(got), Self.parts(otherGot))
    if max(got.count, otherGot.count) == Self.length {
      // Cut off somewhere, perhaps within a number.
      let count = min(mine.count, theirs.count) - 2
      (mine, theirs) = (Array(mine.prefix(count)), Array(theirs.prefix(count)))
    }
    return mine.count == theirs.count
      && zip(mine, theirs).allSatisfy { a, b in
        switch (Double(a), Double(b)) {
        case (let x?, let y?):
          a == b || abs(x - y) <= 1e-3 * max(abs(x), abs(y)) + 1e-9
        default: a == b
        }
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
  package func guess(_ verdict: Verdict, of exercise: Exercise) -> Guess? {
    guard let record = exercises[exercise.id] else { return nil }
    var failed = verdict.failed
    if verdict.outcome == .unwritten, failed.last == verdict.interrupted {
      failed = Array(failed.dropLast())
    }
    guard !failed.isEmpty else { return nil }
    let wrong = Fingerprint(of: verdict)
    // A run that reached an unwritten part has run only the first checks.
    let ran = Set(verdict.passed + failed)
    let alike = exercise.mutants.filter { mutant in
      guard let known = record.mutants[mutant.name] else { return false }
      return known.failed.filter { ran.contains($0) } == failed
    }
    let same = alike.filter { record.mutants[$0.name]?.hasSameValue(as: wrong) == true }
    if same.count == 1 { return Guess(mutant: same[0].name, hint: same[0].hint, isSure: true) }
    guard same.isEmpty, alike.count == 1, verdict.outcome != .unwritten else { return nil }
    return Guess(mutant: alike[0].name, hint: alike[0].hint, isSure: false)
  }
}

/// A mistake that a failure looks like.
package struct Guess: Codable, Sendable, Equatable {
  package var mutant: String
  package var hint: String
  /// Whether the values agree as well, and not the failed checks alone.
  package var isSure: Bool
}
