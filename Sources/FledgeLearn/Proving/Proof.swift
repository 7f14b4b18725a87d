import FledgeCourse
import Foundation
import Synchronization

/// Tests what the course promises for every exercise: the stub compiles and fails, the solution
/// passes, every mutant is rejected, and no text gives the solution away.
package struct Proof: Sendable {
  package let course: CourseFiles
  package let compiler: Compiler
  package let scratch: URL
  /// The known fingerprints of mutants; nil to find them again.
  package let fingerprints: Fingerprints?

  package init(
    course: CourseFiles, compiler: Compiler, scratch: URL, fingerprints: Fingerprints?
  ) {
    self.fingerprints = fingerprints
    self.course = course
    self.compiler = compiler
    self.scratch = scratch
  }

  /// One program that is compiled and run for a proof.
  package enum Variant: Sendable, Equatable {
    case solution
    case stub
    case mutant(Mutant)
    /// Two mistakes at a time, as in most first tries.
    case pair(Mutant, Mutant)

    package static func == (a: Variant, b: Variant) -> Bool { a.name == b.name }

    package var name: String {
      switch self {
      case .solution: "solution"
      case .stub: "stub"
      case .mutant(let mutant): mutant.name
      case .pair(let first, let second): "\(first.name) and \(second.name)"
      }
    }

    /// The mutants whose mistakes are in it.
    var mistakes: [String] {
      switch self {
      case .solution, .stub: []
      case .mutant(let mutant): [mutant.name]
      case .pair(let first, let second): [first.name, second.name]
      }
    }
  }

  /// What one worker does in one folder.
  enum Task: Sendable {
    /// Programs of one exercise, one after the other: what does not depend on the variant is compiled
    /// once.
    case variants(Exercise, [Variant])
    /// All solutions in one program, or all stubs, as a workspace has them.
    case everything(Variant)
    case milestone(Chapter)
  }

  package struct Finding: Codable, Sendable {
    /// "1.5", "course", "milestone 1"
    package var subject: String
    package var variant: String
    /// What is wrong; nil if nothing is.
    package var fault: String?
    /// How a mutant failed.
    package var fingerprint: Fingerprint?
    package var checks: [String] = []
    package var expectations = 0
    package var seconds = 0.0
    /// The part of them in which it was compiled.
    package var compileSeconds = 0.0
    /// Whether it is two mistakes at a time, and the one that the learner's hint is about.
    package var isPair = false
    package var named: String?

    package init(_ subject: String, _ variant: String, fault: String? = nil) {
      self.subject = subject
      self.variant = variant
      self.fault = fault
    }
  }

  /// What is proved besides the exercises.
  package struct Extent: Sendable {
    /// Whether all files of the course are also compiled together.
    package var isWhole: Bool
    package var milestones: [Chapter]
    /// Whether mutants are also tried two at a time.
    package var pairs: Bool

    package init(isWhole: Bool, milestones: [Chapter], pairs: Bool = false) {
      self.isWhole = isWhole
      self.milestones = milestones
      self.pairs = pairs
    }
  }

  /// Proves the exercises, `jobs` programs at a time; `progress` is called with each finding.
  package func run(
    _ exercises: [Exercise], and extent: Extent, jobs: Int,
    progress: @escaping @Sendable (Finding) -> Void
  ) throws(CourseError) -> [Finding] {
    // Before the workers start: each of them would build it.
    _ = try compiler.library()
    // The long ones first, so that no worker ends with one.
    var tasks = extent.milestones.reversed().map { Task.milestone($0) }
    if extent.isWhole { tasks += [.everything(.solution), .everything(.stub)] }
    tasks += Self.tasks(exercises, jobs) { exercise in
      [.solution, .stub] + exercise.mutants.map { Variant.mutant($0) }
    }
    var findings = run(tasks, jobs: jobs, progress: progress)
    if extent.pairs {
      let found = Fingerprints.from(findings, of: exercises)
      let pairs = Self.tasks(exercises, jobs) { twoMistakes(in: $0) }
      findings += Proof(course: course, compiler: compiler, scratch: scratch, fingerprints: found)
        .run(pairs, jobs: jobs, progress: progress)
    }
    return findings + exercises.flatMap { textFindings($0) }
  }

  /// The exercises' programs as tasks, the later chapters first: they take longer. A few exercises
  /// are divided among the workers, many are not.
  static func tasks(
    _ exercises: [Exercise], _ jobs: Int, _ variants: (Exercise) -> [Variant]
  ) -> [Task] {
    let parts = exercises.count >= 2 * jobs ? 1 : max(1, jobs)
    return exercises.reversed().flatMap { exercise in
      let all = variants(exercise)
      return (0..<parts).map { part in
        Task.variants(exercise, all.indices.filter { $0 % parts == part }.map { all[$0] })
      }
    }
  }

  /// Each two mutants, where both can be made in one text.
  private func twoMistakes(in exercise: Exercise) -> [Variant] {
    guard let solution = try? course.solution(of: exercise) else { return [] }
    return exercise.mutants.enumerated().flatMap { i, first in
      exercise.mutants.dropFirst(i + 1).compactMap { second in
        solution.mutated(by: first, and: second) == nil ? nil : .pair(first, second)
      }
    }
  }

  private func run(
    _ work: [Task], jobs: Int, progress: @escaping @Sendable (Finding) -> Void
  ) -> [Finding] {
    let next = Atomic(0)
    let findings = Mutex<[Int: [Finding]]>([:])
    DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { worker in
      let folder = scratch.appending(path: "worker-\(worker)")
      while true {
        let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard i < work.count else { return }
        let found = prove(work[i], in: folder, progress: progress)
        findings.withLock { $0[i] = found }
      }
    }
    return findings.withLock { found in work.indices.flatMap { found[$0]! } }
  }

  private func prove(
    _ task: Task, in folder: URL, progress: (Finding) -> Void
  ) -> [Finding] {
    try? FileManager.default.removeItem(at: folder)
    func told(_ finding: Finding) -> [Finding] {
      progress(finding)
      return [finding]
    }
    switch task {
    case .variants(let exercise, let variants):
      return variants.flatMap { told(prove(exercise, $0, in: folder)) }
    case .everything(let variant): return told(proveEverything(variant, in: folder))
    case .milestone(let chapter): return told(prove(milestoneOf: chapter, in: folder))
    }
  }

  // MARK: One exercise

  private func prove(_ exercise: Exercise, _ variant: Variant, in folder: URL) -> Finding {
    var finding = Finding(exercise.id, variant.name)
    do {
      let version = Version(exercise, by: .learner, .text(try text(of: exercise, variant)))
      let assembly = try Assembly.checks(
        of: exercise, on: version, needs: course.references(neededBy: exercise), course: course)
      let verdict = try assembly.verdict(
        with: compiler, in: folder, seconds: exercise.seconds, incrementally: true)
      finding.fault = fault(in: verdict, of: variant)
      if case .pair = variant {
        finding.isPair = true
        finding.named = fingerprints?.guess(verdict, of: exercise)?.mutant
        if let named = finding.named, !variant.mistakes.contains(named) {
          finding.fault = finding.fault ?? "gets the hint of \(named), which is not in it"
        }
      }
      finding.checks = verdict.planned
      finding.expectations = verdict.expectations
      finding.seconds = verdict.seconds
      finding.compileSeconds = verdict.compileSeconds
      if case .mutant(let mutant) = variant {
        let fingerprint = try fingerprint(of: verdict, exercise, mutant, in: folder)
        finding.fingerprint = fingerprint
        if fingerprint.isEmpty { finding.fault = finding.fault ?? "fails in no two runs alike" }
      }
    } catch {
      finding.fault = "\(error)"
    }
    return finding
  }

  /// How a mutant fails. If its fingerprint is unknown or different, it runs again, and only what
  /// all runs have in common counts.
  private func fingerprint(
    of verdict: Verdict, _ exercise: Exercise, _ mutant: Mutant, in folder: URL
  ) throws(CourseError) -> Fingerprint {
    var fingerprint = Fingerprint(of: verdict)
    let known = fingerprints?.exercises[exercise.id]?.mutants[mutant.name]
    if let known, known.isCompatible(with: fingerprint, varies: mutant.varies) {
      return fingerprint
    }
    // A program that hangs would hang again.
    if [.timedOut, .outOfMemory].contains(verdict.outcome) { return fingerprint }
    for _ in 0..<2 {
      var again = Verdict(outcome: .incomplete)
      try Assembly.run(in: folder, seconds: exercise.seconds, &again)
      fingerprint = fingerprint.common(with: Fingerprint(of: again))
    }
    return fingerprint
  }

  private func text(of exercise: Exercise, _ variant: Variant) throws(CourseError) -> String {
    let solution = try course.solution(of: exercise)
    return switch variant {
    case .solution: solution.solution
    case .stub: solution.stub
    case .mutant(let mutant): try solution.mutated(by: mutant)
    case .pair(let first, let second):
      solution.mutated(by: first, and: second) ?? solution.solution
    }
  }

  private func fault(in verdict: Verdict, of variant: Variant) -> String? {
    if verdict.outcome == .uncompiled {
      // Two edits that do not go together show nothing.
      if case .pair = variant { return nil }
      return "does not compile:\n\(verdict.messages)"
    }
    switch variant {
    case .solution:
      if verdict.outcome == .passed { return warning(in: verdict) }
      let first = verdict.failures.first
      return """
        \(verdict.outcome): \(verdict.failed.joined(separator: "; "))
        \(first?.what ?? ""): expected \(first?.expected ?? "–"), got \(first?.got ?? "–")
        \(first?.detail ?? "") \(verdict.messages)
        """
    case .stub:
      return verdict.outcome == .passed ? "the stub passes" : warning(in: verdict)
    case .mutant, .pair:
      switch verdict.outcome {
      case .failed, .crashed, .timedOut, .outOfMemory: return nil
      default: return "is not rejected: \(verdict.outcome)"
      }
    }
  }

  private func warning(in verdict: Verdict) -> String? {
    verdict.warnings.first.map { "compiles with a warning: \($0.file):\($0.line): \($0.message)" }
  }

  // MARK: All of it

  private func proveEverything(_ variant: Variant, in folder: URL) -> Finding {
    var finding = Finding("course", "every \(variant.name) in one program")
    do {
      var assembly = Assembly(
        files: course.exercises.map { course.checksFile(of: $0) },
        texts: [("main.swift", WorkspaceTexts.main(course))])
      for exercise in course.exercises {
        assembly.texts.append(("\(exercise.file).swift", try text(of: exercise, variant)))
      }
      let result = try assembly.compile(with: compiler, in: folder)
      finding.seconds = result.seconds
      if !result.succeeded {
        finding.fault = "does not compile:\n\(result.messages)"
      } else if let warning = Diagnostic.parse(result.messages).first {
        finding.fault =
          "compiles with a warning: \(warning.file):\(warning.line): \(warning.message)"
      }
    } catch {
      finding.fault = "\(error)"
    }
    return finding
  }

  private func prove(milestoneOf chapter: Chapter, in folder: URL) -> Finding {
    var finding = Finding("milestone \(chapter.number)", "the reference and its controls")
    let start = ContinuousClock.now
    do {
      let report = try MilestoneTrial(course: course, compiler: compiler, examiner: nil)
        .run(chapter, mine: false, in: folder) { _ in }
      if !report.passed { finding.fault = report.summary }
    } catch {
      finding.fault = "\(error)"
    }
    finding.seconds = (ContinuousClock.now - start) / .seconds(1)
    return finding
  }
}
