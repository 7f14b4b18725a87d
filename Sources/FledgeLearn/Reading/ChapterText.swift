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

  /// Renders Markdown simply: headings and strong words in bold, emphasis in italics, tables in
  /// columns, code unchanged, links as their words, pictures as their paths.
  package init(markdown: String, ink: Ink) {
    var lines: [String] = []
    var paragraph: [Substring] = []
    func endParagraph() {
      guard !paragraph.isEmpty else { return }
      lines += Self.paragraph(paragraph.joined(separator: " "), ink)
      paragraph = []
    }
    var table: [Substring] = []
    func endTable() {
      lines += Self.table(table, ink)
      table = []
    }
    var isCode = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if !isCode && line.hasPrefix("|") {
        endParagraph()
        table.append(line)
        continue
      }
      endTable()
      if line.hasPrefix("```") {
        endParagraph()
        isCode.toggle()
      } else if isCode {
        lines.append("    " + ink.cyan(String(line)))
      } else if line.hasPrefix("#") {
        endParagraph()
        lines.append(ink.bold(Self.plain(line.drop { $0 == "#" || $0 == " " }, ink)))
      } else if line.hasPrefix("    ") {
        endParagraph()
        lines.append(ink.cyan(String(line)))
      } else if line.isEmpty {
        endParagraph()
        if lines.last != "" { lines.append("") }
      } else {
        if line.firstMatch(of: #/^\s*(?:[-*]|\d+\.) /#) != nil { endParagraph() }
        paragraph.append(line.drop { $0 == " " })
      }
    }
    endParagraph()
    endTable()
    while lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  private static func paragraph(_ text: String, _ ink: Ink) -> [String] {
    let isItem = text.firstMatch(of: #/^(?:[-*]|\d+\.) /#) != nil
    // The text is wrapped before it is painted, since escape sequences have no width.
    var lines = ink.wrapped(links(in: text), indent: isItem ? 2 : 0, hanging: 2 * (isItem ? 1 : 0))
    for mark in ["**", "`"] { lines = closed(lines, mark) }
    return lines.map { painted($0, ink) }
  }

  /// Lines in which a span that goes over several of them ends at the end of each and begins again.
  private static func closed(_ lines: [String], _ mark: String) -> [String] {
    var isOpen = false
    return lines.map { line in
      let blanks = line.prefix { $0 == " " }
      var text = isOpen ? blanks + mark + line.dropFirst(blanks.count) : line
      isOpen = text.components(separatedBy: mark).count.isMultiple(of: 2)
      if isOpen { text += mark }
      return text
    }
  }

  /// The rows of a table in columns as wide as they need, under a head in bold. One that is too wide
  /// for the terminal is told row by row.
  private static func table(_ rows: [Substring], _ ink: Ink) -> [String] {
    var cells = rows.map { row in
      row.dropFirst().split(separator: "|", omittingEmptySubsequences: false).dropLast()
        .map { links(in: $0.trimmingCharacters(in: .whitespaces)) }
    }
    cells.removeAll { $0.allSatisfy { !$0.isEmpty && $0.allSatisfy { "-:".contains($0) } } }
    guard let head = cells.first, !head.isEmpty else { return [] }
    let widths = head.indices.map { column in
      cells.map { column < $0.count ? painted($0[column], .plain).columns : 0 }.max() ?? 0
    }
    if widths.reduce(0, +) + 2 * widths.count > ink.columns {
      return cells.dropFirst().flatMap { row in
        let named = zip(head, row).filter { !$1.isEmpty }.map { $0.isEmpty ? $1 : "\($0): \($1)" }
        return ink.wrapped(named.joined(separator: "; "), indent: 2, hanging: 2)
          .map { painted($0, ink) }
      }
    }
    func line(_ row: [String]) -> String {
      let padded = zip(row, widths).map { cell, width in
        painted(cell, ink)
          + String(repeating: " ", count: width - painted(cell, .plain).columns)
      }
      let text = "  " + padded.joined(separator: "  ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    let hasHead = head.contains { !$0.isEmpty }
    return (hasHead ? [ink.bold(line(head))] : []) + cells.dropFirst().map(line)
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
      // Not the sign of a product: emphasis begins and ends at a letter.
      .replacing(/\*([^*\s](?:[^*]*[^*\s])?)\*/) { ink.italic(String($0.output.1)) }
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
