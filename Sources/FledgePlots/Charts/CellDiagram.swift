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
}
