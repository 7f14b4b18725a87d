import FledgeCourse
import FledgeIO
import Foundation

/// A new exercise for authors to fill in: `learn new 4.7 Clamp "Clamping values"` writes the solved
/// file, the checks and the card, and names the card in its chapter's list.
package struct NewExercise {
  /// What was written, and the list that was changed.
  package let files: [URL]

  /// - Throws: ``CourseError`` where the id, the name or a file exists already, or the chapter does
  ///   not; then nothing has been written.
  package init(
    _ id: String, name: String, title: String, in course: CourseFiles
  ) throws(CourseError) {
    let numbers = Exercise.order(id)
    guard numbers.count == 2, id == "\(numbers[0]).\(numbers[1])" else {
      throw .other("an exercise is numbered like 4.7, not '\(id)'")
    }
    guard let chapter = course.chapters.first(where: { $0.number == numbers[0] }) else {
      throw .other("there is no chapter \(numbers[0])")
    }
    guard name.first?.isUppercase == true, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
      throw .other("a name begins with a capital letter, like BatchNorm, not '\(name)'")
    }
    let identifier = Self.identifier(name)
    let known = course.exercises.map { ($0.id, Self.identifier(of: $0)) }
    if let other = known.first(where: { $0.0 == id || $0.1 == identifier }) {
      throw .other("there is \(other.0) \(other.1) already")
    }

    let list = course.cards(of: chapter).appending(
      path: String(format: "Chapter%02d.swift", chapter.number))
    let changed = try Self.adding(identifier, to: course.read(list), file: list.lastPathComponent)
    let file = "Ex\(numbers[0])_\(numbers[1])_\(name)"
    let folder = course.folder(of: chapter)
    let texts = [
      (folder.appending(path: "\(file).swift"), Self.solution(title)),
      (folder.appending(path: "\(file)Checks.swift"), Self.checks(numbers)),
      (
        course.cards(of: chapter).appending(path: "\(file).swift"),
        Self.card(id, file: file, title: title, identifier: identifier)
      ),
    ]
    for (url, _) in texts where FileManager.default.fileExists(atPath: url.path) {
      throw .other("there is a file \(url.path) already")
    }
    do {
      for (url, text) in texts + [(list, changed)] { try AtomicFile.write(text, to: url.path) }
    } catch {
      throw .other("\(error)")
    }
    files = texts.map(\.0) + [list]
  }

  /// The card's name in Swift: `batchNorm` for BatchNorm, `graphToDOT` for GraphToDOT, `blasAndSIMD`
  /// for BLASAndSIMD.
  static func identifier(_ name: String) -> String {
    let capitals = name.prefix { $0.isUppercase }
    let first = capitals.count > 1 ? capitals.dropLast() : capitals
    return first.lowercased() + name.dropFirst(first.count)
  }

  /// The name of an exercise's card, from that of its file.
  package static func identifier(of exercise: Exercise) -> String {
    identifier(String(exercise.file.split(separator: "_").last ?? ""))
  }

  /// A chapter's list with one card more at its end.
  static func adding(
    _ identifier: String, to list: String, file: String
  ) throws(CourseError) -> String {
    guard let start = list.range(of: "exercises: ["),
      let end = list[start.upperBound...].firstIndex(of: "]")
    else { throw .source(file, nil, "has no list 'exercises: […]'") }
    let cards =
      list[start.upperBound..<end].split { ", \n".contains($0) }.map(String.init)
      + [".\(identifier)"]
    var lines = [""]
    for card in cards {
      if lines.last!.count + card.count > 90 { lines.append("") }
      lines[lines.count - 1] += (lines.last!.isEmpty ? "" : " ") + card + ","
    }
    let body = lines.map { "      \($0)\n" }.joined()
    return "\(list[..<start.upperBound])\n\(body)    \(list[end...])"
  }

  // MARK: Texts

  private static func solution(_ title: String) -> String {
    """
    import FledgeCore

    /// \(title): what it computes, with an example.
    func placeholder(_ x: Double) -> Double {
      // solution
      2 * x
      // end solution
    }

    """
  }

  private static func checks(_ numbers: [Int]) -> String {
    """
    import FledgeCore
    import FledgeCourse

    let checks\(numbers[0])_\(numbers[1]): [Check] = [
      Check("a sentence that must hold") { c in
        c.expect(placeholder(1), near: 2, "what was computed")
      }
    ]

    """
  }

  private static func card(
    _ id: String, file: String, title: String, identifier: String
  ) -> String {
    """
    import FledgeCourse

    extension Exercise {
      static let \(identifier) = Exercise(
        "\(id)", file: "\(file)", title: "\(title)",
        goal: "What to write, and why.",
        source: "where the idea comes from",
        hints: [
          "Where to look.",
          "How to go about it.",
          "Nearly the code.",
        ],
        mutants: [
          Mutant("forgets-half", hint: "What went wrong.", replace: "2 * x", with: "x")
        ])
    }

    """
  }
}

extension CourseFiles {
  package func cards(of chapter: Chapter) -> URL {
    root.appending(path: "Sources/ExerciseCards/\(chapter.folder)")
  }
}
