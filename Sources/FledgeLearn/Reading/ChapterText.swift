import FledgeCourse
import Foundation

/// The section of a chapter's text about one exercise, for a terminal.
package struct ChapterText {
  package let lines: [String]

  /// The part of `markdown` below the heading that begins with the exercise's number
  /// (`## 1.5 Backward`), up to the next heading of that level; nil if there is none.
  package static func section(of exercise: Exercise, in markdown: String) -> String? {
    let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
    var level = 0
    var isCode = false
    var found: [Substring] = []
    for line in lines {
      if line.hasPrefix("```") { isCode.toggle() }
      let marks = isCode ? 0 : line.prefix { $0 == "#" }.count
      if marks > 0 {
        if level > 0 && marks <= level { break }
        let words = line.dropFirst(marks).split(separator: " ")
        if level == 0, words.first.map(String.init) == exercise.id { level = marks }
      }
      if level > 0 { found.append(line) }
    }
    return found.isEmpty ? nil : found.joined(separator: "\n")
  }

  /// Renders Markdown simply: headings in bold, code unchanged, links as their words, pictures as
  /// their paths.
  package init(markdown: String, ink: Ink) {
    var lines: [String] = []
    var paragraph: [Substring] = []
    func endParagraph() {
      guard !paragraph.isEmpty else { return }
      lines += Self.paragraph(paragraph.joined(separator: " "), ink)
      paragraph = []
    }
    var isCode = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        endParagraph()
        isCode.toggle()
      } else if isCode {
        lines.append("    " + ink.cyan(String(line)))
      } else if line.hasPrefix("#") {
        endParagraph()
        lines.append(ink.bold(Self.plain(line.drop { $0 == "#" || $0 == " " }, ink)))
      } else if line.hasPrefix("|") || line.hasPrefix("    ") {
        endParagraph()
        lines.append(Self.plain(line, ink))
      } else if line.isEmpty {
        endParagraph()
        if lines.last != "" { lines.append("") }
      } else {
        if line.firstMatch(of: #/^\s*(?:[-*]|\d+\.) /#) != nil { endParagraph() }
        paragraph.append(line.drop { $0 == " " })
      }
    }
    endParagraph()
    while lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  private static func paragraph(_ text: String, _ ink: Ink) -> [String] {
    let isItem = text.firstMatch(of: #/^(?:[-*]|\d+\.) /#) != nil
    // The text is wrapped before it is painted, since escape sequences have no width. A span over
    // two lines is painted in neither.
    return ink.wrapped(links(in: text), indent: isItem ? 2 : 0, hanging: 2 * (isItem ? 1 : 0))
      .map { painted($0, ink) }
  }

  private static func plain(_ text: Substring, _ ink: Ink) -> String {
    painted(links(in: String(text)), ink)
  }

  private static func links(in text: String) -> String {
    text.replacing(/!\[([^\]]*)\]\(([^)]+)\)/) { match in
      let file = match.output.2.replacing("../", with: "")
      return "(picture: \(match.output.1), docs/\(file))"
    }
    .replacing(/\[([^\]]+)\]\(([^)]+)\)/) { String($0.output.1) }
  }

  private static func painted(_ line: String, _ ink: Ink) -> String {
    line.replacing(/\*\*([^*]+)\*\*/) { ink.bold(String($0.output.1)) }
      .replacing(/`([^`]+)`/) { ink.cyan(String($0.output.1)) }
  }
}

extension CourseFiles {
  package func textFile(of chapter: Chapter) -> URL {
    root.appending(path: "docs/course/\(chapter.text)")
  }

  /// The chapter's section about an exercise, or the whole text if it has none.
  package func text(about exercise: Exercise) throws(CourseError) -> String {
    let file = textFile(of: chapter(of: exercise))
    let markdown = try read(file)
    return ChapterText.section(of: exercise, in: markdown) ?? markdown
  }
}
