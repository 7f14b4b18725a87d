import ArgumentParser
import FledgeCourse
import FledgeIO
import FledgeLearn
import Foundation

/// `learn prove`: for those who write exercises, and for continuous integration.
struct Prove: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Proves that each exercise's checks accept its solution and reject everything else.",
    discussion: """
      For authors of exercises; learners do not need it. Without names it proves the whole course, \
      and compiles all of it as one program besides.
      """)

  @Argument(
    help: "The exercises, such as 1.1; a number alone means a chapter. All if none is named.")
  var names: [String] = []

  @Option(help: "The number of programs to compile at a time.")
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Flag(help: "Save how the mutants fail, for their hints.")
  var write = false

  @Flag(help: "Prove the milestones, too.")
  var milestones = false

  @Flag(help: "Also try mutants two at a time: a hint must be about one of them.")
  var pairs = false

  @Flag(help: "Print only faults and a summary.")
  var quiet = false

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let course = setting.course
    let isWhole = names.isEmpty
    let chapters =
      isWhole ? course.chapters : course.chapters.filter { names.contains("\($0.number)") }
    let chosen =
      isWhole
      ? course.exercises
      : try names.flatMap { name in
        try course.chapters.first { "\($0.number)" == name }?.exercises ?? [course.exercise(name)]
      }
    let extent = Proof.Extent(
      isWhole: isWhole,
      milestones: milestones ? chapters.filter { $0.milestone != nil } : [], pairs: pairs)
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "prove-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }

    let start = ContinuousClock.now
    let proof = Proof(
      course: course, compiler: try setting.compiler(), scratch: scratch,
      fingerprints: write ? nil : try Fingerprints.read(in: course.root))
    let ink = options.ink
    let progress: @Sendable (Proof.Finding) -> Void = { [options, quiet] finding in
      guard !quiet else { return }
      let mark = finding.fault == nil ? ink.tick : ink.cross
      let seconds = ink.dim(
        String(
          format: "%.1f s compiled, %.1f s run", finding.compileSeconds,
          finding.seconds - finding.compileSeconds))
      options.say(["\(mark) \(finding.subject) \(finding.variant)  \(seconds)"])
    }
    var findings = try proof.run(chosen, and: extent, jobs: jobs, progress: progress)
    findings += try fingerprints(Fingerprints.from(findings, of: chosen), course)
    let report = ProofReport(
      findings, exercises: chosen, chapters: course.chapters, jobs: jobs,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    try options.emit(report)
    options.say(report.lines(ink))
    if !report.faults.isEmpty { throw ExitCode.failure }
  }

  /// Saves the fingerprints, or reports where the saved ones are stale.
  private func fingerprints(
    _ found: Fingerprints, _ course: CourseFiles
  ) throws -> [Proof.Finding] {
    if !write { return try Fingerprints.read(in: course.root).staleFindings(found, course: course) }
    let old = (try? Fingerprints.read(in: course.root)) ?? Fingerprints()
    let text = try old.updated(from: found, course: course).text
    try AtomicFile.write(text, to: Fingerprints.file(in: course.root).path)
    return []
  }
}
