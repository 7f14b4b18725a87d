import FledgeCourse
import Foundation

/// How a milestone went: the run that decides, the reference's, and those that must miss the goal.
package struct MilestoneReport: Codable, Sendable {
  package struct Run: Codable, Sendable {
    package var name: String
    package var isControl = false
    /// The metrics, in the order in which they were last reported.
    package var metrics: [Metric] = []
    package var reached = false
    package var seconds = 0.0
    /// The peak memory of the process; nil if it did not report it.
    package var bytes: Int?
    /// Why there is no result.
    package var problem: String?

    package func value(of metric: String) -> Double? { metrics.last { $0.name == metric }?.value }
  }

  package struct Metric: Codable, Sendable {
    package var name: String
    package var value: Double
  }

  package var milestone: Int
  package var title: String
  package var metric: String
  /// "at least 0.97"
  package var goal: String
  package var authorship: [Authorship]
  package var runs: [Run] = []

  /// Whether the goal was reached and every control missed it.
  package private(set) var passed = false
  /// The outcome, on one line.
  package private(set) var summary = ""

  /// The run that decides: the learner's where there is one, else the reference's.
  package var decisive: Run? { runs.first { !$0.isControl } }

  mutating func conclude() {
    let failed = runs.filter { $0.isControl && ($0.reached || $0.problem != nil) }
    passed = decisive?.reached == true && failed.isEmpty
    summary = words(failed.first)
  }

  private func words(_ failedControl: Run?) -> String {
    func shown(_ run: Run?) -> String {
      run?.value(of: metric).map { format($0) } ?? "not reported"
    }
    if let problem = decisive?.problem { return problem }
    let result = "\(metric) is \(shown(decisive)), the goal is \(goal)"
    guard decisive?.reached == true else { return "missed: \(result)" }
    guard let control = failedControl else { return "reached: \(result)" }
    if let problem = control.problem {
      return "the control \(control.name) gave no result: \(problem)"
    }
    return "the control \(control.name) reaches the goal, too (\(metric) is \(shown(control))), so "
      + "that it means nothing"
  }
}

/// Trains the milestone of a chapter.
package struct MilestoneTrial: Sendable {
  package let course: CourseFiles
  package let compiler: Compiler
  /// Nil where only the reference is tried.
  package let examiner: Examiner?
  /// Who watches all runs as they train; nil for nobody.
  package let audience: (@Sendable (MilestoneNews) -> Void)?

  package init(
    course: CourseFiles, compiler: Compiler, examiner: Examiner?,
    audience: (@Sendable (MilestoneNews) -> Void)? = nil
  ) {
    self.course = course
    self.compiler = compiler
    self.examiner = examiner
    self.audience = audience
  }

  /// Builds and runs the milestone: with the learner's code if `mine` is set, then with the
  /// reference's, then each control on the code that was chosen. `progress` gets each step and the
  /// progress lines of a run, `draw` the pictures of the run that decides: a name and a drawing as SVG.
  package func run(
    _ chapter: Chapter, mine: Bool, in folder: URL, draw: (String, String) -> Void = { _, _ in },
    progress: (String) -> Void
  ) throws(CourseError) -> MilestoneReport {
    guard let card = chapter.milestone else { throw .unknownMilestone(chapter.number) }
    let lock = try Lock(in: folder)
    defer { lock.release() }
    let exercises = try course.closure(of: card.needs)
    let (own, authorship) =
      try examiner?.versions(of: exercises, mine: mine)
      ?? (
        exercises.map { course.reference($0) },
        exercises.map { Authorship(exercise: $0.id, author: .reference) }
      )
    var report = MilestoneReport(
      milestone: chapter.number, title: card.title, metric: card.metric, goal: card.goal.text,
      authorship: authorship)
    let isMine = authorship.contains { $0.author == .learner }
    if mine && !isMine {
      progress(
        "none of the exercises that milestone \(chapter.number) needs passes yet "
          + "(\(exercises.map(\.id).joined(separator: ", "))), so it runs on the reference's code")
    }

    let chosen = folder.appending(path: isMine ? "yours" : "reference")
    progress("building with \(isMine ? "your" : "the reference's") code")
    let name = isMine ? "yours" : "the reference"
    if let problem = try build(chapter, on: own, in: chosen) {
      report.runs.append(MilestoneReport.Run(name: name, problem: problem))
      report.conclude()
      return report
    }
    func announce(_ name: String, _ authorship: [Authorship]) {
      audience?(
        MilestoneNews(
          run: .init(
            title: "milestone \(chapter.number): \(name)", goal: "\(card.metric) \(card.goal.text)",
            authorship: authorship)))
    }
    announce(name, authorship)
    report.runs.append(try run(name, card, in: chosen, control: nil, draw, progress))
    if isMine {
      progress("building with the reference's code")
      let folder = folder.appending(path: "reference")
      let name = "the reference"
      if let problem = try build(chapter, on: exercises.map { course.reference($0) }, in: folder) {
        report.runs.append(MilestoneReport.Run(name: name, problem: problem))
      } else {
        announce(name, exercises.map { Authorship(exercise: $0.id, author: .reference) })
        report.runs.append(try run(name, card, in: folder, control: nil, { _, _ in }, progress))
      }
    }
    for control in card.controls {
      announce("control \(control.name)", authorship)
      report.runs.append(
        try run(control.name, card, in: chosen, control: control.name, { _, _ in }, progress))
    }
    report.conclude()
    return report
  }

  /// What is wrong; nil if it compiles.
  private func build(
    _ chapter: Chapter, on versions: [Version], in folder: URL
  ) throws(CourseError) -> String? {
    let result = try Assembly.milestone(of: chapter, on: versions, course: course)
      .compile(with: compiler, in: folder)
    if result.succeeded { return nil }
    let first = Diagnostic.parse(result.messages).first(where: \.isError)
    return "does not compile: "
      + (first.map { "\($0.file):\($0.line): \($0.message)" } ?? result.messages)
  }

  private func run(
    _ name: String, _ card: MilestoneCard, in folder: URL, control: String?,
    _ draw: (String, String) -> Void, _ progress: (String) -> Void
  ) throws(CourseError) -> MilestoneReport.Run {
    progress("running \(control.map { "the control \($0)" } ?? name)")
    var environment = control.map { ["FLEDGE_COURSE_CONTROL": $0] } ?? [:]
    if audience != nil { environment["FLEDGE_COURSE_WATCHED"] = "1" }
    let (process, events) = try Assembly.execute(
      in: folder, seconds: card.seconds, environment: environment
    ) { event in
      audience?(MilestoneNews(event: event))
      if event.kind == .progress, let line = event.what { progress("  \(line)") }
      if event.kind == .drawing, let picture = event.what, let svg = event.detail {
        for line in (event.picture ?? "").split(separator: "\n") { progress("  \(line)") }
        draw(picture, svg)
      }
    }
    var run = MilestoneReport.Run(name: name, isControl: control != nil)
    run.conclude(process, events, card)
    audience?(MilestoneNews(outcome: run.outcome))
    return run
  }
}

extension MilestoneReport.Run {
  /// Reads the report of a run and how it ended.
  mutating func conclude(_ process: Subprocess, _ events: [CheckEvent], _ card: MilestoneCard) {
    seconds = process.seconds
    var isDone = false
    for event in events {
      switch event.kind {
      case .metric:
        guard let metric = event.what, let value = event.value else { continue }
        metrics.removeAll { $0.name == metric }
        metrics.append(MilestoneReport.Metric(name: metric, value: value))
      case .done:
        isDone = true
        seconds = event.seconds ?? seconds
        bytes = event.bytes
      case .unwritten: problem = "\(event.what ?? "a part") is not written yet"
      default: break
      }
    }
    if process.timedOut {
      problem =
        process.stoodStill
        ? "did nothing for \(format(card.seconds)) s" : "did not end in \(format(card.seconds)) s"
    } else if process.usedTooMuchMemory {
      problem = "used more than \(Assembly.mostMemory) MB of memory"
    } else if problem == nil, process.status != 0 {
      let reason = Crash.parse(process.errors).message ?? process.errors.firstLine
      problem = "ended early: \(reason)"
    }
    // A run without a result has not missed the goal: even a control must not end like that.
    if problem == nil, !isDone { problem = "ended before the milestone did" }
    if problem == nil, value(of: card.metric) == nil { problem = "did not report \(card.metric)" }
    if problem == nil, let value = value(of: card.metric) {
      reached = card.goal.isReached(by: value)
    }
  }
}

extension MilestoneCard.Goal {
  package var text: String {
    switch self {
    case .atLeast(let bound): "at least \(format(bound))"
    case .atMost(let bound): "at most \(format(bound))"
    }
  }
}

extension CourseFiles {
  /// The named exercises and all that they need, in the order of the course.
  package func closure(of ids: [String]) throws(CourseError) -> [Exercise] {
    let needs = try needs(of: ids)
    for id in ids { _ = try exercise(id) }
    return exercises.filter { exercise in
      ids.contains(exercise.id) || needs.contains { $0.id == exercise.id }
    }
  }

  package func milestone(_ number: Int) throws(CourseError) -> Chapter {
    guard let chapter = chapters.first(where: { $0.number == number }), chapter.milestone != nil
    else { throw .unknownMilestone(number) }
    return chapter
  }
}

extension String {
  var firstLine: String { split(separator: "\n").first.map(String.init) ?? "no reason was given" }
}
