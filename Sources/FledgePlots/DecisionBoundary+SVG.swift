import FledgeCore

extension DecisionBoundary {
  /// The plot as a self-contained SVG document. Its height follows from the ranges: one unit is as
  /// long in x as in y, unless the picture would become a ribbon.
  public func svg(width: Int = 560) -> String { drawing(width: width).svg }

  /// The plot as a drawing, for SVG or PNG.
  public func drawing(width: Int = 560) -> Drawing {
    require(width >= 240, "DecisionBoundary", "a decision boundary needs at least 240 pixels")
    let aspect = (y.upperBound - y.lowerBound) / (x.upperBound - x.lowerBound)
    let top = title.isEmpty ? 50.0 : 78.0
    let plotWidth = Double(width) - 52 - 24
    let plot = Rectangle(
      x: 52, y: top, width: plotWidth, height: plotWidth * min(max(aspect, 0.5), 1.4))
    var svg = SVG(width: Double(width), height: plot.bottom + 40, title: title)
    drawHeading(&svg, top: top)
    drawField(&svg, plot)
    drawPoints(&svg, plot)
    svg.addFrame(around: plot, x: x, y: y)
    return Drawing(svg)
  }

  private func drawHeading(_ svg: inout SVG, top: Double) {
    svg.addHeading(title)
    var x = 30.0
    let y = top - 20
    for (index, name) in classNames.enumerated() {
      svg.add("circle", ["cx": x, "cy": y, "r": 5, "fill": RGB.series(index)])
      svg.add("text", ["x": x + 11, "y": y + 4.5, "font-size": 12.5, "fill": RGB.ink], text: name)
      x += 11 + SVG.width(of: name, size: 12.5) + 26
    }
    svg.add(
      "line",
      ["x1": x - 6, "y1": y, "x2": x + 14, "y2": y, "stroke": RGB.ink, "stroke-width": 1.8])
    svg.add(
      "text", ["x": x + 21, "y": y + 4.5, "font-size": 12.5, "fill": RGB.ink], text: "p = 0.5")
  }

  /// Bands of equal probability, each painted over the ones below it: an outline for each band is
  /// smooth at every size, and far smaller than a rectangle for each sample.
  private func drawField(_ svg: inout SVG, _ plot: Rectangle) {
    func pixel(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
      (
        plot.x + point.x / Double(columns - 1) * plot.width,
        plot.bottom - point.y / Double(rows - 1) * plot.height
      )
    }
    func path(level: Float, closed: Bool) -> String {
      var path = SVGPath()
      let lines = contours(
        probabilities, rows: rows, columns: columns, level: level, closed: closed)
      for line in lines {
        path.move(to: pixel(line[0]))
        for point in line.dropFirst() { path.line(to: pixel(point)) }
        if closed { path.close() }
      }
      return path.data
    }
    svg.add(
      "rect",
      [
        "x": plot.x, "y": plot.y, "width": plot.width, "height": plot.height,
        "fill": Self.fieldColor(band: 0),
      ])
    for band in 1..<Self.bands {
      let outline = path(level: Float(band) / Float(Self.bands), closed: true)
      if outline.isEmpty { continue }
      svg.add(
        "path", ["d": outline, "fill": Self.fieldColor(band: band), "fill-rule": "evenodd"])
    }
    svg.add(
      "path",
      [
        "d": path(level: 0.5, closed: false), "fill": "none", "stroke": RGB.ink,
        "stroke-width": 1.8, "stroke-linejoin": "round",
      ])
  }

  private func drawPoints(_ svg: inout SVG, _ plot: Rectangle) {
    // Many points have to share the plane with the field.
    let radius = points.count > 600 ? 2.2 : points.count > 250 ? 3 : 4
    svg.group(["stroke": RGB.background, "stroke-width": radius > 3 ? 1.2 : 0.8]) {
      for point in points {
        guard let place = position(point) else { continue }
        $0.add(
          "circle",
          [
            "cx": plot.x + place.x * plot.width, "cy": plot.bottom - place.y * plot.height,
            "r": radius, "fill": RGB.series(point.label == 0 ? 0 : 1),
          ])
      }
    }
  }
}
