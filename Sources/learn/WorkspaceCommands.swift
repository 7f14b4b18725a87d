import ArgumentParser
import FledgeLearn
import Foundation

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes your own package with all exercises to solve.")

  @Argument(help: "The folder; by default Workspace in the checkout.")
  var folder: String?

  @Flag(help: "Keep existing files, for a workspace whose learn.json was lost.")
  var keep = false

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let root =
      (folder ?? options.workspace).map { setting.folder($0) }
      ?? Workspace.standard(in: setting.course.root)
    let changes = try Workspace.make(at: root, course: setting.course, keeping: keep)
    try options.emit(changes)
    let workspace = Workspace(root: root)
    let guide = Guide(course: setting.course, workspace: workspace)
    let ink = options.ink
    let names = setting.names(workspace)
    options.say([
      "\(ink.tick) \(names.short(root.path)) has \(setting.course.exercises.count) exercises to write",
      "", "It is yours: put it under version control if you like.", "",
    ])
    options.say(guide.introduction(try guide.exercise(nil), ink: ink, names: names))
    options.say(["", "Go on with " + ink.cyan(guide.command())])
  }
}

struct Update: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds what is new in the course; never touches your work.")

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let workspace = try setting.workspace()
    let changes = try workspace.update(from: setting.course)
    try options.emit(changes)
    guard !changes.isEmpty else { return options.say(["Everything is up to date."]) }
    options.say(changes.map { "\($0.kind.word) \($0.path)" })
    if changes.contains(where: { $0.kind == .kept }) {
      options.say([
        "",
        "Kept files are yours; `learn reset NAME` takes the course's newer stub and keeps a copy.",
      ])
    }
  }
}

extension FileChange.Kind {
  fileprivate var word: String {
    switch self {
    case .added: "new       "
    case .refreshed: "refreshed "
    case .kept: "kept      "
    case .replaced: "replaced  (your version is beside it as .bak) "
    case .orphaned: "no longer in the course, left alone "
    }
  }
}

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Lists all exercises.")

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let overview = try Overview(setting.workspace(), setting.course)
    try options.emit(overview)
    options.say(overview.list(options.ink))
  }
}

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Shows your progress.")

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let workspace = try setting.workspace()
    let overview = try Overview(workspace, setting.course)
    try options.emit(overview)
    options.say(overview.status(options.ink, names: setting.names(workspace)))
  }
}

struct Next: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Goes to another exercise: the next one, or the one that is named.")

  @Argument(help: "Such as 2.1; start anywhere, skip anything.")
  var name: String?

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let guide = try setting.guide()
    guard let exercise = try guide.go(to: name) else {
      try options.emit(["current": guide.exercise(nil).id])
      return options.say(["All exercises pass."])
    }
    try options.emit(["current": exercise.id])
    options.say(
      guide.introduction(exercise, ink: options.ink, names: setting.names(guide.workspace)))
  }
}

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Checks this machine, and says what is missing and what to do."
  )

  @OptionGroup var options: CommonOptions

  func run() throws {
    let setting = Setting(options)
    let doctor = Doctor(
      root: setting.course.root,
      compiler: Result { () throws(CourseError) in try setting.compiler() },
      workspace: Result { () throws(CourseError) in try setting.workspace() })
    let ailments = doctor.examine()
    try options.emit(ailments)
    let ink = options.ink
    for finding in ailments {
      let mark =
        switch finding.state {
        case .good: ink.tick
        case .bad: ink.cross
        case .missing: ink.dim(ink.dot)
        }
      options.say(["\(mark) \(ink.bold(finding.name)): \(finding.detail)"])
      if let remedy = finding.remedy { options.say(["    \(remedy)"]) }
    }
    if ailments.contains(where: { $0.state == .bad }) { throw ExitCode.failure }
  }
}
