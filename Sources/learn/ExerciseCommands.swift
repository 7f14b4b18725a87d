import ArgumentParser
import FledgeCourse
import FledgeIO
import FledgeLearn
import Foundation

struct ExerciseName: ParsableArguments {
  @Argument(help: "Such as 1.5 or Ex1_5_Backward; the current exercise if nothing is named.")
  var name: String?
}

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Checks the current exercise on every save (the default).",
    discussion: "With --json, each verdict is a line of standard output.")

  @Flag(
    inversion: .prefixedNo,
    help: "Build on your own earlier exercises where they pass, or on the reference's only.")
  var mine = true

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let examiner = try setting.examiner()
    let guide = try setting.guide()
    let screen = Screen.isPossible && !options.json ? Screen() : nil
    let watch = try Watch(
      examiner, guide: guide, ink: options.ink, names: setting.names(guide.workspace),
      screen: screen, mine: mine, say: options.say
    ) { (trial) throws(CourseError) in
      try options.emit(TrialReport(trial), isOneLine: true)
    }
    watch.run()
  }
}

struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks an exercise once: 0 if it passes, 1 if not.")

  @OptionGroup var exercise: ExerciseName

  @Flag(
    inversion: .prefixedNo,
    help: "Build on your own earlier exercises where they pass, or on the reference's only.")
  var mine = true

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let examiner = try setting.examiner()
    let guide = try setting.guide()
    let wanted = try guide.exercise(exercise.name)
    let trial = try examiner.test(wanted, mine: mine)
    try options.emit(TrialReport(trial))
    let names = setting.names(guide.workspace)
    options.say(VerdictText(trial, ink: options.ink, names: names).lines)
    guard trial.passed else { throw ExitCode.failure }
    options.say([""] + (try guide.continuation(after: wanted, ink: options.ink, names: names)))
  }
}

struct Hint: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives one more hint, up to three.")

  @OptionGroup var exercise: ExerciseName
  @OptionGroup var options: CommonOptions

  private struct Answer: Encodable {
    var exercise: String
    var hints: [String]
    var isLast: Bool
  }

  func run() throws {
    let guide = try Setting(options).guide()
    let wanted = try guide.exercise(exercise.name)
    let hints = try guide.nextHint(for: wanted)
    let isLast = hints.count == wanted.hints.count
    try options.emit(Answer(exercise: wanted.id, hints: hints, isLast: isLast))
    let ink = options.ink
    options.say([ink.bold("\(wanted.id) \(wanted.title)")])
    for (number, hint) in hints.enumerated() {
      options.say(ink.wrapped("\(number + 1). \(hint)", indent: 2, hanging: 3))
    }
    options.say([ink.dim(isLast ? "  That was the last hint." : "  Ask again for another.")])
  }
}

struct Text: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what the chapter says about an exercise.")

  @OptionGroup var exercise: ExerciseName
  @OptionGroup var options: CommonOptions

  func run() throws {
    let guide = try Setting(options).guide()
    let wanted = try guide.exercise(exercise.name)
    let text = try guide.course.text(about: wanted)
    try options.emit(["exercise": wanted.id, "text": text])
    options.say(ChapterText(markdown: text, ink: options.ink).lines)
  }
}

struct Solution: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the reference's solution: after passing, or after asking twice.")

  @OptionGroup var exercise: ExerciseName
  @OptionGroup var options: CommonOptions

  private struct Answer: Encodable {
    var exercise: String
    var solution: String?
  }

  func run() throws {
    let guide = try Setting(options).guide()
    let wanted = try guide.exercise(exercise.name)
    let solution = try guide.solution(of: wanted)
    try options.emit(Answer(exercise: wanted.id, solution: solution))
    guard let solution else {
      options.say([
        "\(wanted.id) has not passed yet. There are hints (`learn hint \(wanted.id)`);",
        "ask again to see the solution anyway.",
      ])
      throw ExitCode.failure
    }
    options.say([solution])
  }
}

struct Reset: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restores the stub; your version is kept beside it as .bak.")

  @OptionGroup var exercise: ExerciseName

  @Flag(help: "Do not ask.")
  var yes = false

  @OptionGroup var options: CommonOptions

  private struct Answer: Encodable {
    var exercise: String
    var copy: String?
  }

  func run() throws {
    let setting = Setting(options)
    let guide = try setting.guide()
    let wanted = try guide.exercise(exercise.name)
    if !yes && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 {
      // To standard error, not among the results.
      FileHandle.standardError.write(
        Data("Restore the stub of \(wanted.id)? Your version is kept as a copy. [y/N] ".utf8))
      guard readLine()?.lowercased().hasPrefix("y") == true else { throw ExitCode.failure }
    }
    let copy = try guide.workspace.reset(wanted, in: setting.course)
    try options.emit(Answer(exercise: wanted.id, copy: copy?.path))
    let names = setting.names(guide.workspace)
    options.say([
      "\(wanted.id) \(wanted.title) is a stub again"
        + (copy.map { "; your text is kept as \(names.short($0.path))" } ?? "")
    ])
  }
}

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs yours and the reference's side by side and names the first difference.",
    discussion: "0 if nothing differs, 1 if something does.")

  @OptionGroup var exercise: ExerciseName

  @Flag(
    inversion: .prefixedNo,
    help: "Build on your own earlier exercises where they pass, or on the reference's only.")
  var mine = true

  @OptionGroup var options: CommonOptions

  private struct Answer: Encodable {
    var exercise: String
    var outcome: Verdict.Outcome
    var tested: [Authorship]
    var comparison: Comparison
  }

  func run() throws {
    let setting = Setting(options)
    let examiner = try setting.examiner()
    let wanted = try setting.guide().exercise(exercise.name)
    let (learner, reference, authorship) = try examiner.observe(wanted, mine: mine)
    guard learner.outcome != .uncompiled else {
      let trial = Trial(exercise: wanted, verdict: learner, authorship: authorship)
      let names = setting.names(examiner.workspace)
      try options.emit(TrialReport(trial))
      options.say(VerdictText(trial, ink: options.ink, names: names).lines)
      throw ExitCode.failure
    }
    let comparison = Comparison(learner: learner.observations, reference: reference.observations)
    try options.emit(
      Answer(
        exercise: wanted.id, outcome: learner.outcome, tested: authorship, comparison: comparison))
    options.say(comparison.lines(wanted, learner, ink: options.ink))
    options.say(["", options.ink.dim("Tested: \(authorship.words(options.ink))")])
    if comparison.divergence != nil || learner.outcome != .passed { throw ExitCode.failure }
  }
}

struct MilestoneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "milestone",
    abstract: "Trains a chapter's milestone, and compares it with the reference.",
    discussion: """
      Then it breaks the run on purpose, in each way that the milestone names: such a run must miss \
      the goal. 0 if the goal is reached and every control misses it, 1 if not.
      """)

  @Argument(help: "The chapter's number.")
  var number: Int

  @Flag(
    inversion: .prefixedNo,
    help: "Use your own exercises where they pass, or the reference's only.")
  var mine = true
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let chapter = try setting.course.milestone(number)
    let page = live ? try MilestonePage(setting.program("studio")) : nil
    defer { page?.end() }
    let ink = options.ink
    options.say(
      ink.wrapped("\(ink.bold("Milestone \(number)")): \(chapter.milestone!.promise)") + [""])
    // Without a workspace there is nothing of one's own.
    let examiner = mine ? try? setting.examiner() : nil
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "learn-\(UUID().uuidString)")
    let scratch =
      examiner?.workspace.root.appending(path: ".learn/Milestone\(number)") ?? temporary
    defer { try? FileManager.default.removeItem(at: temporary) }
    let trial = MilestoneTrial(
      course: setting.course, compiler: try setting.compiler(), examiner: examiner,
      audience: page?.tell)
    var drawings: [(name: String, svg: String)] = []
    let report = try trial.run(
      chapter, mine: examiner != nil, in: scratch, draw: { drawings.append(($0, $1)) }
    ) { options.mention($0) }
    try options.emit(report)
    options.say(report.table(ink))
    // Pictures of the learner's own network are kept with their work.
    if let workspace = examiner?.workspace {
      for (name, svg) in drawings {
        let file = workspace.root.appending(path: "Pictures/milestone\(number)-\(name).svg")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AtomicFile.write(svg, to: file.path)
        options.say(["Picture: \(ink.cyan(setting.names(workspace).short(file.path)))"])
      }
    }
    if examiner != nil, let guide = try? setting.guide() {
      if !live {
        let words = ink.cyan(guide.command("milestone \(number) --live"))
        options.say(["Watch it in the browser while it trains: \(words)"])
      }
      options.say(["Play with your code in the browser: \(ink.cyan(guide.command("studio")))"])
    }
    if !report.passed { throw ExitCode.failure }
  }
}
