import FledgeCore

extension DecisionBoundary {
  /// The plot as a self-contained SVG document. Its height follows from the ranges: one unit is as
  /// long in x as in y, unless the picture would become a ribbon.
  public func svg(width: Int = 560) -> String { drawing(width: width).svg }

  /// The plot as a drawing, for SVG or PNG.
  public func drawing(width: Int = 560) -> Drawing {
    require(width >= 240, "DecisionBoundary", "a decision boundary needs at least 240 pixels")
    return Drawing(DecisionBoundaryFigure(chart: self, width: Double(width)))
  }
}

/// The layout of one plot of a width.
private struct DecisionBoundaryFigure: Figure {
  let chart: DecisionBoundary
  let width: Double
  let plot: Rectangle
  var title: String { chart.title }
  var height: Double { plot.bottom + 40 }

  init(chart: DecisionBoundary, width: Double) {
    self.chart = chart
    self.width = width
    let aspect = chart.y.ratio(to: chart.x)
    let plotWidth = width - 52 - 24
    plot = Rectangle(
      x: 52, y: chart.title.isEmpty ? 50 : 78, width: plotWidth,
      height: plotWidth * min(max(aspect, 0.5), 1.4))
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(title)
    drawLegend(&canvas)
    drawField(&canvas)
    drawPoints(&canvas)
    canvas.drawFrame(around: plot, x: chart.x, y: chart.y)
  }

  private func drawLegend(_ canvas: inout some Canvas) {
    var x = 30.0
    let y = plot.y - 20
    let style: [DrawingAttribute] = [.fontSize(12.5), .fill(.ink)]
    for (index, name) in chart.classNames.enumerated() {
      canvas.drawCircle(at: [x, y], radius: 5, [.fill(.series(index))])
      canvas.drawText(name, at: [x + 11, y + 4.5], style)
      x += 11 + name.width(fontSize: 12.5) + 26
    }
    canvas.drawLine(from: [x - 6, y], to: [x + 14, y], [.stroke(.ink), .strokeWidth(1.8)])
    canvas.drawText("p = 0.5", at: [x + 21, y + 4.5], style)
  }

  /// Bands of equal probability, each painted over the ones below it: an outline for each band is
  /// smooth at every size, and far smaller than a rectangle for each sample.
  private func drawField(_ canvas: inout some Canvas) {
    canvas.drawRectangle(plot, [.fill(DecisionBoundary.fieldColor(band: 0))])
    let bands = DecisionBoundary.bands
    for band in 1..<bands {
      let outline = lines(level: Float(band) / Float(bands), closed: true)
      if outline.isEmpty { continue }
      canvas.drawLines(
        outline, isClosed: true, [.fill(DecisionBoundary.fieldColor(band: band)), .evenOdd])
    }
    canvas.drawLines(
      lines(level: 0.5, closed: false), isClosed: false,
      [.fill(nil), .stroke(.ink), .strokeWidth(1.8), .roundJoins])
  }

  private func lines(level: Float, closed: Bool) -> [[Position]] {
    let (rows, columns) = (chart.rows, chart.columns)
    let lines = contours(
      chart.probabilities, rows: rows, columns: columns, level: level, closed: closed)
    return lines.map { line in
      line.map { place in
        [
          plot.x + place.x / Double(columns - 1) * plot.width,
          plot.bottom - place.y / Double(rows - 1) * plot.height,
        ]
      }
    }
  }

  private func drawPoints(_ canvas: inout some Canvas) {
    let points = chart.points
    // Many points have to share the plane with the field.
    let radius = points.count > 600 ? 2.2 : points.count > 250 ? 3 : 4
    canvas.group([.stroke(.background), .strokeWidth(radius > 3 ? 1.2 : 0.8)]) {
      for point in points {
        guard let place = chart.position(point) else { continue }
        $0.drawCircle(
          at: [plot.x + place.x * plot.width, plot.bottom - place.y * plot.height],
          radius: radius, [.fill(.series(point.label == 0 ? 0 : 1))])
      }
    }
  }
}
