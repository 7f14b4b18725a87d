import FledgeCore
// C's `stdout` is a variable, to which Swift 6 allows no access otherwise.
@preconcurrency import Foundation

/// The one report of this process.
nonisolated(unsafe) private let report = Report()

/// The check that is running, for ``unwritten(_:file:line:)``.
nonisolated(unsafe) private var runningCheck: String?

/// Runs the checks of an exercise and ends the process: 0 if all held, 1 if not.
public func runChecks(of exercise: String, _ checks: [Check]) -> Never {
  writeLineByLine()
  var plan = CheckEvent(.plan)
  plan.exercise = exercise
  plan.checks = checks.map(\.name)
  report.write(plan)
  var failed = checks.isEmpty
  for check in checks where !run(check) { failed = true }
  report.write(CheckEvent(.done))
  exit(failed ? 1 : 0)
}

private func run(_ check: Check) -> Bool {
  var begin = CheckEvent(.begin)
  begin.check = check.name
  report.write(begin)
  runningCheck = check.name
  let start = ContinuousClock.now
  let recorder = Recorder(report: report, check: check.name)
  do {
    try observed(check) { try check.body(recorder) }
  } catch {
    recorder.settle(
      false, "no error is thrown", expected: "no error", got: "\(error)",
      observed: ObservedValue(text: "\(error)"), file: #fileID, line: #line)
  }
  if recorder.expectationCount == 0 && !recorder.isSkipped {
    recorder.settle(
      false, "the check expects something", expected: "an expectation", got: "none",
      observed: ObservedValue(text: "none"), file: #fileID, line: #line)
  }
  var end = CheckEvent(.end)
  end.check = check.name
  end.passed = recorder.failureCount == 0
  end.expectations = recorder.expectationCount
  end.seconds = (ContinuousClock.now - start) / .seconds(1)
  report.write(end)
  return end.passed == true
}

/// Runs `body`, with an observer at the framework's door if observations are reported.
private func observed(_ check: Check, _ body: () throws -> Void) throws {
  guard report.observes else { return try body() }
  try observingOperations(
    { for observation in Observation.all(of: $0) { report.write(observation, of: check.name) } },
    in: body)
}

/// Marks a part that the learner has not written yet: reports it and ends the run.
public func unwritten(
  _ what: String = #function, file: StaticString = #filePath, line: UInt = #line
) -> Never {
  var event = CheckEvent(.unwritten)
  event.check = runningCheck
  event.what = what
  event.place = "\(file):\(line)"
  report.write(event)
  exit(1)
}

/// Takes the numbers and messages of a milestone's code.
public final class MilestoneRun {
  /// The part to break in this run, one of ``MilestoneCard/controls``; nil in the real run.
  public let control: String?
  /// Whether a page in the browser shows the run.
  private let isWatched: Bool

  init() {
    let environment = ProcessInfo.processInfo.environment
    control = environment[Report.Variable.control]
    isWatched = environment[Report.Variable.watched] != nil
  }

  /// Reports a result: an accuracy, a loss, a count.
  public func report(_ metric: String, _ value: Double) {
    var event = CheckEvent(.metric)
    event.what = metric
    event.value = value
    FledgeCourse.report.write(event)
  }

  /// Shows a picture of what was trained, such as its filters: the runner writes the drawing to a file
  /// of that name and shows the lines.
  public func draw(_ name: String, svg: String, lines: [String]) {
    var event = CheckEvent(.drawing)
    event.what = name
    event.detail = svg
    event.picture = lines.joined(separator: "\n")
    FledgeCourse.report.write(event)
  }

  /// Adds a point to a curve that `learn milestone --live` shows in the browser.
  public func record(
    _ curve: String, _ value: @autoclosure () -> Double, at step: Int, of steps: Int
  ) {
    guard isWatched else { return }
    var event = CheckEvent(.point)
    event.what = curve
    event.value = value()
    (event.step, event.steps) = (step, steps)
    FledgeCourse.report.write(event)
  }

  /// Shows a picture of the network as it is now, in the browser alone; else it is not drawn.
  public func sketch(_ name: String, svg: () -> String) {
    guard isWatched else { return }
    var event = CheckEvent(.sketch)
    event.what = name
    event.detail = svg()
    FledgeCourse.report.write(event)
  }

  /// Runs `body`, which trains in a loop of the learner's: each cross-entropy of a forward pass is a point
  /// of a curve, its mean over the rows.
  public func recordingCrossEntropy<R>(
    as curve: String, of steps: Int, in body: () throws -> R
  ) rethrows -> R {
    guard isWatched else { return try body() }
    var step = 0
    return try observingOperations(
      { [self] operation in
        guard operation.name == "crossEntropy" && !operation.isBackward else { return }
        step += 1
        let losses = operation.outputs[0].array(of: Double.self)
        record(curve, losses.reduce(0, +) / Double(losses.count), at: step, of: steps)
      }, in: body)
  }

  /// Reports a line of progress.
  public func progress(_ line: String) {
    var event = CheckEvent(.progress)
    event.what = line
    FledgeCourse.report.write(event)
  }
}

/// Lets what the learner prints leave the process with each line: what waits in a buffer is lost in
/// a crash, and is most wanted then.
private func writeLineByLine() { setvbuf(stdout, nil, _IOLBF, 0) }

/// Runs a milestone and ends the process.
public func runMilestone(_ body: (MilestoneRun) throws -> Void) -> Never {
  writeLineByLine()
  let run = MilestoneRun()
  let start = ContinuousClock.now
  do {
    try body(run)
  } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
  }
  var done = CheckEvent(.done)
  done.seconds = (ContinuousClock.now - start) / .seconds(1)
  done.bytes = peakResidentBytes()
  report.write(done)
  exit(0)
}

/// The peak memory of this process in bytes; nil if the system does not tell.
private func peakResidentBytes() -> Int? {
  #if os(Linux)
    // Not getrusage: its value for a process starts from the size of the parent process.
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  #else
    var usage = rusage()
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
  #endif
}
