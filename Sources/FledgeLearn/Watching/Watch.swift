import FledgeCourse
import Foundation

/// Watches the current exercise's file: on every save it runs the checks, and it moves on when they
/// pass. It has a screen and keys on a terminal, and prints plain lines elsewhere.
package final class Watch {
  private let examiner: Examiner
  private let guide: Guide
  private let ink: Ink
  private let names: FileNames
  private let screen: Screen?
  private let mine: Bool
  /// Prints lines where there is no screen.
  private let say: ([String]) -> Void
  /// Called with every verdict.
  private let onTrial: (Trial) throws(CourseError) -> Void

  private var exercise: Exercise
  private var trial: Trial?
  /// The exercise that passed last, while the next one has not been saved yet.
  private var justPassed: Exercise?
  private var isShowingHints = false
  /// The key that was pressed once and must be pressed again to confirm.
  private var pending: Character?
  private var stamp = FileStamp(nil)
  private var journalStamp = FileStamp(nil)

  package init(
    _ examiner: Examiner, guide: Guide, ink: Ink, names: FileNames, screen: Screen?, mine: Bool,
    say: @escaping ([String]) -> Void,
    onTrial: @escaping (Trial) throws(CourseError) -> Void = { _ in }
  ) throws(CourseError) {
    self.say = say
    self.onTrial = onTrial
    self.examiner = examiner
    self.guide = guide
    self.ink = ink
    self.names = names
    self.screen = screen
    self.mine = mine
    exercise = try guide.exercise(nil)
  }

  private var file: URL { guide.workspace.file(of: exercise, in: guide.course) }

  /// Runs until the learner quits.
  package func run() {
    going { () throws(CourseError) in try check() }
    while true {
      going { () throws(CourseError) in try look() }
      guard let screen else {
        usleep(200_000)
        continue
      }
      if screen.isClosed { return }
      guard let key = screen.key(within: 200) else { continue }
      var goesOn = true
      going { () throws(CourseError) in goesOn = try handle(key) }
      if !goesOn { return }
    }
  }

  /// Errors are shown and do not end the watch: a file that is missing for a moment comes back, and
  /// the next save is checked again.
  private func going(_ body: () throws(CourseError) -> Void) {
    do throws(CourseError) { try body() } catch { say([""] + ink.wrapped("\(error)")) }
  }

  /// Runs the checks if the file was saved, or those of another exercise if that is current now.
  private func look() throws(CourseError) {
    let journal = FileStamp(guide.workspace.journalFile)
    if journal != journalStamp {
      journalStamp = journal
      let current = try guide.exercise(nil)
      if current.id != exercise.id { try begin(current) }
    }
    var now = FileStamp(file)
    if !now.exists && stamp.exists {
      // Some editors move a file away and write a new one.
      usleep(500_000)
      now = FileStamp(file)
      if !now.exists {
        stamp = now
        throw .noExerciseFile(exercise.id, file.path)
      }
    }
    guard now.exists && now != stamp else { return }
    // Some editors empty a file before they write it.
    repeat {
      stamp = now
      usleep(20_000)
      now = FileStamp(file)
    } while now != stamp
    if now.exists { try check() }
  }

  private func begin(_ exercise: Exercise) throws(CourseError) {
    self.exercise = exercise
    justPassed = nil
    isShowingHints = false
    try check()
  }

  private func check() throws(CourseError) {
    // Before the run, so that a save during it counts as a new one.
    stamp = FileStamp(file)
    justPassed = nil
    pending = nil
    screen?.clear()
    if screen != nil { say([ink.dim("checking \(exercise.id) \(exercise.title) …")]) }
    let before = try guide.workspace.journal()
    let trial = try examiner.test(exercise, mine: mine)
    self.trial = trial
    try onTrial(trial)
    let after = try guide.workspace.journal()
    if trial.passed && after != before {
      justPassed = exercise
      isShowingHints = false
      exercise = try guide.exercise(nil)
      stamp = FileStamp(file)
    }
    journalStamp = FileStamp(guide.workspace.journalFile)
    try show()
  }

  // MARK: What is shown

  private func show(_ notice: [String] = []) throws(CourseError) {
    guard let trial else { return }
    var lines: [String] = []
    if let passed = justPassed {
      lines += ["", "\(ink.star) \(Self.praise(for: passed))"]
      lines += try guide.continuation(after: passed, ink: ink, names: names)
    } else {
      if isShowingHints { lines += [""] + hints }
      if screen != nil { lines += ["", try progress, ink.cyan(names.short(file.path))] }
    }
    if !notice.isEmpty { lines += [""] + notice }
    if screen != nil { lines += ["", keys] }
    let verdict = VerdictText(trial, ink: ink, names: names)
    let rows = screen == nil ? nil : Screen.size(STDOUT_FILENO)?.rows
    screen?.clear()
    say(verdict.lines(above: lines, rows: rows ?? .max))
  }

  private var progress: String {
    get throws(CourseError) {
      let journal = try guide.workspace.journal()
      let exercises = guide.course.exercises
      return ink.bar(exercises.count { journal.hasPassed($0.id) }, of: exercises.count)
    }
  }

  /// Varies the praise from one exercise to the next.
  private static func praise(for exercise: Exercise) -> String {
    let words = ["Well done.", "That works.", "Nicely done.", "It holds.", "Good."]
    return words[(Exercise.order(exercise.id).last ?? 0) % words.count]
  }

  private var hints: [String] {
    let shown = (try? guide.workspace.journal()[exercise.id].hints) ?? 0
    var lines = exercise.hints.prefix(shown).enumerated().flatMap { number, hint in
      ink.wrapped("Hint \(number + 1): \(hint)", indent: 2).map { ink.blue($0) }
    }
    if shown == exercise.hints.count { lines.append(ink.dim("  That was the last hint.")) }
    return lines
  }

  private var keys: String {
    let keys = [
      ("n", "next"), ("h", "hint"), ("l", "list"), ("s", "text"), ("v", "solution"),
      ("x", "reset"), ("q", "quit"),
    ]
    return keys.map { "\(ink.bold($0)) \(ink.dim($1))" }.joined(separator: "  ")
  }

  // MARK: Keys

  /// Whether to go on.
  private func handle(_ key: Screen.Key) throws(CourseError) -> Bool {
    guard case .character(let character) = key else {
      if key == .enter { try check() }
      return true
    }
    let isSecond = pending == character
    pending = nil
    switch character {
    case "q": return false
    case "n": try next()
    case "h":
      if justPassed != nil { try begin(exercise) }
      _ = try guide.nextHint(for: exercise)
      isShowingHints = true
      try show()
    case "l": try page(Overview(guide.workspace, guide.course).list(ink))
    case "s": try page(text)
    case "v": try reveal()
    case "x":
      if isSecond {
        try reset()
      } else if justPassed == nil {
        pending = "x"
        try show([ink.yellow("Press x again to restore the stub; your version is kept as a copy.")])
      }
    default: break
    }
    return true
  }

  private func next() throws(CourseError) {
    if justPassed != nil { return try begin(exercise) }
    guard let next = try guide.go(to: nil), next.id != exercise.id else {
      return try show([ink.yellow("There is no other exercise that has not passed.")])
    }
    try begin(next)
  }

  private var text: [String] {
    do throws(CourseError) {
      return ChapterText(markdown: try guide.course.text(about: exercise), ink: ink).lines
    } catch {
      return ink.wrapped("\(error)")
    }
  }

  private func reveal() throws(CourseError) {
    let wanted = justPassed ?? exercise
    if let solution = try guide.solution(of: wanted) {
      let title = ink.bold("The reference's \(wanted.id) \(wanted.title)")
      try page(
        [title, ""]
          + solution.split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init))
    } else {
      try show([ink.yellow("Press v again to see the solution. There are hints, too: h.")])
    }
  }

  private func reset() throws(CourseError) {
    let copy = try guide.workspace.reset(exercise, in: guide.course)
    try check()
    if let copy { try show(["Your text is kept as \(names.short(copy.path))."]) }
  }

  private func page(_ lines: [String]) throws(CourseError) {
    screen?.page(lines, ink)
    try show()
  }
}

/// Tells one state of a file from another. Editors that write a new file and rename it change the
/// inode, those that write in place the time or the size.
package struct FileStamp: Equatable, Sendable {
  private var seconds = 0
  private var nanoseconds = 0
  private var size = 0
  private var inode: UInt64 = 0
  package private(set) var exists = false

  package init(_ file: URL?) {
    var status = stat()
    guard let file, stat(file.path, &status) == 0 else { return }
    exists = true
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
    size = Int(status.st_size)
    inode = UInt64(status.st_ino)
  }
}
