import FledgeCore

extension HeatMap {
  /// The map as a self-contained SVG document, with labels and a scale.
  ///
  /// - Parameter cell: the side of a cell in pixels; where none is given, as large as a picture of
  ///   about 480 pixels allows
  public func svg(cell: Double? = nil) -> String { drawing(cell: cell).svg }

  /// The map as a drawing, for SVG or PNG; see ``svg(cell:)``.
  public func drawing(cell: Double? = nil) -> Drawing {
    require(cell ?? 1 > 0, "HeatMap", "a cell must have a positive size")
    let cell = cell ?? min(max(480 / Double(max(rows, columns)), 4), 64)
    let small = 12.0
    let widestRow = rowLabels.map { SVG.width(of: $0, size: small) }.max() ?? 0
    let widestColumn = columnLabels.map { SVG.width(of: $0, size: small) }.max() ?? 0
    // Long names under narrow columns stand upright.
    let isUpright = widestColumn > cell - 4
    let left = 24 + (rowTitle.isEmpty ? 0 : 22) + (widestRow > 0 ? widestRow + 10 : 0)
    let top = title.isEmpty ? 24.0 : 54
    let plot = Rectangle(
      x: left, y: top, width: Double(columns) * cell, height: Double(rows) * cell)
    let labelHeight = columnLabels.isEmpty ? 0 : isUpright ? widestColumn + 12 : 22
    let bottom = plot.bottom + labelHeight + (columnTitle.isEmpty ? 0 : 24)
    let width = max(plot.right + 92, SVG.headingWidth(title) + 48)
    var svg = SVG(width: width, height: bottom + 20, title: title)
    svg.addHeading(title)
    drawCells(&svg, plot, cell)
    drawLabels(&svg, plot, cell, isUpright: isUpright, small)
    drawScale(&svg, plot)
    if !rowTitle.isEmpty {
      let middle = plot.y + plot.height / 2
      svg.add(
        "text",
        [
          "transform": "translate(32 \(SVG.number(middle))) rotate(-90)", "font-size": 13,
          "text-anchor": "middle", "fill": RGB.ink,
        ], text: rowTitle)
    }
    if !columnTitle.isEmpty {
      svg.add(
        "text",
        [
          "x": plot.x + plot.width / 2, "y": bottom, "font-size": 13, "text-anchor": "middle",
          "fill": RGB.ink,
        ], text: columnTitle)
    }
    return Drawing(svg)
  }

  private func drawCells(_ svg: inout SVG, _ plot: Rectangle, _ cell: Double) {
    svg.group(["shape-rendering": "crispEdges"]) {
      for (index, value) in values.enumerated() {
        $0.add(
          "rect",
          [
            "x": plot.x + Double(index % columns) * cell,
            "y": plot.y + Double(index / columns) * cell, "width": cell, "height": cell,
            "fill": color(value),
          ])
      }
    }
    svg.add(
      "rect",
      [
        "x": plot.x, "y": plot.y, "width": plot.width, "height": plot.height, "fill": "none",
        "stroke": RGB.border,
      ])
    guard let texts else { return }
    let longest = texts.map { SVG.width(of: $0, size: 1) }.max() ?? 1
    let size = min(13, (cell - 4) / max(longest, 0.6), cell * 0.6)
    svg.group(["font-size": size, "text-anchor": "middle"]) {
      for (index, text) in texts.enumerated() {
        $0.add(
          "text",
          [
            "x": plot.x + (Double(index % columns) + 0.5) * cell,
            "y": plot.y + (Double(index / columns) + 0.5) * cell + size * 0.35,
            "fill": textColor(values[index]),
          ], text: text)
      }
    }
  }

  private func drawLabels(
    _ svg: inout SVG, _ plot: Rectangle, _ cell: Double, isUpright: Bool, _ size: Double
  ) {
    svg.group(["font-size": size, "fill": RGB.quietInk, "text-anchor": "end"]) {
      for (row, label) in rowLabels.enumerated() {
        $0.add(
          "text", ["x": plot.x - 7, "y": plot.y + (Double(row) + 0.5) * cell + 4], text: label)
      }
      guard isUpright else { return }
      for (column, label) in columnLabels.enumerated() {
        let x = SVG.number(plot.x + (Double(column) + 0.5) * cell + 4)
        $0.add(
          "text", ["transform": "translate(\(x) \(SVG.number(plot.bottom + 7))) rotate(-90)"],
          text: label)
      }
    }
    if isUpright { return }
    svg.group(["font-size": size, "fill": RGB.quietInk, "text-anchor": "middle"]) {
      for (column, label) in columnLabels.enumerated() {
        $0.add(
          "text", ["x": plot.x + (Double(column) + 0.5) * cell, "y": plot.bottom + 18],
          text: label)
      }
    }
  }

  /// A bar of the colours with the values at its ends.
  private func drawScale(_ svg: inout SVG, _ plot: Rectangle) {
    let finite = values.filter(\.isFinite)
    let low = range?.lowerBound ?? finite.min() ?? 0
    let high = range?.upperBound ?? finite.max() ?? 1
    let height = min(plot.height, 160)
    let steps = 24
    svg.group(["shape-rendering": "crispEdges"]) {
      for step in 0..<steps {
        let value = high - (high - low) * (Float(step) + 0.5) / Float(steps)
        $0.add(
          "rect",
          [
            "x": plot.right + 16, "y": plot.y + height * Double(step) / Double(steps),
            "width": 12, "height": height / Double(steps) + 0.5, "fill": color(value),
          ])
      }
    }
    svg.group(["font-size": 11, "fill": RGB.quietInk]) {
      $0.add(
        "text", ["x": plot.right + 33, "y": plot.y + 9], text: Axis.label(Double(high)))
      $0.add(
        "text", ["x": plot.right + 33, "y": plot.y + height], text: Axis.label(Double(low)))
    }
  }
}
