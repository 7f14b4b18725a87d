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
    return Drawing(
      LineChartSVG(chart: self, width: Double(width), height: Double(height)).drawing)
  }
}

/// The layout of one chart on a page of `width` × `height` pixels.
private struct LineChartSVG {
  let chart: LineChart
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
    let labels = yTicks.map { SVG.width(of: $0.label, size: Self.textSize) }.max() ?? 0
    let plotLeft = left + labels + (chart.yLabel.isEmpty ? 4 : 26)
    let lastValues = chart.series.compactMap(\.lastValue).map(Axis.label)
    // Bold.
    let valueWidth =
      lastValues.map { SVG.width(of: $0, size: Self.textSize) * 1.12 + 14 }.max() ?? 0
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
      let entryWidth = 30 + SVG.width(of: name, size: textSize)
      if x > left && x + entryWidth > right { (x, y) = (left, y + 20) }
      defer { x += entryWidth + 22 }
      return (x, y)
    }
  }

  var drawing: SVG {
    var svg = SVG(width: width, height: height, title: chart.title)
    drawHeading(&svg)
    drawGrid(&svg)
    svg.group(element: "clipPath", ["id": "plot"]) {
      $0.add(
        "rect",
        ["x": plot.x - 5, "y": plot.y - 5, "width": plot.width + 10, "height": plot.height + 5])
    }
    svg.group(["clip-path": "url(#plot)", "fill": "none", "stroke-linejoin": "round"]) {
      for index in chart.series.indices { drawBackground(index, &$0) }
      for line in chart.referenceLines { draw(line, &$0) }
      for mark in chart.marks { draw(mark, &$0) }
      for index in chart.series.indices { drawCurve(index, &$0) }
    }
    drawReferenceLabels(&svg)
    drawMarkLabels(&svg)
    drawLastValues(&svg)
    return svg
  }

  func pixel(_ position: LineChart.Point) -> (x: Double, y: Double) {
    (plot.x + position.x * plot.width, plot.y + (1 - position.y) * plot.height)
  }

  func pixelX(_ value: Double) -> Double? {
    xAxis.position(value).map { plot.x + $0 * plot.width }
  }

  func pixelY(_ value: Double) -> Double? {
    yAxis.position(value).map { plot.y + (1 - $0) * plot.height }
  }
}

// MARK: - Around the plot

extension LineChartSVG {
  private func drawHeading(_ svg: inout SVG) {
    if !chart.title.isEmpty {
      let titleWidth = SVG.width(of: chart.title, size: Self.titleSize) * 1.06
      let size = Self.titleSize * min(1, (width - 48) / titleWidth)
      svg.add(
        "text", ["x": 24, "y": 34, "font-size": size, "font-weight": "600", "fill": RGB.ink],
        text: chart.title)
    }
    for (index, series) in chart.series.enumerated() {
      let (x, y) = legend[index]
      svg.add(
        "line",
        [
          "x1": x, "y1": y, "x2": x + 20, "y2": y, "stroke": RGB.series(index),
          "stroke-width": 2.5, "stroke-linecap": "round",
          "stroke-dasharray": series.style == .dashed ? "5 4" : "none",
        ])
      if series.style == .marked {
        svg.add("circle", ["cx": x + 10, "cy": y, "r": 3.2, "fill": RGB.series(index)])
      }
      svg.add(
        "text",
        ["x": x + 27, "y": y + 4.5, "font-size": Self.textSize, "fill": RGB.ink],
        text: series.name)
    }
  }

  private func drawGrid(_ svg: inout SVG) {
    let textSize = Self.textSize
    svg.group(["stroke": RGB.grid, "stroke-width": 1]) {
      for tick in yTicks {
        guard let y = pixelY(tick.value) else { continue }
        $0.add("line", ["x1": plot.x, "y1": y, "x2": plot.right, "y2": y])
      }
    }
    svg.group(["font-size": textSize, "fill": RGB.quietInk, "text-anchor": "end"]) {
      for tick in yTicks {
        guard let y = pixelY(tick.value) else { continue }
        $0.add("text", ["x": plot.x - 8, "y": y + 4.5], text: tick.label)
      }
    }
    svg.add(
      "line",
      ["x1": plot.x, "y1": plot.bottom, "x2": plot.right, "y2": plot.bottom, "stroke": RGB.border])
    svg.group(["font-size": textSize, "fill": RGB.quietInk, "text-anchor": "middle"]) {
      for tick in xTicks {
        let x = plot.x + (xAxis.position(tick.value) ?? 0) * plot.width
        $0.add(
          "line",
          [
            "x1": x, "y1": plot.bottom, "x2": x, "y2": plot.bottom + 5, "stroke": RGB.border,
          ])
        $0.add("text", ["x": x, "y": plot.bottom + 20], text: tick.label)
      }
      if !chart.xLabel.isEmpty {
        $0.add("text", ["x": plot.x + plot.width / 2, "y": plot.bottom + 42], text: chart.xLabel)
      }
      if !chart.yLabel.isEmpty {
        let y = plot.y + plot.height / 2
        $0.add(
          "text", ["transform": "translate(24 \(SVG.number(y))) rotate(-90)"],
          text: chart.yLabel)
      }
    }
  }

  /// As many ticks as leave a gap between any two labels.
  private var xTicks: [Axis.Tick] {
    for count in stride(from: 10, through: 3, by: -1) {
      let ticks = xAxis.ticks(atMost: count)
      let widest = ticks.map { SVG.width(of: $0.label, size: Self.textSize) }.max() ?? 0
      if Double(ticks.count) * (widest + 24) <= plot.width { return ticks }
    }
    return xAxis.ticks(atMost: 2)
  }
}

// MARK: - Inside the plot

extension LineChartSVG {
  private func path(_ points: [LineChart.Point]) -> String {
    var path = SVGPath()
    for part in polylines(points, x: xAxis, y: yAxis) {
      let part = decimated(part, columns: Int(plot.width))
      path.move(to: pixel(part[0]))
      // A lone point is drawn as a dot by its round cap.
      if part.count == 1 { path.line(to: pixel(part[0])) }
      for point in part.dropFirst() { path.line(to: pixel(point)) }
    }
    return path.data
  }

  private func drawBackground(_ index: Int, _ svg: inout SVG) {
    guard let points = chart.series[index].background else { return }
    svg.add(
      "path",
      [
        "d": path(points), "stroke": RGB.series(index), "stroke-opacity": 0.24, "stroke-width": 1,
        "stroke-linecap": "round",
      ])
  }

  private func drawCurve(_ index: Int, _ svg: inout SVG) {
    let series = chart.series[index]
    svg.add(
      "path",
      [
        "d": path(series.curve), "stroke": RGB.series(index), "stroke-width": 2.4,
        "stroke-linecap": "round",
        "stroke-dasharray": series.style == .dashed ? "6 5" : "none",
      ])
    guard series.style == .marked else { return }
    for part in polylines(series.points, x: xAxis, y: yAxis) {
      for point in decimated(part, columns: Int(plot.width / 8)) {
        let (x, y) = pixel(point)
        svg.add(
          "circle",
          [
            "cx": x, "cy": y, "r": 3.4, "fill": RGB.series(index), "stroke": RGB.background,
            "stroke-width": 1,
          ])
      }
    }
  }

  private func draw(_ line: LineChart.ReferenceLine, _ svg: inout SVG) {
    guard let y = pixelY(line.y) else { return }
    svg.add(
      "line",
      [
        "x1": plot.x, "y1": y, "x2": plot.right, "y2": y, "stroke": RGB.quietInk,
        "stroke-width": 1.3, "stroke-dasharray": "4 4",
      ])
  }

  private func draw(_ mark: LineChart.Mark, _ svg: inout SVG) {
    guard let x = pixelX(mark.x) else { return }
    svg.add(
      "line",
      [
        "x1": x, "y1": plot.y, "x2": x, "y2": plot.bottom, "stroke": RGB.quietInk,
        "stroke-width": 1.1, "stroke-dasharray": "2 4",
      ])
  }

  private func drawMarkLabels(_ svg: inout SVG) {
    for mark in chart.marks {
      guard let x = pixelX(mark.x) else { continue }
      svg.add(
        "text",
        [
          "x": x + 5, "y": plot.y + 11, "font-size": Self.textSize - 0.5, "fill": RGB.quietInk,
          "stroke": RGB.background, "stroke-width": 3.5, "stroke-linejoin": "round",
          "paint-order": "stroke",
        ], text: mark.label)
    }
  }

  /// Each label goes where it hides the least of the curves and no other label: above or below its
  /// line, at the right, the left or in the middle.
  private func drawReferenceLabels(_ svg: inout SVG) {
    let faint = chart.series.flatMap { dense($0.background ?? []) }
    let bold = chart.series.flatMap { dense($0.curve) }
    let size = Self.textSize - 0.5
    var taken: [Rectangle] = []
    for line in chart.referenceLines {
      guard let y = pixelY(line.y) else { continue }
      let labelWidth = SVG.width(of: line.text, size: size) + 10
      let places: [(x: Double, anchor: String)] = [
        (plot.right, "end"), (plot.x, "start"), (plot.x + plot.width / 2, "middle"),
      ]
      var best = (cost: Int.max, box: plot, anchor: "")
      for place in places {
        let shift = place.anchor == "end" ? 1 : place.anchor == "middle" ? 0.5 : 0
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
        case "end": best.box.right - 4
        case "middle": best.box.x + labelWidth / 2
        default: best.box.x + 4
        }
      svg.add(
        "text",
        [
          "x": anchorX, "y": best.box.y + 12.5, "text-anchor": best.anchor, "font-size": size,
          "fill": RGB.quietInk, "stroke": RGB.background, "stroke-width": 3.5,
          "stroke-linejoin": "round", "paint-order": "stroke",
        ], text: line.text)
    }
  }

  /// A curve's pixels, at most six apart.
  private func dense(_ points: [LineChart.Point]) -> [(x: Double, y: Double)] {
    polylines(points, x: xAxis, y: yAxis).flatMap { part in
      let pixels = decimated(part, columns: Int(plot.width)).map(pixel)
      return zip(pixels, pixels.dropFirst() + pixels.suffix(1)).flatMap { from, to in
        let pieces = max(1, (max(abs(to.x - from.x), abs(to.y - from.y)) / 6).rounded(.up))
        return stride(from: 0, to: pieces, by: 1).map { index in
          let fraction = index / pieces
          return (from.x + (to.x - from.x) * fraction, from.y + (to.y - from.y) * fraction)
        }
      }
    }
  }

  /// The last value of every curve in the right margin, pushed apart where curves end together.
  private func drawLastValues(_ svg: inout SVG) {
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
      svg.add(
        "text",
        [
          "x": plot.right + 9, "y": label.y + 4.5, "font-size": Self.textSize,
          "font-weight": "600", "fill": RGB.series(label.index),
        ], text: label.text)
    }
  }
}

extension LineChart.Series {
  /// Where the bold line ends.
  fileprivate var lastValue: Double? { curve.last { $0.y.isFinite }?.y }
}
