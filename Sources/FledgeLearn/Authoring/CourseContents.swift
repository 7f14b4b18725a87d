import FledgeCourse
import Foundation

/// The exercises in the tables of chapters of the course's pages, `docs/course/README.md` and its
/// translations: from the headings of the chapters' texts beside each page.
package struct CourseContents {
  /// The pages with the tables as they should be.
  package let pages: [(file: URL, text: String)]

  /// Below `docs/course`.
  private static let folders = [".", "zh"]

  /// - Throws: ``CourseError`` where a text has no heading for an exercise, or a page no row for a
  ///   chapter.
  package init(_ course: CourseFiles) throws(CourseError) {
    var pages: [(file: URL, text: String)] = []
    for name in Self.folders {
      let folder = course.root.appending(path: "docs/course/\(name)").standardizedFileURL
      let file = folder.appending(path: "README.md")
      var text = try course.read(file)
      for chapter in course.chapters {
        let markdown = try course.read(folder.appending(path: chapter.text))
        let exercises = try chapter.exercises.map { exercise throws(CourseError) in
          guard let title = Self.heading(of: exercise, in: markdown) else {
            throw .source("\(name)/\(chapter.text)", nil, "has no section '## \(exercise.id) …'")
          }
          return "\(exercise.id) \(title)"
        }
        text = try Self.replacing(
          "| \(chapter.number) | [", with: exercises.joined(separator: " · "), in: text, file: file)
      }
      pages.append((file: file, text: text))
    }
    self.pages = pages
  }

  /// "Backward" of `## 1.5 Backward`.
  static func heading(of exercise: Exercise, in markdown: String) -> String? {
    let start = "## \(exercise.id) "
    return markdown.split(separator: "\n").first { $0.hasPrefix(start) }
      .map { String($0.dropFirst(start.count)) }
  }

  /// The text with another third cell in the row of a table that begins like this.
  private static func replacing(
    _ start: String, with cell: String, in text: String, file: URL
  ) throws(CourseError) -> String {
    var lines = text.components(separatedBy: "\n")
    guard let row = lines.firstIndex(where: { $0.hasPrefix(start) }) else {
      throw .source(file.path, nil, "has no row '\(start)…'")
    }
    var cells = lines[row].components(separatedBy: " | ")
    guard cells.count == 4 else {
      throw .source(file.path, row + 1, "has \(cells.count) cells, not 4")
    }
    cells[2] = cell
    lines[row] = cells.joined(separator: " | ")
    return lines.joined(separator: "\n")
  }
}
