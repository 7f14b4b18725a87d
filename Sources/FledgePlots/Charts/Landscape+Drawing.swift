import FledgeCore

extension Landscape {
  /// The map as a self-contained SVG document.
  public func svg(width: Int = 620) -> String { drawing(width: width).svg }

  /// The map as a drawing, for SVG or PNG.
  public func drawing(width: Int = 620) -> Drawing {
    require(width >= 240, "Landscape", "a landscape needs at least 240 pixels")
    return Drawing(LandscapeFigure(map: self, width: Double(width)))
  }
}

/// The layout of one map of a width.
private struct LandscapeFigure: Figure {
  let map: Landscape
  let width: Double
  let plot: Rectangle
  var title: String { map.title }
  var height: Double { plot.bottom + 40 }

  init(map: Landscape, width: Double) {
    self.map = map
    self.width = width
    let aspect = map.y.ratio(to: map.x)
    let plotWidth = width - 52 - 24
    plot = Rectangle(
      x: 52, y: (map.title.isEmpty ? 24.0 : 52) + (map.paths.isEmpty ? 0 : 26), width: plotWidth,
      height: plotWidth * min(max(aspect, 0.4), 1.2))
  }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(title)
    drawLegend(&canvas)
    drawField(&canvas)
    canvas.group([], clip: plot) {
      for (index, path) in map.paths.enumerated() { draw(path, .series(index), &$0) }
      if let minimum = map.minimum { drawCross(at: pixel(minimum), &$0) }
    }
    canvas.drawFrame(around: plot, x: map.x, y: map.y)
  }

  private func drawLegend(_ canvas: inout some Canvas) {
    var x = 24.0
    for (index, path) in map.paths.enumerated() {
      canvas.drawLine(
        from: [x, plot.y - 16], to: [x + 20, plot.y - 16],
        [.stroke(.series(index)), .strokeWidth(2.5)])
      canvas.drawText(path.name, at: [x + 27, plot.y - 11.5], [.fontSize(12.5), .fill(.ink)])
      x += 27 + path.name.width(fontSize: 12.5) + 22
    }
  }

  /// The ground is darker the lower it is.
  private func drawField(_ canvas: inout some Canvas) {
    let levels = map.levels
    func shade(_ band: Int) -> RGB {
      RGB.background.mixed(with: .quietInk, 0.34 - 0.30 * Double(band) / Double(levels.count + 1))
    }
    canvas.drawRectangle(plot, [.fill(shade(0))])
    for (band, level) in levels.enumerated() {
      let lines = contours(
        map.values, rows: Landscape.rows, columns: Landscape.columns, level: level, closed: true)
      if lines.isEmpty { continue }
      canvas.drawLines(
        lines.map { $0.map(pixel) }, isClosed: true,
        [.fill(shade(band + 1)), .evenOdd, .stroke(.border), .strokeWidth(0.7)])
    }
  }

  /// The pixel of a place on the grid of samples.
  private func pixel(_ place: (x: Double, y: Double)) -> Position {
    [
      plot.x + place.x / Double(Landscape.columns - 1) * plot.width,
      plot.bottom - place.y / Double(Landscape.rows - 1) * plot.height,
    ]
  }

  /// The pixel of a point of the plane.
  private func pixel(_ point: SIMD2<Double>) -> Position {
    [
      plot.x + map.x.fraction(of: point.x) * plot.width,
      plot.bottom - map.y.fraction(of: point.y) * plot.height,
    ]
  }

  private func draw(_ path: Landscape.Path, _ color: RGB, _ canvas: inout some Canvas) {
    let places = path.points.prefix { $0.x.isFinite && $0.y.isFinite }.map { pixel($0) }
    guard let last = places.last else { return }
    canvas.drawLines(
      [places], isClosed: false, [.fill(nil), .stroke(color), .strokeWidth(1.8), .roundJoins])
    for place in places.dropLast() { canvas.drawCircle(at: place, radius: 1.8, [.fill(color)]) }
    canvas.drawCircle(
      at: last, radius: 4.5, [.fill(color), .stroke(.background), .strokeWidth(1.2)])
  }

  private func drawCross(at place: Position, _ canvas: inout some Canvas) {
    for arm: Position in [[5, 5], [5, -5]] {
      canvas.drawLine(from: place - arm, to: place + arm, [.stroke(.ink), .strokeWidth(2)])
    }
  }
}
