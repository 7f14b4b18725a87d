import FledgeCore

extension LayoutDiagram {
  /// The diagram as lines of text, its tables no wider than `width` columns: for each tensor its
  /// elements, as `value @cell`, and the cells of its storage with the elements that read them.
  public func terminal(width: Int = 80, style: TerminalStyle = .plain) -> [String] {
    require(width >= 30, "LayoutDiagram", "a diagram needs at least 30 columns")
    var lines = title.isEmpty ? [] : [style.painted(title, .bold), ""]
    for (index, panel) in panels.enumerated() {
      if index > 0 { lines.append("") }
      lines += LayoutText(panel: panel, width: width, style: style).lines
    }
    return lines.map { line in
      style.unicode ? line : line.replacing("×", with: "x")
    }
  }
}

private struct LayoutText {
  let panel: LayoutDiagram.Panel
  let width: Int
  let style: TerminalStyle

  private static let indent = 2

  var lines: [String] {
    var lines = [
      style.painted(panel.name, .bold) + "   " + style.painted(panel.facts, .dim)
    ]
    lines += elements
    lines += storage
    for step in panel.steps { lines.append("  " + step.text) }
    if panel.isCut || columnsThatFit < panel.columns {
      lines.append("  (only a part is shown)")
    }
    return lines
  }

  private var cellWidth: Int {
    panel.blocks.flatMap(\.rows).joined().map { "\($0.text) @\($0.position)".columns }.max() ?? 0
  }

  private var columnsThatFit: Int { max((width - Self.indent - 1) / (cellWidth + 3), 1) }

  private func paint(_ position: Int) -> Paint {
    // Dark letters on the pale colour of the picture.
    style.colors == .none ? .plain : Paint(foreground: .ink, background: panel.color(position))
  }

  private var elements: [String] {
    if panel.blocks.isEmpty { return ["  no elements"] }
    return panel.blocks.flatMap { block in
      let cells = block.rows.map { row in
        row.prefix(columnsThatFit).map {
          (text: "\($0.text) @\($0.position)", paint: paint($0.position))
        }
      }
      let label = block.label.isEmpty ? [] : ["  " + block.label]
      return label + ruled(cells, cellWidth: cellWidth)
    }
  }

  /// The cells of the storage with their numbers above and their readers below, in as many rows as
  /// the width needs.
  private var storage: [String] {
    if panel.cells.isEmpty { return [] }
    let texts = panel.cells.flatMap { [$0.text, $0.readers, "\($0.position)"] }
    let cellWidth = texts.map(\.columns).max() ?? 1
    let indent = 9
    let perRow = max((width - indent - 1) / (cellWidth + 3), 1)
    var lines = ["  storage"]
    for start in stride(from: 0, to: panel.cells.count, by: perRow) {
      let cells = panel.cells[start..<min(start + perRow, panel.cells.count)]
      func row(_ name: String, _ text: (LayoutDiagram.Panel.Cell) -> String) -> String {
        let texts = cells.map { "  " + centered(text($0), cellWidth) }.joined(separator: " ")
        return style.painted(String((name + texts).trimmingTrailingBlanks), .dim)
      }
      lines.append(row("  cell   ") { "\($0.position)" })
      let boxes = cells.map { cell in
        (text: cell.text, paint: cell.readers.isEmpty ? .dim : paint(cell.position))
      }
      lines += ruled([boxes], cellWidth: cellWidth, indent: indent)
      lines.append(row("  element") { $0.readers.isEmpty ? "-" : $0.readers })
    }
    return lines
  }

  private func centered(_ text: String, _ width: Int) -> String {
    let blanks = width - text.columns
    return String(repeating: " ", count: blanks / 2) + text
      + String(repeating: " ", count: blanks - blanks / 2)
  }

  /// Rows of cells with lines around them.
  private func ruled(
    _ rows: [[(text: String, paint: Paint)]], cellWidth: Int, indent: Int = indent
  ) -> [String] {
    let columns = rows.first?.count ?? 0
    let blank = String(repeating: " ", count: indent)
    func rule(_ left: String, _ middle: String, _ right: String) -> String {
      let dash = String(repeating: style.unicode ? "─" : "-", count: cellWidth + 2)
      let line = left + Array(repeating: dash, count: columns).joined(separator: middle) + right
      return blank + style.painted(line, .dim)
    }
    let (top, between, bottom) =
      style.unicode
      ? (rule("┌", "┬", "┐"), rule("├", "┼", "┤"), rule("└", "┴", "┘"))
      : (rule("+", "+", "+"), rule("+", "+", "+"), rule("+", "+", "+"))
    let bar = style.painted(style.unicode ? "│" : "|", .dim)
    let lines = rows.map { row in
      blank + bar
        + row.map { style.painted(" " + centered($0.text, cellWidth) + " ", $0.paint) + bar }
        .joined()
    }
    return [top] + lines.flatMap { [$0, between] }.dropLast() + [bottom]
  }
}

extension String {
  /// The text without the blanks at its end.
  fileprivate var trimmingTrailingBlanks: Substring {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return text
  }
}
