import FledgeCore

extension LineChart {
  /// The chart as a self-contained SVG document with a background of its own.
  public func svg(width: Int = 760, height: Int = 440) -> String {
    drawing(width: width, height: height).svg
  }

  /// The chart as a drawing, for SVG or PNG.
  public func drawing(width: Int = 760, height: Int = 440) -> Drawing {
    require(
      width >= 240 && height >= 160, "LineChart", "a line chart needs at least 240 × 160 pixels")
    return Drawing(LineChartFigure(chart: self, width: Double(width), height: Double(height)))
  }
}

/// The layout of one chart on a page of `width` × `height` pixels.
private struct LineChartFigure: Figure {
  let chart: LineChart
  var title: String { chart.title }
  let width: Double
  let height: Double
  let xAxis: Axis
  let yAxis: Axis
  let yTicks: [Axis.Tick]
  /// Where the legend's entry of each series begins.
  let legend: [(x: Double, y: Double)]
  let plot: Rectangle

  static let titleSize = 17.0
  static let textSize = 12.5

  init(chart: LineChart, width: Double, height: Double) {
    self.chart = chart
    self.width = width
    self.height = height
    xAxis = chart.xAxis
    // Room for a label under the lowest reference line: curves like to end just above it.
    yAxis = chart.yAxis(below: chart.referenceLines.isEmpty ? 0.06 : 0.06 + 18 / (height - 120))
    yTicks = yAxis.ticks(atMost: max(3, Int(height / 60)))

    let left = 24.0
    let names = chart.series.map(\.name)
    let top = chart.title.isEmpty ? 16.0 : 46.0
    legend = Self.placedLegend(names, left: left, right: width - left, top: top + 8)
    let plotTop = (legend.last.map { $0.y + 18 } ?? top + 4)
    let labels = yTicks.map { $0.label.width(fontSize: Self.textSize) }.max() ?? 0
    let plotLeft = left + labels + (chart.yLabel.isEmpty ? 4 : 26)
    let lastValues = chart.series.compactMap(\.lastValue).map(Axis.label)
    // Bold.
    let valueWidth =
      lastValues.map { $0.width(fontSize: Self.textSize) * 1.12 + 14 }.max() ?? 0
    let plotBottom = height - (chart.xLabel.isEmpty ? 36 : 56)
    plot = Rectangle(
      x: plotLeft, y: plotTop, width: width - plotLeft - max(valueWidth + 12, 24),
      height: plotBottom - plotTop)
  }

  /// Legend entries in rows from left to right, as many rows as they need.
  private static func placedLegend(
    _ names: [String], left: Double, right: Double, top: Double
  ) -> [(x: Double, y: Double)] {
    var (x, y) = (left, top)
    return names.map { name in
      let entryWidth = 30 + name.width(fontSize: textSize)
      if x > left && x + entryWidth > right { (x, y) = (left, y + 20) }
      defer { x += entryWidth + 22 }
      return (x, y)
    }
  }

  func draw(on canvas: inout some Canvas) {
    drawHeading(&canvas)
    drawGrid(&canvas)
    let clip = Rectangle(
      x: plot.x - 5, y: plot.y - 5, width: plot.width + 10, height: plot.height + 5)
    canvas.group([.fill(nil), .roundJoins], clip: clip) {
      for index in chart.series.indices { drawBackground(index, &$0) }
      for line in chart.referenceLines { draw(line, &$0) }
      for mark in chart.marks { draw(mark, &$0) }
      for index in chart.series.indices { drawCurve(index, &$0) }
    }
    drawReferenceLabels(&canvas)
    drawMarkLabels(&canvas)
    drawLastValues(&canvas)
  }

  func pixel(_ position: LineChart.Point) -> Position {
    [plot.x + position.x * plot.width, plot.y + (1 - position.y) * plot.height]
  }

  func pixelX(_ value: Double) -> Double? {
    xAxis.positionInside(value).map { plot.x + $0 * plot.width }
  }

  func pixelY(_ value: Double) -> Double? {
    yAxis.position(value).map { plot.y + (1 - $0) * plot.height }
  }
}

// MARK: - Around the plot

extension LineChartFigure {
  private func drawHeading(_ canvas: inout some Canvas) {
    if !chart.title.isEmpty {
      let titleWidth = chart.title.width(fontSize: Self.titleSize) * 1.06
      let size = Self.titleSize * min(1, (width - 48) / titleWidth)
      canvas.drawText(chart.title, at: [24, 34], [.fontSize(size), .bold, .fill(.ink)])
    }
    for (index, series) in chart.series.enumerated() {
      let (x, y) = legend[index]
      canvas.drawLine(
        from: [x, y], to: [x + 20, y],
        [
          .stroke(.series(index)), .strokeWidth(2.5), .roundCaps,
          .dashes(series.style == .dashed ? [5, 4] : []),
        ])
      if series.style == .marked {
        canvas.drawCircle(at: [x + 10, y], radius: 3.2, [.fill(.series(index))])
      }
      canvas.drawText(
        series.name, at: [x + 27, y + 4.5], [.fontSize(Self.textSize), .fill(.ink)])
    }
  }

  private func drawGrid(_ canvas: inout some Canvas) {
    let textSize = Self.textSize
    canvas.group([.stroke(.grid), .strokeWidth(1)]) {
      for tick in yTicks {
        guard let y = pixelY(tick.value) else { continue }
        $0.drawLine(from: [plot.x, y], to: [plot.right, y], [])
      }
    }
    canvas.group([.fontSize(textSize), .fill(.quietInk), .anchor(.end)]) {
      for tick in yTicks {
        guard let y = pixelY(tick.value) else { continue }
        $0.drawText(tick.label, at: [plot.x - 8, y + 4.5])
      }
    }
    canvas.drawLine(
      from: [plot.x, plot.bottom], to: [plot.right, plot.bottom], [.stroke(.border)])
    canvas.group([.fontSize(textSize), .fill(.quietInk), .anchor(.middle)]) {
      for tick in xTicks {
        let x = plot.x + (xAxis.position(tick.value) ?? 0) * plot.width
        $0.drawLine(from: [x, plot.bottom], to: [x, plot.bottom + 5], [.stroke(.border)])
        $0.drawText(tick.label, at: [x, plot.bottom + 20])
      }
      if !chart.xLabel.isEmpty {
        $0.drawText(chart.xLabel, at: [plot.center.x, plot.bottom + 42])
      }
      if !chart.yLabel.isEmpty {
        $0.drawText(chart.yLabel, at: [24, plot.center.y], isVertical: true, [])
      }
    }
  }

  /// As many ticks as leave a gap between any two labels.
  private var xTicks: [Axis.Tick] {
    for count in stride(from: 10, through: 3, by: -1) {
      let ticks = xAxis.ticks(atMost: count)
      let widest = ticks.map { $0.label.width(fontSize: Self.textSize) }.max() ?? 0
      if Double(ticks.count) * (widest + 24) <= plot.width { return ticks }
    }
    return xAxis.ticks(atMost: 2)
  }
}

// MARK: - Inside the plot

extension LineChartFigure {
  private func lines(_ points: [LineChart.Point]) -> [[Position]] {
    polylines(points, x: xAxis, y: yAxis).map { part in
      decimated(part, columns: Int(plot.width)).map(pixel)
    }
  }

  private func drawBackground(_ index: Int, _ canvas: inout some Canvas) {
    guard let points = chart.series[index].background else { return }
    canvas.drawLines(
      lines(points), isClosed: false,
      [.stroke(.series(index)), .strokeOpacity(0.24), .strokeWidth(1), .roundCaps])
  }

  private func drawCurve(_ index: Int, _ canvas: inout some Canvas) {
    let series = chart.series[index]
    canvas.drawLines(
      lines(series.curve), isClosed: false,
      [
        .stroke(.series(index)), .strokeWidth(2.4), .roundCaps,
        .dashes(series.style == .dashed ? [6, 5] : []),
      ])
    guard series.style == .marked else { return }
    for part in polylines(series.points, x: xAxis, y: yAxis) {
      for point in decimated(part, columns: Int(plot.width / 8)) {
        canvas.drawCircle(
          at: pixel(point), radius: 3.4,
          [.fill(.series(index)), .stroke(.background), .strokeWidth(1)])
      }
    }
  }

  private func draw(_ line: LineChart.ReferenceLine, _ canvas: inout some Canvas) {
    guard let y = pixelY(line.y) else { return }
    canvas.drawLine(
      from: [plot.x, y], to: [plot.right, y],
      [.stroke(.quietInk), .strokeWidth(1.3), .dashes([4, 4])])
  }

  private func draw(_ mark: LineChart.Mark, _ canvas: inout some Canvas) {
    guard let x = pixelX(mark.x) else { return }
    canvas.drawLine(
      from: [x, plot.y], to: [x, plot.bottom],
      [.stroke(.quietInk), .strokeWidth(1.1), .dashes([2, 4])])
  }

  private func drawMarkLabels(_ canvas: inout some Canvas) {
    for mark in chart.marks {
      guard let x = pixelX(mark.x) else { continue }
      canvas.drawText(
        mark.label, at: [x + 5, plot.y + 11],
        [.fontSize(Self.textSize - 0.5), .fill(.quietInk), .halo(.background)])
    }
  }

  /// Each label goes where it hides the least of the curves and no other label: above or below its
  /// line, at the right, the left or in the middle.
  private func drawReferenceLabels(_ canvas: inout some Canvas) {
    let faint = chart.series.flatMap { dense($0.background ?? []) }
    let bold = chart.series.flatMap { dense($0.curve) }
    let size = Self.textSize - 0.5
    var taken: [Rectangle] = []
    for line in chart.referenceLines {
      guard let y = pixelY(line.y) else { continue }
      let labelWidth = line.text.width(fontSize: size) + 10
      let places: [(x: Double, anchor: TextAnchor)] = [
        (plot.right, .end), (plot.x, .start), (plot.center.x, .middle),
      ]
      var best = (cost: Int.max, box: plot, anchor: TextAnchor.end)
      for place in places {
        let shift = place.anchor == .end ? 1 : place.anchor == .middle ? 0.5 : 0
        for top in [y - 20, y + 4] {
          let box = Rectangle(
            x: place.x - shift * labelWidth, y: top, width: labelWidth, height: 16)
          let isInside = top >= plot.y - 6 && box.bottom <= plot.bottom
          let cost =
            faint.count(where: box.contains) + 10 * bold.count(where: box.contains)
            + 100_000 * taken.count(where: box.intersects) + (isInside ? 0 : 50_000)
          if cost < best.cost { best = (cost, box, place.anchor) }
        }
      }
      taken.append(best.box)
      let anchorX =
        switch best.anchor {
        case .end: best.box.right - 4
        case .middle: best.box.center.x
        case .start: best.box.x + 4
        }
      canvas.drawText(
        line.text, at: [anchorX, best.box.y + 12.5],
        [.anchor(best.anchor), .fontSize(size), .fill(.quietInk), .halo(.background)])
    }
  }

  /// A curve's pixels, at most six apart.
  private func dense(_ points: [LineChart.Point]) -> [Position] {
    lines(points).flatMap { line in
      zip(line, line.dropFirst() + line.suffix(1)).flatMap { from, to in
        let pieces = max(1, (max(abs(to.x - from.x), abs(to.y - from.y)) / 6).rounded(.up))
        return stride(from: 0, to: pieces, by: 1).map { from + (to - from) * ($0 / pieces) }
      }
    }
  }

  /// The last value of every curve in the right margin, pushed apart where curves end together.
  private func drawLastValues(_ canvas: inout some Canvas) {
    var labels = chart.series.enumerated().compactMap { index, series in
      series.lastValue.flatMap { value in
        pixelY(value).map { (index: index, text: Axis.label(value), y: $0) }
      }
    }
    labels.sort { $0.y < $1.y }
    for i in labels.indices.dropFirst() { labels[i].y = max(labels[i].y, labels[i - 1].y + 15) }
    // Pushing down may have passed the axis: push back up from there.
    var limit = plot.bottom
    for i in labels.indices.reversed() {
      labels[i].y = min(labels[i].y, limit)
      limit = labels[i].y - 15
    }
    for label in labels {
      canvas.drawText(
        label.text, at: [plot.right + 9, label.y + 4.5],
        [.fontSize(Self.textSize), .bold, .fill(.series(label.index))])
    }
  }
}

extension LineChart.Series {
  /// Where the bold line ends.
  fileprivate var lastValue: Double? { curve.last { $0.y.isFinite }?.y }
}
