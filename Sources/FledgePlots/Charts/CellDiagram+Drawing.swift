extension CellDiagram {
  /// The diagram as a drawing, for SVG or PNG.
  package func drawing() -> Drawing { Drawing(CellFigure(diagram: self)) }
}

/// The layout of one diagram: rows of tables and signs.
private struct CellFigure: Figure {
  let diagram: CellDiagram
  let width: Double
  let height: Double
  /// Of each row the widths of its items; those of rows with as many items stand below each other.
  private let columnWidths: [[Double]]
  private let rowHeights: [Double]
  private let top: Double
  var title: String { diagram.title.isEmpty ? "cells" : diagram.title }

  private static let (captionSize, noteSize, signSize) = (13.0, 11.5, 18.0)
  private static let (gap, rowGap) = (18.0, 24.0)

  init(diagram: CellDiagram) {
    self.diagram = diagram
    let rows = diagram.rows
    columnWidths = rows.map { row in
      let alike = rows.filter { $0.count == row.count }
      return row.indices.map { column in
        alike.map { Self.width($0[column], diagram.cell.width) }.max() ?? 0
      }
    }
    rowHeights = rows.map { row in
      row.map { Self.height($0, diagram.cell.height) }.max() ?? 0
    }
    top = diagram.title.isEmpty ? 20.0 : 54
    let widths = columnWidths.map { $0.reduce(-Self.gap) { $0 + $1 + Self.gap } }
    width = max(widths.max() ?? 0, Heading.width(diagram.title)) + 48
    height = top + rowHeights.reduce(0) { $0 + $1 + Self.rowGap } - 8
  }

  private static func width(_ item: CellDiagram.Item, _ cellWidth: Double) -> Double {
    switch item {
    case .sign(let sign): sign.width(fontSize: signSize)
    case .table(let table):
      max(
        Double(table.columns) * cellWidth, table.caption.width(fontSize: captionSize) * 1.04,
        table.note.width(fontSize: noteSize))
    }
  }

  private static func height(_ item: CellDiagram.Item, _ cellHeight: Double) -> Double {
    switch item {
    case .sign: 0
    case .table(let table):
      22 + Double(table.rows) * cellHeight + (table.note.isEmpty ? 0 : 20)
    }
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(diagram.title)
    var y = top
    for (place, row) in diagram.rows.enumerated() {
      var x = 24.0
      for (item, width) in zip(row, columnWidths[place]) {
        switch item {
        case .sign(let sign):
          canvas.drawText(
            sign, at: [x + width / 2, y + 22 + (rowHeights[place] - 22) / 2],
            [.fontSize(Self.signSize), .anchor(.middle), .fill(.quietInk)])
        case .table(let table): draw(table, at: [x, y], &canvas)
        }
        x += width + Self.gap
      }
      y += rowHeights[place] + Self.rowGap
    }
  }

  private func draw(
    _ table: CellDiagram.Table, at place: Position, _ canvas: inout some Canvas
  ) {
    canvas.drawText(
      table.caption, at: place + [0, 12], [.fontSize(Self.captionSize), .bold, .fill(.ink)])
    drawCells(of: table, at: place + [0, 22], &canvas)
    if table.note.isEmpty { return }
    let bottom = 22 + Double(table.rows) * diagram.cell.height
    canvas.drawText(
      table.note, at: place + [0, bottom + 16], [.fontSize(Self.noteSize), .fill(.quietInk)])
  }

  private func drawCells(
    of table: CellDiagram.Table, at place: Position, _ canvas: inout some Canvas
  ) {
    let cell = diagram.cell
    canvas.group([.stroke(.quietInk), .strokeWidth(0.8)]) {
      for row in 0..<table.rows {
        for column in 0..<table.columns {
          let color = table.groups[row][column].map {
            RGB.background.mixed(with: .series($0), 0.45)
          }
          let box = Rectangle(
            x: place.x + Double(column) * cell.width, y: place.y + Double(row) * cell.height,
            width: cell.width, height: cell.height)
          $0.drawRectangle(box, [.fill(color ?? .background)])
        }
      }
    }
    let longest = table.texts.joined().map { $0.width(fontSize: 1) }.max() ?? 1
    let size = min(13, (cell.width - 6) / max(longest, 0.5))
    canvas.group([.fontSize(size), .anchor(.middle), .fill(.ink)]) {
      for (row, texts) in table.texts.enumerated() {
        for (column, text) in texts.enumerated() where !text.isEmpty {
          let x = place.x + (Double(column) + 0.5) * cell.width
          let y = place.y + (Double(row) + 0.5) * cell.height
          $0.drawText(text, at: [x, y + size * 0.35])
        }
      }
    }
  }
}
