import FledgeCore

extension LayoutDiagram {
  /// The diagram as lines of text, none wider than `width` columns: of each tensor its elements, as
  /// `value @cell`, and the cells of its storage with the elements that read them.
  public func terminal(width: Int = 80, style: TerminalStyle = .plain) -> [String] {
    require(width >= 20, "LayoutDiagram", "a diagram needs at least 20 columns")
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
    if panel.isCut { lines.append("  (only the beginning is shown)") }
    return lines
  }

  private func paint(_ position: Int) -> Paint {
    // Dark letters on the pale colour of the picture.
    style.colors == .none ? .plain : Paint(foreground: .ink, background: panel.color(position))
  }

  private var elements: [String] {
    let texts = panel.blocks.flatMap(\.rows).joined().map { "\($0.text) @\($0.position)" }
    guard let cellWidth = texts.map(\.columns).max() else { return ["  no elements"] }
    return panel.blocks.flatMap { block in
      let cells = block.rows.map { row in
        row.map { (text: "\($0.text) @\($0.position)", paint: paint($0.position)) }
      }
      let label = block.label.isEmpty ? [] : ["  " + block.label]
      return label + ruled(cells, cellWidth: cellWidth)
    }
  }

  /// The cells of the storage with their numbers above and their readers below, in as many rows as
  /// the width needs.
  private var storage: [String] {
    let cellWidth = (panel.cells + panel.readers + ["\(panel.cells.count - 1)"]).map(\.columns).max() ?? 1
    let label = "cell      "
    let perRow = max((width - label.count - 1) / (cellWidth + 3), 1)
    var lines = ["  storage"]
    for start in stride(from: 0, to: panel.cells.count, by: perRow) {
      let range = start..<min(start + perRow, panel.cells.count)
      func row(_ name: String, _ texts: [String]) -> String {
        let cells = texts.map { " " + centered($0, cellWidth) + " " }.joined(separator: " ")
        let line = (name + " " + cells)
        return style.painted(String(line.trimmingTrailingBlanks), .dim)
      }
      lines.append(row("  cell   ", range.map(String.init)))
      lines += ruled(
        [range.map { (text: panel.cells[$0], paint: panel.readers[$0].isEmpty ? .dim : paint($0)) }],
        cellWidth: cellWidth, indent: 9)
      lines.append(row("  element", range.map { panel.readers[$0].isEmpty ? "-" : panel.readers[$0] }))
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
