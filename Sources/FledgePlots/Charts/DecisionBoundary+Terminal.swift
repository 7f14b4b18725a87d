import FledgeCore

extension DecisionBoundary {
  /// The plot as lines of text, `width` columns wide and `height` lines high in all.
  ///
  /// In colour each character is two samples, one above the other (half blocks). Without colours
  /// the shade says how probable class 1 is; points of class 0 are `○` (ASCII: `o`), of class 1
  /// `●` (`x`).
  public func terminal(
    width: Int = 60, height: Int = 22, style: TerminalStyle = .plain
  ) -> [String] {
    require(
      width >= 10 && height >= 5, "DecisionBoundary", "a plot needs at least 10 columns and 5 lines"
    )
    let firstRow = title.isEmpty ? 1 : 2
    let rows = height - firstRow
    var grid = TextGrid(width: width, height: height)
    if !title.isEmpty {
      let text = title.truncated(toColumns: width, unicode: style.unicode)
      grid.write(text, row: 0, column: 0, .bold)
    }
    var column = 0
    for (index, name) in classNames.enumerated() {
      let text = "\(mark(index, style)) \(name)"
      grid.write(
        text, row: firstRow - 1, column: column,
        Paint(foreground: RGB.series(index).onTerminal))
      column += text.columns + 3
    }
    for row in 0..<rows {
      for column in 0..<width {
        grid[firstRow + row, column] = cell(
          x: (Double(column) + 0.5) / Double(width), row: row, of: rows, style)
      }
    }
    for point in points {
      guard let place = position(point) else { continue }
      let row = firstRow + min(Int((1 - place.y) * Double(rows)), rows - 1)
      let column = min(Int(place.x * Double(width)), width - 1)
      let label = point.label == 0 ? 0 : 1
      var paint = grid[row, column].paint
      // Darker than the line's colour: it stands on a tint of the same colour.
      paint.foreground = RGB.series(label).mixed(with: .ink, 0.15)
      paint.isBold = true
      grid[row, column] = (mark(label, style), style.colors == .none ? .plain : paint)
    }
    return grid.lines(style)
  }

  private func mark(_ label: Int, _ style: TerminalStyle) -> Character {
    switch (label, style.unicode) {
    case (0, true): style.colors == .none ? "○" : "●"
    case (_, true): "●"
    case (0, false): "o"
    case (_, false): "x"
    }
  }

  private func cell(
    x: Double, row: Int, of rows: Int, _ style: TerminalStyle
  ) -> (character: Character?, paint: Paint) {
    func probability(_ downwards: Double) -> Double {
      self.probability(x: x, y: 1 - (Double(row) + downwards) / Double(rows))
    }
    guard style.colors == .none else {
      if !style.unicode {
        return (" ", Paint(background: Self.fieldColor(probability(0.5))))
      }
      return TextGrid.halves(
        upper: Self.fieldColor(probability(0.25)), lower: Self.fieldColor(probability(0.75)))
    }
    let shades: [Character] = style.unicode ? [" ", "░", "▒", "▓"] : [" ", ".", ":", "#"]
    let level = probability(0.5)
    return (shades[level < 0.2 ? 0 : level < 0.5 ? 1 : level < 0.8 ? 2 : 3], .plain)
  }
}
