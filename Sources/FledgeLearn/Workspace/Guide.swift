import FledgeCourse
import Foundation

/// Answers what a learner asks for besides checks: hints, the solution, another exercise.
package struct Guide: Sendable {
  package let course: CourseFiles
  package let workspace: Workspace

  package init(course: CourseFiles, workspace: Workspace) {
    self.course = course
    self.workspace = workspace
  }

  /// `swift run learn …`, with the workspace named if the runner would not find it by itself.
  package func command(
    _ words: String = "",
    environment: [String: String] = ProcessInfo.processInfo.environment,
    directory: String = FileManager.default.currentDirectoryPath
  ) -> String {
    let directory = URL(filePath: directory, directoryHint: .isDirectory)
    let found = try? Workspace.find(
      named: nil, environment: environment, directory: directory, checkout: course.root)
    func path(_ root: URL) -> String { root.standardizedFileURL.path }
    let isFound = found.map { path($0.root) == path(workspace.root) } ?? false
    let parts = [
      "swift run learn", words, isFound ? "" : "--workspace \(shellWord(path(workspace.root)))",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The named exercise, or the current one.
  package func exercise(_ name: String?) throws(CourseError) -> Exercise {
    if let name { return try course.exercise(name) }
    let current = try workspace.journal().current
    guard let exercise = course.exercises.first(where: { $0.id == current }) else {
      throw .other(
        "the current exercise, \(current), is no longer in the course; `learn next` goes on")
    }
    return exercise
  }

  /// The hints so far and one more.
  package func nextHint(for exercise: Exercise) throws(CourseError) -> [String] {
    let count = try workspace.note { journal in
      let shown = journal[exercise.id].hints
      journal[exercise.id].hints = min(shown + 1, exercise.hints.count)
    }[exercise.id].hints
    return Array(exercise.hints.prefix(count))
  }

  /// The solution, after the exercise has passed or when it is asked for a second time; otherwise
  /// nil.
  package func solution(of exercise: Exercise) throws(CourseError) -> String? {
    let text = try course.solution(of: exercise).solution
    var isEarned = false
    try workspace.note { journal in
      isEarned = journal.hasPassed(exercise.id) || journal[exercise.id].solutionRequests > 0
      if !journal.hasPassed(exercise.id) { journal[exercise.id].solutionRequests += 1 }
    }
    return isEarned ? text : nil
  }

  /// Goes to the named exercise, or to the next that has not passed; nil if there is none.
  package func go(to name: String?) throws(CourseError) -> Exercise? {
    let journal = try workspace.journal()
    let exercise: Exercise? =
      if let name { try course.exercise(name) } else {
        journal.next(after: journal.current, in: course)
      }
    if let exercise { try workspace.note { $0.current = exercise.id } }
    return exercise
  }

  /// An introduction to an exercise: the goal, the file, the text.
  package func introduction(_ exercise: Exercise, ink: Ink, names: FileNames) -> [String] {
    let chapter = course.chapter(of: exercise)
    var lines = ["\(ink.arrow) \(ink.bold("\(exercise.id) \(exercise.title)"))"]
    lines += ink.wrapped(exercise.goal, indent: 2)
    lines.append("  " + ink.cyan(names.short(workspace.file(of: exercise, in: course).path)))
    lines.append("  " + ink.dim("text: docs/course/\(chapter.text)"))
    return lines
  }

  /// The text after an exercise has passed: about the chapter if it is done, then the next
  /// exercise.
  package func continuation(after exercise: Exercise, ink: Ink, names: FileNames)
    throws(CourseError) -> [String]
  {
    let journal = try workspace.journal()
    let chapter = course.chapter(of: exercise)
    let passed = course.exercises.count { journal.hasPassed($0.id) }
    var lines = [ink.bar(passed, of: course.exercises.count), ""]
    if chapter.exercises.allSatisfy({ journal.hasPassed($0.id) }) {
      lines.append(ink.green(ink.bold("Chapter \(chapter.number), \(chapter.title), is done.")))
      let titles = chapter.exercises.map(\.title).joined(separator: " \(ink.dot) ")
      lines += ink.wrapped("You wrote: \(titles).", indent: 2)
      if let place = course.chapters.firstIndex(where: { $0.number == chapter.number }),
        place + 1 < course.chapters.count
      {
        let following = course.chapters[place + 1]
        lines += ink.wrapped(
          "Next comes chapter \(following.number), \(following.title): docs/course/\(following.text).",
          indent: 2)
      }
      if let milestone = chapter.milestone {
        lines += ink.wrapped("See your code at work, \(milestone.title):", indent: 2)
        lines.append("  " + ink.cyan(command("milestone \(chapter.number)")))
        lines += ink.wrapped("Watch it in the browser while it trains:", indent: 2)
        lines.append("  " + ink.cyan(command("milestone \(chapter.number) --live")))
        lines += ink.wrapped("Play with your code in the browser:", indent: 2)
        lines.append("  " + ink.cyan(command("studio")))
      }
      lines.append("")
    }
    guard let next = journal.next(after: exercise.id, in: course) else {
      return lines + [ink.green(ink.bold("That was the last one: all exercises pass."))]
    }
    return lines + introduction(next, ink: ink, names: names)
  }
}
