import FledgeCourse
import Foundation

/// The result of a run of an exercise's checks.
package struct Verdict: Sendable {
  package enum Outcome: String, Codable, Sendable, Equatable {
    case passed
    /// It does not compile.
    case uncompiled
    /// An expectation did not hold.
    case failed
    /// A part is not written yet.
    case unwritten
    /// The program stopped by a trap.
    case crashed
    /// It exceeded its time limit.
    case timedOut
    /// It exceeded its memory limit.
    case outOfMemory
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
  package var crash: Crash?
  /// Whether it was stopped because it had stopped using the processor.
  package var stoodStill = false
  /// Where it stood when it was stopped, as far as that is known.
  package var standing: Crash?
  /// What was observed, check by check.
  package var observations: [CheckEvent] = []
  package var expectations = 0
  /// The compiler's warnings, if it compiled.
  package var warnings: [Diagnostic] = []
  /// What the checks skipped, and why.
  package var notes: [String] = []
  /// The compiler's messages, or the last output of a crashed program.
  package var messages = ""
  /// What the learner's code printed.
  package var output = ""
  package var compileSeconds = 0.0
  package var runSeconds = 0.0

  package init(outcome: Outcome) { self.outcome = outcome }

  package var diagnostics: [Diagnostic] { Diagnostic.parse(messages) }
  package var seconds: Double { compileSeconds + runSeconds }
}

extension Assembly {
  /// Compiles and runs checks.
  ///
  /// - Parameter exercises: the folder with the learner's files, in which a crash or a loop is
  ///   traced to its line; nil to trace none.
  package func verdict(
    with compiler: Compiler, in folder: URL, seconds: Double, observes: Bool = false,
    tracingInto exercises: URL? = nil, incrementally: Bool = false
  ) throws(CourseError) -> Verdict {
    let compiled = try compile(with: compiler, in: folder, incrementally: incrementally)
    var verdict = Verdict(outcome: .uncompiled)
    verdict.compileSeconds = compiled.seconds
    verdict.messages = compiled.messages
    guard compiled.succeeded else { return verdict }
    verdict.warnings = Diagnostic.parse(compiled.messages)
    try Self.run(
      in: folder, seconds: seconds, observes: observes, tracingInto: exercises, &verdict)
    return verdict
  }

  /// Runs compiled checks and adds their results to a verdict.
  package static func run(
    in folder: URL, seconds: Double, observes: Bool = false, tracingInto exercises: URL? = nil,
    _ verdict: inout Verdict
  ) throws(CourseError) {
    var environment = observes ? ["FLEDGE_COURSE_OBSERVE": "1"] : [:]
    environment["SWIFT_BACKTRACE"] = exercises == nil ? "enable=no" : backtrace
    let (run, events) = try execute(
      in: folder, seconds: seconds, environment: environment, asksWhere: exercises != nil)
    verdict.runSeconds = run.seconds
    verdict.output = run.output
    verdict.messages = run.errors
    verdict.take(events)
    verdict.conclude(run, tracingInto: exercises)
  }

  /// The most that a program may write into one file: an endless loop that prints would fill the
  /// disk.
  private static let mostMegabytes = 256

  /// The most memory that a program may use, in megabytes: an endless loop that appends would stop
  /// the machine.
  package static let mostMemory = 4000

  private static let backtrace =
    "enable=yes,color=no,interactive=no,threads=crashed,images=none"
    + ",registers=crashed,limit=64,output-to=stderr"

  /// Runs the compiled program and reads its report; `hear` is called with each event.
  ///
  /// - Parameters:
  ///   - seconds: the limit of processor time. By the clock a program may take five times as long,
  ///     since a slow program on a busy machine does not hang. A program that does not use the
  ///     processor for that many seconds is stopped, too.
  ///   - asksWhere: whether a program that is to be stopped is asked before where it stands.
  package static func execute(
    in folder: URL, seconds: Double, environment: [String: String], asksWhere: Bool = false,
    megabytes: Int = mostMemory, hear: (CheckEvent) -> Void = { _ in }
  ) throws(CourseError) -> (run: Subprocess, events: [CheckEvent]) {
    let file = folder.appending(path: "report.jsonl")
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    var report = ReportReader(file)
    // The system's limit ends a program at once. One that is asked where it stands meets ours
    // before, where the system tells us its time.
    let comesFirst = asksWhere && Subprocess.seesProcessorTime
    let most = max(1, Int(seconds.rounded(.up))) + (comesFirst ? 60 : 0)
    // At the soft limit the system tells why it stops a program, at the hard one it does not.
    let limits =
      "ulimit -S -t \(most) && ulimit -H -t \(most + 1) && ulimit -f \(mostMegabytes * 2048)"
    var run = try Subprocess.run(
      URL(filePath: "/bin/sh"),
      ["-c", "\(limits) && exec \"$0\"", folder.appending(path: "run").path],
      environment: environment.merging(["FLEDGE_COURSE_REPORT": file.path]) { $1 },
      limits: Subprocess.Limits(
        seconds: 5 * seconds, processorSeconds: comesFirst ? seconds : nil, idleSeconds: seconds,
        megabytes: megabytes, answerSeconds: asksWhere ? 8 : nil), scratch: folder
    ) { report.read(hear) }
    report.read(hear)
    if run.crashed && run.status == SIGXCPU { (run.crashed, run.timedOut) = (false, true) }
    if run.crashed && run.status == SIGXFSZ {
      run.errors = "Fledge: it printed or wrote more than \(mostMegabytes) MB\n" + run.errors
    }
    return (run, report.events)
  }
}

/// Reads a report while it is written.
private struct ReportReader {
  /// Opened before the program starts, which unlinks the file.
  private let file: FileHandle?
  private var rest = Data()
  private(set) var events: [CheckEvent] = []

  init(_ file: URL) { self.file = try? FileHandle(forReadingFrom: file) }

  /// Reads what was written since the last call. A program that is stopped may leave half a line,
  /// which is ignored.
  mutating func read(_ hear: (CheckEvent) -> Void) {
    guard let file, let new = try? file.readToEnd() else { return }
    rest.append(new)
    guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
    for line in rest[..<end].split(separator: UInt8(ascii: "\n")) {
      guard let event = try? CheckEvent.decoder.decode(CheckEvent.self, from: line) else {
        continue
      }
      events.append(event)
      hear(event)
    }
    rest = Data(rest[rest.index(after: end)...])
  }
}

extension Verdict {
  mutating func take(_ events: [CheckEvent]) {
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
      case .progress: notes += event.what.map { [$0] } ?? []
      case .metric, .point, .sketch, .drawing, .done: break
      }
    }
    if let interrupted { failed.append(interrupted) }
  }

  mutating func conclude(_ run: Subprocess, tracingInto exercises: URL? = nil) {
    outcome =
      if run.timedOut {
        .timedOut
      } else if run.usedTooMuchMemory {
        .outOfMemory
      } else if unwritten != nil {
        .unwritten
      } else if run.crashed {
        .crashed
      } else if interrupted != nil && failures.isEmpty {
        // It ended itself in the middle of a check.
        .incomplete
      } else if !failed.isEmpty {
        .failed
      } else if run.status != 0 || planned.isEmpty || passed.count != planned.count {
        .incomplete
      } else {
        .passed
      }
    let trace = Crash.parse(run.errors, inFilesBelow: exercises)
    if run.crashed {
      crash = trace
    } else if (run.timedOut || run.usedTooMuchMemory) && trace.file != nil {
      standing = trace
    }
    stoodStill = run.stoodStill
  }

  /// Compares the checks that ran with those that the course has: with fewer, it is not a success.
  package mutating func require(_ checks: [String]) {
    if outcome == .passed, !Set(checks).isSubset(of: passed) { outcome = .incomplete }
  }
}
