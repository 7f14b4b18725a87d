import FledgePlots
import Foundation

/// How text is shown: in the terminal's sixteen colours, elsewhere plain.
package struct Ink: Sendable {
  package let isColored: Bool
  package let isUnicode: Bool
  /// The width of a line in columns.
  package let columns: Int

  package init(isColored: Bool, isUnicode: Bool = true, columns: Int = 80) {
    self.isColored = isColored
    self.isUnicode = isUnicode
    // Longer lines than these are hard to read, whatever the window's width.
    self.columns = min(max(columns, 40), 100)
  }

  package static let plain = Ink(isColored: false)

  /// What the terminal behind a file descriptor can show. `NO_COLOR` and `TERM=dumb` take the
  /// colours away.
  package static func detected(_ descriptor: Int32 = STDOUT_FILENO) -> Ink {
    let isTerminal = isatty(descriptor) == 1
    let style = TerminalStyle.detected(isTerminal: isTerminal)
    return Ink(
      isColored: style.colors != .none, isUnicode: style.unicode,
      columns: Screen.size(descriptor)?.columns ?? 80)
  }

  package func bold(_ text: String) -> String { painted(text, "1") }
  package func dim(_ text: String) -> String { painted(text, "2") }
  package func italic(_ text: String) -> String { painted(text, "3") }
  package func red(_ text: String) -> String { painted(text, "31") }
  package func green(_ text: String) -> String { painted(text, "32") }
  package func yellow(_ text: String) -> String { painted(text, "33") }
  package func blue(_ text: String) -> String { painted(text, "34") }
  package func cyan(_ text: String) -> String { painted(text, "36") }

  private func painted(_ text: String, _ code: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  package var tick: String { green(isUnicode ? "✓" : "+") }
  package var cross: String { red(isUnicode ? "✗" : "x") }
  package var ellipsis: String { yellow(isUnicode ? "…" : "~") }
  package var star: String { yellow(isUnicode ? "★" : "*") }
  package var arrow: String { blue(isUnicode ? "▸" : ">") }
  package var dot: String { isUnicode ? "·" : "-" }

  /// `[######>---------] 3 of 40`
  package func bar(_ done: Int, of total: Int, columns: Int = 36) -> String {
    let filled = total > 0 ? done * columns / total : 0
    let head = filled < columns ? ">" : ""
    let rest = String(repeating: "-", count: max(0, columns - filled - head.count))
    return "[" + green(String(repeating: "#", count: filled) + head) + dim(rest) + "]"
      + " \(done) of \(total)"
  }

  /// The text in lines of this width at most, each behind `indent` blanks. Lines that begin with
  /// blanks, such as code, stay as they are.
  package func wrapped(_ text: String, indent: Int = 0, hanging: Int = 0) -> [String] {
    let blanks = String(repeating: " ", count: indent)
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      if line.hasPrefix("  ") || line.isEmpty { return [line.isEmpty ? "" : blanks + line] }
      var lines: [String] = []
      var current = ""
      for word in line.split(separator: " ") {
        let room = columns - indent - (lines.isEmpty ? 0 : hanging)
        if !current.isEmpty && current.columns + 1 + String(word).columns > room {
          lines.append(current)
          current = ""
        }
        current += current.isEmpty ? String(word) : " \(word)"
      }
      lines.append(current)
      let further = blanks + String(repeating: " ", count: hanging)
      return lines.enumerated().map { ($0 == 0 ? blanks : further) + $1 }
    }
  }

  /// A value after its name, indented by `columns` columns and wrapped.
  package func field(
    _ name: String, _ value: String, _ paint: (String) -> String = { $0 }, columns: Int = 10
  ) -> [String] {
    let indent = 4 + columns
    let values = value.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      // The rows of a tensor keep their lines.
      line.contains("[") && value.contains("\n")
        ? [String(line)]
        : wrapped(String(line), indent: indent).map { String($0.dropFirst(indent)) }
    }
    return values.enumerated().map { index, text in
      let label = index == 0 ? name : ""
      let blanks = String(repeating: " ", count: columns - label.count)
      return "    " + dim(label) + blanks + paint(text)
    }
  }
}
