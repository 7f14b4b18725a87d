import FledgeCore

extension HeatMap {
  /// The map as a self-contained SVG document, with labels and a scale.
  ///
  /// - Parameter cell: the side of a cell in pixels; by default as large as a picture of about 480
  ///   pixels allows
  public func svg(cell: Double? = nil) -> String { drawing(cell: cell).svg }

  /// The map as a drawing, for SVG or PNG; see ``svg(cell:)``.
  public func drawing(cell: Double? = nil) -> Drawing {
    require(cell ?? 1 > 0, "HeatMap", "a cell must have a positive size")
    let largest = min(max(480 / Double(max(rows, columns)), 4), 64)
    return Drawing(HeatMapFigure(map: self, cell: cell ?? largest))
  }
}

/// The layout of one map with cells of a size.
private struct HeatMapFigure: Figure {
  let map: HeatMap
  let cell: Double
  let plot: Rectangle
  /// Whether the names of columns stand upright: long ones under narrow columns.
  let isUpright: Bool
  /// Where the title of the columns stands.
  let bottom: Double
  let width: Double
  var title: String { map.title }
  var height: Double { bottom + 20 }

  static let labelSize = 12.0

  init(map: HeatMap, cell: Double) {
    self.map = map
    self.cell = cell
    func widest(_ labels: [String]) -> Double {
      labels.map { $0.width(fontSize: Self.labelSize) }.max() ?? 0
    }
    let widestRow = widest(map.rowLabels)
    let widestColumn = widest(map.columnLabels)
    isUpright = widestColumn > cell - 4
    plot = Rectangle(
      x: 24 + (map.rowTitle.isEmpty ? 0 : 22) + (widestRow > 0 ? widestRow + 10 : 0),
      y: map.title.isEmpty ? 24.0 : 54, width: Double(map.columns) * cell,
      height: Double(map.rows) * cell)
    let labelHeight = map.columnLabels.isEmpty ? 0 : isUpright ? widestColumn + 12 : 22
    bottom = plot.bottom + labelHeight + (map.columnTitle.isEmpty ? 0 : 24)
    width = max(plot.right + 92, Heading.width(map.title) + 48)
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(title)
    drawCells(&canvas)
    drawTexts(&canvas)
    drawLabels(&canvas)
    drawScale(&canvas)
    let style: [DrawingAttribute] = [.fontSize(13), .anchor(.middle), .fill(.ink)]
    if !map.rowTitle.isEmpty {
      canvas.drawText(map.rowTitle, at: [32, plot.center.y], isVertical: true, style)
    }
    if !map.columnTitle.isEmpty {
      canvas.drawText(map.columnTitle, at: [plot.center.x, bottom], style)
    }
  }

  private func middle(row: Int, column: Int) -> Position {
    [plot.x + (Double(column) + 0.5) * cell, plot.y + (Double(row) + 0.5) * cell]
  }

  private func drawCells(_ canvas: inout some Canvas) {
    canvas.group([.crispEdges]) {
      for (index, value) in map.values.enumerated() {
        let box = Rectangle(
          x: plot.x + Double(index % map.columns) * cell,
          y: plot.y + Double(index / map.columns) * cell, width: cell, height: cell)
        $0.drawRectangle(box, [.fill(map.color(value))])
      }
    }
    canvas.drawRectangle(plot, [.fill(nil), .stroke(.border)])
  }

  private func drawTexts(_ canvas: inout some Canvas) {
    guard let texts = map.texts else { return }
    let longest = texts.map { $0.width(fontSize: 1) }.max() ?? 1
    let size = min(13, (cell - 4) / max(longest, 0.6), cell * 0.6)
    canvas.group([.fontSize(size), .anchor(.middle)]) {
      for (index, text) in texts.enumerated() {
        var place = middle(row: index / map.columns, column: index % map.columns)
        place.y += size * 0.35
        $0.drawText(text, at: place, [.fill(map.textColor(map.values[index]))])
      }
    }
  }

  private func drawLabels(_ canvas: inout some Canvas) {
    let style: [DrawingAttribute] = [.fontSize(Self.labelSize), .fill(.quietInk)]
    canvas.group(style + [.anchor(.end)]) {
      for (row, label) in map.rowLabels.enumerated() {
        $0.drawText(label, at: [plot.x - 7, middle(row: row, column: 0).y + 4])
      }
      guard isUpright else { return }
      for (column, label) in map.columnLabels.enumerated() {
        let x = middle(row: 0, column: column).x + 4
        $0.drawText(label, at: [x, plot.bottom + 7], isVertical: true, [])
      }
    }
    if isUpright { return }
    canvas.group(style + [.anchor(.middle)]) {
      for (column, label) in map.columnLabels.enumerated() {
        $0.drawText(label, at: [middle(row: 0, column: column).x, plot.bottom + 18])
      }
    }
  }

  /// A bar of the colours with the values at its ends.
  private func drawScale(_ canvas: inout some Canvas) {
    let (low, high) = (Double(map.limits.lowerBound), Double(map.limits.upperBound))
    let height = min(plot.height, 160)
    let steps = 24
    canvas.group([.crispEdges]) {
      for step in 0..<steps {
        let value = high - (high - low) * (Double(step) + 0.5) / Double(steps)
        let box = Rectangle(
          x: plot.right + 16, y: plot.y + height * Double(step) / Double(steps), width: 12,
          height: height / Double(steps) + 0.5)
        $0.drawRectangle(box, [.fill(map.color(Float(value)))])
      }
    }
    canvas.group([.fontSize(11), .fill(.quietInk)]) {
      $0.drawText(Axis.label(high), at: [plot.right + 33, plot.y + 9])
      $0.drawText(Axis.label(low), at: [plot.right + 33, plot.y + height])
    }
  }
}
