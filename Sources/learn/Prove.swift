import ArgumentParser
import FledgeCourse
import FledgeLearn
import Foundation

/// `learn prove`: for those who write exercises, and for continuous integration.
struct Prove: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Proves that each exercise's checks accept its solution and reject everything else.",
    discussion: "For authors of exercises; learners do not need it.")

  @Argument(
    help: "The exercises, such as 1.1; a number alone means a chapter. All if none is named.")
  var names: [String] = []

  @Option(help: "How many programs to compile at a time.")
  var jobs = 2

  func run() throws {
    let setting = try Setting()
    let chosen =
      names.isEmpty
      ? setting.files.exercises
      : try names.flatMap { name in
        try setting.files.chapters.first { "\($0.number)" == name }?.exercises
          ?? [setting.files.exercise(name)]
      }
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "prove-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let proof = Proof(files: setting.files, compiler: setting.compiler, scratch: scratch)
    let start = ContinuousClock.now
    let findings = proof.run(chosen, jobs: jobs) { finding in
      let mark = finding.fault == nil ? "✓" : "✗"
      print(
        "\(mark) \(finding.exercise.id) \(finding.variant)  \(String(format: "%.1f s", finding.seconds))"
      )
    }
    let faults = findings.filter { $0.fault != nil }
    for finding in faults {
      print("\n\(finding.exercise.id) \(finding.variant): \(finding.fault!)")
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(
      """

      \(chosen.count) exercises, \(findings.filter { $0.variant == "solution" }.map(\.checks).reduce(0, +)) \
      checks, \(chosen.map(\.mutants.count).reduce(0, +)) mutants, \(faults.count) faults, \
      \(String(format: "%.0f s", seconds))
      """)
    if !faults.isEmpty { throw ExitCode.failure }
  }
}
