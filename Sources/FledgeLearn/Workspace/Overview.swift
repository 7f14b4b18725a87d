import FledgeCourse
import FledgePlots
import Foundation

/// The learner's progress, exercise by exercise.
package struct Overview: Codable, Sendable {
  package enum State: String, Codable, Sendable {
    case open
    case passed
    /// It passed once and has been changed since.
    case changed
  }

  package struct Row: Codable, Sendable {
    package var id: String
    package var title: String
    package var goal: String
    package var needs: [String]
    package var file: String
    package var state: State
    package var isCurrent: Bool
    package var hints: Int
  }

  package struct Part: Codable, Sendable {
    package var number: Int
    package var title: String
    package var milestone: String?
    package var exercises: [Row]
    package var passed: Int { exercises.count { $0.state != .open } }
  }

  package var workspace: String
  package var current: String
  package var passed: Int
  package var total: Int
  package var chapters: [Part]

  package init(_ workspace: Workspace, _ course: CourseFiles) throws(CourseError) {
    let journal = try workspace.journal()
    self.workspace = workspace.root.path
    current = journal.current
    chapters = course.chapters.filter { !$0.exercises.isEmpty }.map { chapter in
      let rows = chapter.exercises.map { exercise -> Row in
        let file = workspace.file(of: exercise, in: course)
        var state = State.open
        if let passed = journal[exercise.id].passed {
          let text = try? String(contentsOf: file, encoding: .utf8)
          state = text.map { TextHash($0) } == passed ? .passed : .changed
        }
        return Row(
          id: exercise.id, title: exercise.title, goal: exercise.goal, needs: exercise.needs,
          file: file.path, state: state, isCurrent: exercise.id == journal.current,
          hints: journal[exercise.id].hints)
      }
      return Part(
        number: chapter.number, title: chapter.title, milestone: chapter.milestone?.title,
        exercises: rows)
    }
    passed = chapters.map(\.passed).reduce(0, +)
    total = course.exercises.count
  }

  /// All exercises with their states.
  package func list(_ ink: Ink) -> [String] {
    var lines: [String] = []
    for chapter in chapters {
      if !lines.isEmpty { lines.append("") }
      let count = "\(chapter.passed) of \(chapter.exercises.count)"
      lines.append("\(ink.bold("\(chapter.number) \(chapter.title)"))  \(ink.dim(count))")
      for row in chapter.exercises {
        let mark =
          switch row.state {
          case .passed: ink.tick
          case .changed: ink.yellow(ink.isUnicode ? "✓" : "+")
          case .open: ink.dim(ink.dot)
          }
        let number = row.id + String(repeating: " ", count: max(0, 5 - row.id.count))
        let title = row.isCurrent ? ink.bold(row.title) : row.title
        let remark = row.state == .changed ? ink.dim("  changed since it passed") : ""
        lines.append("\(row.isCurrent ? ink.arrow : " ") \(mark) \(number) \(title)\(remark)")
      }
      if let milestone = chapter.milestone {
        lines.append("    \(ink.dim("milestone \(chapter.number): \(milestone)"))")
      }
    }
    return lines + ["", ink.bar(passed, of: total)]
  }

  /// The same in a few lines.
  package func status(_ ink: Ink, names: FileNames) -> [String] {
    var lines = [ink.bar(passed, of: total), ""]
    for chapter in chapters {
      let bar = ink.bar(chapter.passed, of: chapter.exercises.count, columns: 12)
      lines.append("  \(chapter.number) \(chapter.title)".padded(to: 34) + bar)
    }
    guard let row = chapters.flatMap(\.exercises).first(where: \.isCurrent) else { return lines }
    lines += ["", "\(ink.arrow) \(ink.bold("\(row.id) \(row.title)"))"]
    lines += ink.wrapped(row.goal, indent: 2)
    lines.append("  " + ink.cyan(names.short(row.file)))
    return lines
  }
}

extension String {
  /// Padded on the right to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - columns))
  }
}

extension Journal {
  /// The exercise to go on with: the next one that has not passed, else the first such; nil if all
  /// have.
  package func next(after id: String, in course: CourseFiles) -> Exercise? {
    let exercises = course.exercises
    let place = exercises.firstIndex { $0.id == id }.map { $0 + 1 } ?? 0
    return (exercises[place...] + exercises[..<place]).first { !hasPassed($0.id) }
  }
}
