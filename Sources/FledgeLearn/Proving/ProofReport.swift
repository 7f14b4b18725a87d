import FledgeCourse
import Foundation

/// The results of `learn prove`, with counts.
package struct ProofReport: Codable, Sendable {
  package struct ChapterCount: Codable, Sendable {
    package var number: Int
    package var title: String
    package var exercises: Int
    package var checks: Int
    package var expectations: Int
    package var mutants: Int
    package var faults: Int
    package var seconds: Double
  }

  package var chapters: [ChapterCount]
  package var exercises: Int
  package var checks: Int
  package var mutants: Int
  package var milestones: Int
  /// Mutants whose failures cannot be told apart.
  package var ambiguous: [String]
  /// How many programs had two mistakes, and those in which neither is named.
  package var pairs: Int
  package var unnamedPairs: [String]
  /// The number of programs compiled and run, the seconds, and how many ran at a time.
  package var variants: Int
  package var jobs: Int
  package var secondsPerVariant: Double
  /// The processor time of the compiler and the programs together, which does not depend on how
  /// busy the machine is.
  package var processorSeconds: Double
  package var seconds: Double
  package var faults: [Proof.Finding]

  package init(
    _ findings: [Proof.Finding], exercises: [Exercise], chapters: [Chapter], jobs: Int,
    seconds: Double
  ) {
    func counts(_ chapter: Chapter) -> ChapterCount? {
      let own = exercises.filter { exercise in
        chapter.exercises.contains { $0.id == exercise.id }
      }
      guard !own.isEmpty else { return nil }
      let ids = Set(own.map(\.id) + ["milestone \(chapter.number)"])
      let all = findings.filter { ids.contains($0.subject) }
      let solutions = all.filter { $0.variant == Proof.Variant.solution.name }
      return ChapterCount(
        number: chapter.number, title: chapter.title, exercises: own.count,
        checks: solutions.map(\.checks.count).reduce(0, +),
        expectations: solutions.map(\.expectations).reduce(0, +),
        mutants: own.map(\.mutants.count).reduce(0, +),
        faults: all.count { $0.fault != nil }, seconds: all.map(\.seconds).reduce(0, +))
    }
    self.chapters = chapters.compactMap(counts)
    self.exercises = exercises.count
    checks = self.chapters.map(\.checks).reduce(0, +)
    mutants = self.chapters.map(\.mutants).reduce(0, +)
    milestones = findings.count { $0.subject.hasPrefix("milestone") }
    ambiguous = Fingerprints.from(findings, of: exercises).ambiguities().map {
      "\($0.exercise): \($0.mutants.joined(separator: " and "))"
    }
    let two = findings.filter(\.isPair)
    pairs = two.count
    unnamedPairs = two.filter { $0.named == nil }.map { "\($0.subject): \($0.variant)" }
    let compiled = findings.filter { finding in
      finding.seconds > 0 && exercises.contains { $0.id == finding.subject }
    }
    variants = compiled.count
    self.jobs = jobs
    secondsPerVariant =
      compiled.map(\.seconds).reduce(0, +) / Double(max(compiled.count, 1))
    self.seconds = seconds
    processorSeconds = Subprocess.processorSecondsOfAll
    faults = findings.filter { $0.fault != nil }
  }

  package func lines(_ ink: Ink) -> [String] {
    var lines: [String] = []
    for finding in faults {
      lines += ["", "\(ink.cross) \(finding.subject) \(finding.variant): \(finding.fault ?? "")"]
    }
    lines.append("")
    for chapter in chapters {
      lines.append(
        "\(chapter.number) \(chapter.title): \(chapter.exercises) exercises, \(chapter.checks) checks"
          + " (\(chapter.expectations) expectations), \(chapter.mutants) mutants,"
          + " \(chapter.faults) faults, \(String(format: "%.0f s", chapter.seconds))")
    }
    if !ambiguous.isEmpty {
      lines +=
        ["", "These fail in the same way, so neither gets its hint:"] + ambiguous.map { "  \($0)" }
    }
    if pairs > 0 {
      lines += [
        "",
        "Of \(pairs) pairs of mutants \(pairs - unnamedPairs.count) get a hint of one of them;"
          + " these get none:",
      ]
      lines += unnamedPairs.map { "  \($0)" }
    }
    lines += [
      "",
      "\(exercises) exercises, \(checks) checks, \(mutants) mutants, \(milestones) milestones,"
        + " \(faults.count) faults, \(String(format: "%.0f s", seconds))",
      ink.dim(
        String(
          format: "%d programs, %.2f s each, %d at a time; %.0f s of the processor in all",
          variants,
          secondsPerVariant, jobs, processorSeconds)),
    ]
    return lines
  }
}
