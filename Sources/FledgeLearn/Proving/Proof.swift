import FledgeCourse
import Foundation
import Synchronization

/// What the course promises of every exercise, tried out: the stub compiles and fails, the solution
/// passes, every mutant is rejected, and no text gives the solution away.
package struct Proof: Sendable {
  package let files: CourseFiles
  package let compiler: Compiler
  package let scratch: URL

  package init(files: CourseFiles, compiler: Compiler, scratch: URL) {
    self.files = files
    self.compiler = compiler
    self.scratch = scratch
  }

  /// One program that is compiled and run for a proof.
  package enum Variant: Sendable {
    case solution
    case stub
    case mutant(Mutant)

    var name: String {
      switch self {
      case .solution: "solution"
      case .stub: "stub"
      case .mutant(let mutant): mutant.name
      }
    }
  }

  package struct Finding: Sendable {
    package let exercise: Exercise
    package let variant: String
    /// What is wrong; nil if all is as it must be.
    package let fault: String?
    package let fingerprint: Fingerprint?
    package let checks: Int
    package let expectations: Int
    package let seconds: Double
  }

  /// Proves the exercises, `jobs` programs at a time; `progress` hears of each finding.
  package func run(
    _ exercises: [Exercise], jobs: Int, progress: @escaping @Sendable (Finding) -> Void
  ) -> [Finding] {
    let tasks = exercises.flatMap { exercise in
      [(exercise, Variant.solution), (exercise, .stub)]
        + exercise.mutants.map { (exercise, .mutant($0)) }
    }
    let next = Mutex(0)
    let findings = Mutex<[Int: Finding]>([:])
    DispatchQueue.concurrentPerform(iterations: max(1, jobs)) { worker in
      let folder = scratch.appending(path: "worker-\(worker)")
      while true {
        let i = next.withLock { i in
          defer { i += 1 }
          return i
        }
        guard i < tasks.count else { return }
        let finding = prove(tasks[i].0, tasks[i].1, in: folder)
        findings.withLock { $0[i] = finding }
        progress(finding)
      }
    }
    let proved = findings.withLock { found in tasks.indices.map { found[$0]! } }
    return proved + exercises.flatMap { textFindings($0) }
  }

  private func prove(_ exercise: Exercise, _ variant: Variant, in folder: URL) -> Finding {
    func finding(_ fault: String?, _ verdict: Verdict? = nil) -> Finding {
      Finding(
        exercise: exercise, variant: variant.name, fault: fault, fingerprint: verdict?.fingerprint,
        checks: verdict?.planned.count ?? 0, expectations: verdict?.expectations ?? 0,
        seconds: (verdict?.compileSeconds ?? 0) + (verdict?.runSeconds ?? 0))
    }
    do {
      try? FileManager.default.removeItem(at: folder)
      let solution = try files.solution(of: exercise)
      let text =
        switch variant {
        case .solution: solution.solution
        case .stub: solution.stub
        case .mutant(let mutant): try solution.mutated(by: mutant)
        }
      let piece = Assembly.Piece(exercise: exercise, author: .learner, text: text, file: nil)
      let assembly = try Assembly.checks(
        of: exercise, piece, needs: files.references(neededBy: exercise), files: files)
      let verdict = try assembly.verdict(
        with: compiler, in: folder, seconds: exercise.seconds)
      return finding(fault(in: verdict, of: variant), verdict)
    } catch {
      return finding("\(error)")
    }
  }

  private func fault(in verdict: Verdict, of variant: Variant) -> String? {
    if verdict.outcome == .uncompiled { return "does not compile:\n\(verdict.messages)" }
    switch variant {
    case .solution:
      if verdict.outcome == .passed { return nil }
      let first = verdict.failures.first
      return """
        \(verdict.outcome): \(verdict.failed.joined(separator: "; "))
        \(first?.what ?? ""): expected \(first?.expected ?? "–"), got \(first?.got ?? "–")
        \(first?.detail ?? "") \(verdict.messages)
        """
    case .stub:
      return verdict.outcome == .passed ? "the stub passes" : nil
    case .mutant:
      switch verdict.outcome {
      case .failed, .crashed, .timedOut: return nil
      default: return "is not rejected: \(verdict.outcome)"
      }
    }
  }

  /// What can be seen without running anything.
  private func textFindings(_ exercise: Exercise) -> [Finding] {
    var faults: [String] = []
    if exercise.hints.count != 3 { faults.append("has \(exercise.hints.count) hints, not 3") }
    if !(3...6).contains(exercise.mutants.count) {
      faults.append("has \(exercise.mutants.count) mutants, not 3 to 6")
    }
    for need in exercise.needs
    where !Exercise.order(need).lexicographicallyPrecedes(Exercise.order(exercise.id)) {
      faults.append("needs \(need), which comes later")
    }
    do {
      let checks = try files.read(files.checksFile(of: exercise))
      let texts =
        [("its checks", checks)]
        + exercise.hints.enumerated().map { ("hint \($0 + 1)", $1) }
        + exercise.mutants.map { ("the hint of \($0.name)", $0.hint) }
      for line in try files.solution(of: exercise).regions.joined() {
        guard let telling = Self.tellingText(of: line) else { continue }
        for (name, text) in texts where Self.squeezed(text).contains(telling) {
          faults.append("\(name) gives away a line of the solution: \(line)")
        }
      }
    } catch {
      faults.append("\(error)")
    }
    return faults.map {
      Finding(
        exercise: exercise, variant: "texts", fault: $0, fingerprint: nil, checks: 0,
        expectations: 0, seconds: 0)
    }
  }

  /// The line without blanks if it says more than a brace or a common phrase does.
  private static func tellingText(of line: String) -> String? {
    let text = squeezed(line)
    return text.count >= 14 && !text.hasPrefix("//") ? text : nil
  }

  private static func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace } }
}
