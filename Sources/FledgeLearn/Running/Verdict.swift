import FledgeCourse
import Foundation

/// What came of a run of an exercise's checks.
package struct Verdict: Sendable {
  package enum Outcome: Sendable, Equatable {
    case passed
    /// It does not compile.
    case uncompiled
    /// An expectation did not hold.
    case failed
    /// A part is not written yet.
    case unwritten
    /// The program stopped by a trap.
    case crashed
    /// It did not end in its time.
    case timedOut
    /// Fewer checks ran than there are: never a success.
    case incomplete
  }

  package var outcome: Outcome
  package var planned: [String] = []
  package var passed: [String] = []
  /// The checks that did not pass, in order.
  package var failed: [String] = []
  /// The check that was running when the program ended early.
  package var interrupted: String?
  package var failures: [CheckEvent] = []
  package var unwritten: CheckEvent?
  package var observations: [CheckEvent] = []
  package var expectations = 0
  /// The compiler's messages, or what a crashed program wrote last.
  package var messages = ""
  /// What the learner's code printed.
  package var output = ""
  package var compileSeconds = 0.0
  package var runSeconds = 0.0

  /// The first thing that went wrong, shortened to what tells one mistake from another: the checks
  /// that failed, and the first value that was wrong. Digits beyond the fourth may differ from one
  /// machine to the next.
  package var fingerprint: Fingerprint {
    Fingerprint(
      failed: failed,
      got: failures.first?.got.map(Fingerprint.rounded)
        ?? (outcome == .failed ? nil : "\(outcome)"))
  }
}

/// What tells one wrong solution from another.
package struct Fingerprint: Codable, Hashable, Sendable {
  package var failed: [String]
  package var got: String?

  package static func rounded(_ text: String) -> String {
    text.replacing(/-?\d+\.\d+(e[+-]?\d+)?/) { match in
      Double(match.output.0).map { String(format: "%.4g", $0) } ?? String(match.output.0)
    }
  }
}

extension Assembly {
  /// Compiles and runs checks; `expected` is how many there must be.
  package func verdict(
    with compiler: Compiler, in folder: URL, seconds: Double, observes: Bool = false
  ) throws(CourseError) -> Verdict {
    let compiled = try compile(with: compiler, in: folder)
    var verdict = Verdict(outcome: .uncompiled)
    verdict.compileSeconds = compiled.seconds
    verdict.messages = compiled.messages
    guard compiled.succeeded else { return verdict }

    let (run, events) = try execute(
      in: folder, seconds: seconds, environment: observes ? ["FLEDGE_COURSE_OBSERVE": "1"] : [:])
    verdict.runSeconds = run.seconds
    verdict.output = run.output
    verdict.messages = run.errors
    verdict.take(events)
    verdict.outcome =
      if run.timedOut {
        .timedOut
      } else if verdict.unwritten != nil {
        .unwritten
      } else if run.crashed {
        .crashed
      } else if !verdict.failed.isEmpty {
        .failed
      } else if run.status != 0 || verdict.planned.isEmpty
        || verdict.passed.count != verdict.planned.count
      {
        .incomplete
      } else {
        .passed
      }
    return verdict
  }

  /// Runs the compiled program and reads what it reports.
  package func execute(
    in folder: URL, seconds: Double, environment: [String: String]
  ) throws(CourseError) -> (run: Subprocess, events: [CheckEvent]) {
    let report = folder.appending(path: "report.jsonl")
    _ = FileManager.default.createFile(atPath: report.path, contents: nil)
    let run = try Subprocess.run(
      folder.appending(path: "run"), [],
      environment: environment.merging(["FLEDGE_COURSE_REPORT": report.path]) { $1 },
      seconds: seconds, scratch: folder)
    let lines = ((try? Data(contentsOf: report)) ?? Data()).split(separator: UInt8(ascii: "\n"))
    // A program that is stopped may leave half a line.
    return (run, lines.compactMap { try? JSONDecoder().decode(CheckEvent.self, from: $0) })
  }
}

extension Verdict {
  fileprivate mutating func take(_ events: [CheckEvent]) {
    for event in events {
      switch event.kind {
      case .plan: planned = event.checks ?? []
      case .begin: interrupted = event.check
      case .failure: failures.append(event)
      case .unwritten: unwritten = event
      case .observation: observations.append(event)
      case .end:
        interrupted = nil
        expectations += event.expectations ?? 0
        guard let check = event.check else { continue }
        if event.passed == true { passed.append(check) } else { failed.append(check) }
      case .metric, .progress, .done: break
      }
    }
    if let interrupted { failed.append(interrupted) }
  }
}
