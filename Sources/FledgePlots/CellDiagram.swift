/// Tables of small cells with signs between them: which elements belong together, what goes into what.
package struct CellDiagram: Sendable {
  /// A matrix of cells.
  package struct Table: Sendable {
    /// Stands above.
    package var caption: String
    /// Stands below, in smaller letters; empty for none.
    package var note: String
    /// Row by row.
    package let texts: [[String]]
    /// Of each cell the number of its colour; nil for none.
    package let groups: [[Int?]]

    package init(
      _ caption: String, texts: [[String]], note: String = "",
      group: (_ row: Int, _ column: Int) -> Int? = { _, _ in nil }
    ) {
      self.caption = caption
      self.note = note
      self.texts = texts
      groups = texts.indices.map { row in texts[row].indices.map { group(row, $0) } }
    }

    /// A table of `rows` × `columns` cells without text.
    package init(
      _ caption: String, rows: Int, columns: Int, note: String = "",
      group: (_ row: Int, _ column: Int) -> Int? = { _, _ in nil }
    ) {
      let texts = Array(repeating: Array(repeating: "", count: columns), count: rows)
      self.init(caption, texts: texts, note: note, group: group)
    }

    var rows: Int { texts.count }
    var columns: Int { texts.first?.count ?? 0 }
  }

  package enum Item: Sendable {
    case table(Table)
    /// `=`, `→`, `+`, in the middle between two tables.
    case sign(String)
  }

  package var title: String
  /// Rows of tables, from top to bottom.
  package var rows: [[Item]]
  /// The size of a cell in pixels.
  package var cell: (width: Double, height: Double)

  package init(title: String, cell: (width: Double, height: Double) = (46, 30), rows: [[Item]]) {
    self.title = title
    self.cell = cell
    self.rows = rows
  }

  // MARK: Drawing

  private static let (captionSize, noteSize, signSize) = (13.0, 11.5, 18.0)

  /// The diagram as a drawing, for SVG or PNG.
  package func drawing() -> Drawing {
    let top = title.isEmpty ? 20.0 : 54
    let columns = columnWidths
    let widths = columns.map { $0.reduce(-Self.gap) { $0 + $1 + Self.gap } }
    let heights = rows.map { row in row.map(height).max() ?? 0 }
    let widest = max(widths.max() ?? 0, SVG.headingWidth(title))
    var svg = SVG(
      width: widest + 48, height: top + heights.reduce(0) { $0 + $1 + Self.rowGap } - 8,
      title: title.isEmpty ? "cells" : title)
    svg.addHeading(title)
    var y = top
    for (place, row) in rows.enumerated() {
      var x = 24.0
      for (item, width) in zip(row, columns[place]) {
        draw(item, x: x, y: y, width: width, rowHeight: heights[place], &svg)
        x += width + Self.gap
      }
      y += heights[place] + Self.rowGap
    }
    return Drawing(svg)
  }

  /// Of each row the widths of its items; those of rows with as many items stand below each other.
  private var columnWidths: [[Double]] {
    rows.map { row in
      let alike = rows.filter { $0.count == row.count }
      return row.indices.map { column in alike.map { width($0[column]) }.max() ?? 0 }
    }
  }

  private static let (gap, rowGap) = (18.0, 24.0)

  private func width(_ item: Item) -> Double {
    switch item {
    case .sign(let sign): SVG.width(of: sign, size: Self.signSize)
    case .table(let table):
      max(
        Double(table.columns) * cell.width,
        SVG.width(of: table.caption, size: Self.captionSize) * 1.04,
        SVG.width(of: table.note, size: Self.noteSize))
    }
  }

  private func height(_ item: Item) -> Double {
    switch item {
    case .sign: 0
    case .table(let table):
      22 + Double(table.rows) * cell.height + (table.note.isEmpty ? 0 : 20)
    }
  }

  private func draw(
    _ item: Item, x: Double, y: Double, width: Double, rowHeight: Double, _ svg: inout SVG
  ) {
    switch item {
    case .sign(let sign):
      svg.add(
        "text",
        [
          "x": x + width / 2, "y": y + 22 + (rowHeight - 22) / 2,
          "font-size": Self.signSize, "text-anchor": "middle", "fill": RGB.quietInk,
        ], text: sign)
    case .table(let table):
      svg.add(
        "text",
        [
          "x": x, "y": y + 12, "font-size": Self.captionSize, "font-weight": "600",
          "fill": RGB.ink,
        ], text: table.caption)
      draw(table, x: x, y: y + 22, &svg)
      if !table.note.isEmpty {
        svg.add(
          "text",
          [
            "x": x, "y": y + 22 + Double(table.rows) * cell.height + 16,
            "font-size": Self.noteSize, "fill": RGB.quietInk,
          ], text: table.note)
      }
    }
  }

  private func draw(_ table: Table, x: Double, y: Double, _ svg: inout SVG) {
    svg.group(["stroke": RGB.quietInk, "stroke-width": 0.8]) {
      for row in 0..<table.rows {
        for column in 0..<table.columns {
          let color = table.groups[row][column].map {
            RGB.background.mixed(with: .series($0), 0.45)
          }
          $0.add(
            "rect",
            [
              "x": x + Double(column) * cell.width, "y": y + Double(row) * cell.height,
              "width": cell.width, "height": cell.height, "fill": color ?? RGB.background,
            ])
        }
      }
    }
    let longest = table.texts.joined().map { SVG.width(of: $0, size: 1) }.max() ?? 1
    let size = min(13, (cell.width - 6) / max(longest, 0.5))
    svg.group(["font-size": size, "text-anchor": "middle", "fill": RGB.ink]) {
      for (row, texts) in table.texts.enumerated() {
        for (column, text) in texts.enumerated() where !text.isEmpty {
          $0.add(
            "text",
            [
              "x": x + (Double(column) + 0.5) * cell.width,
              "y": y + (Double(row) + 0.5) * cell.height + size * 0.35,
            ], text: text)
        }
      }
    }
  }
}
