import FledgeCourse
import Foundation

/// A verdict for programs: what `learn test --json` writes.
package struct TrialReport: Codable, Sendable {
  package struct CheckResult: Codable, Sendable {
    package enum State: String, Codable, Sendable {
      case passed
      case failed
      /// The program ended before it.
      case unseen
    }

    package var name: String
    package var state: State
  }

  package struct Failure: Codable, Sendable {
    package var check: String?
    package var what: String?
    package var tried: String?
    package var expected: String?
    package var got: String?
    package var detail: String?
    package var picture: String?
    package var place: String?
  }

  package var exercise: String
  package var title: String
  package var passed: Bool
  package var outcome: Verdict.Outcome
  package var checks: [CheckResult]
  package var expectations: Int
  /// The first expectations that did not hold.
  package var failures: [Failure]
  /// The part that is not written yet, and where it is.
  package var unwritten: String?
  package var crash: Crash?
  /// The compiler's errors.
  package var errors: [Diagnostic]
  package var guess: Guess?
  package var tested: [Authorship]
  package var compileSeconds: Double
  package var runSeconds: Double
  package var output: String

  package init(_ trial: Trial) {
    let verdict = trial.verdict
    exercise = trial.exercise.id
    title = trial.exercise.title
    passed = trial.passed
    outcome = verdict.outcome
    checks = verdict.planned.map { name in
      let state: CheckResult.State =
        verdict.passed.contains(name)
        ? .passed : verdict.failed.contains(name) ? .failed : .unseen
      return CheckResult(name: name, state: state)
    }
    expectations = verdict.expectations
    failures = verdict.failures.map { event in
      Failure(
        check: event.check, what: event.what, tried: event.context, expected: event.expected,
        got: event.got, detail: event.detail, picture: event.picture, place: event.place)
    }
    unwritten = verdict.unwritten.map { "\($0.what ?? "") at \($0.place ?? "")" }
    crash = verdict.crash ?? verdict.standing
    errors =
      verdict.outcome == .uncompiled ? verdict.diagnostics.filter(\.isError) : []
    guess = trial.guess
    tested = trial.authorship
    compileSeconds = verdict.compileSeconds
    runSeconds = verdict.runSeconds
    output = verdict.output
  }
}

/// JSON as the commands write it.
package func json(_ value: some Encodable, isOneLine: Bool = false) throws(CourseError) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if !isOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    throw .other("cannot write JSON: \(error)")
  }
}
