import FledgeCore
import Foundation

/// A function of the plane by its contour lines, and the paths of those that walk on it: how
/// optimizers go down a loss.
///
/// ```swift
/// var map = Landscape(title: "SGD and Adam", x: -2...2, y: -1...3) { x, y in x * x + 10 * y * y }
/// map.add("SGD", points)
/// try AtomicFile.write(map.svg(), to: "paths.svg")
/// ```
public struct Landscape: Sendable {
  /// Where one walker was, step by step.
  public struct Path: Sendable {
    /// In the legend.
    public var name: String
    /// As (x, y); drawn up to the first that is not finite.
    public var points: [SIMD2<Double>]

    /// `Path("Adam", places)`
    public init(_ name: String, _ points: [SIMD2<Double>]) {
      self.name = name
      self.points = points
    }
  }

  /// Stands above the picture; empty for none.
  public var title: String
  /// What the map shows of the first coordinate.
  public let x: ClosedRange<Double>
  /// What the map shows of the second.
  public let y: ClosedRange<Double>
  /// One colour each, the last place marked.
  public var paths: [Path] = []
  /// Where the function is least, marked by a cross; nil for no mark.
  public var minimum: SIMD2<Double>?
  let values: [Float]

  static let (rows, columns) = (121, 161)

  /// - Parameter function: the height at (x, y); sampled once, on a grid
  public init(
    title: String, x: ClosedRange<Double>, y: ClosedRange<Double>,
    function: (_ x: Double, _ y: Double) -> Double
  ) {
    require(
      x.lowerBound < x.upperBound && y.lowerBound < y.upperBound, "Landscape",
      "the ranges must not be empty")
    self.title = title
    self.x = x
    self.y = y
    func value(_ range: ClosedRange<Double>, _ index: Int, _ count: Int) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double(index) / Double(count - 1)
    }
    values = (0..<Self.rows).flatMap { row in
      (0..<Self.columns).map { column in
        Float(function(value(x, column, Self.columns), value(y, row, Self.rows)))
      }
    }
  }

  /// Adds a path.
  public mutating func add(_ name: String, _ points: [SIMD2<Double>]) {
    paths.append(Path(name, points))
  }

  /// The heights of the lines: as many grid points lie between any two, so that valleys get as many
  /// as slopes.
  var levels: [Float] {
    let sorted = values.filter(\.isFinite).sorted()
    guard let last = sorted.last, last > sorted[0] else { return [] }
    let parts = 14
    return (1..<parts).map {
      sorted[min(sorted.count * $0 * $0 / (parts * parts), sorted.count - 1)]
    }
  }

  /// The map as a self-contained SVG document.
  public func svg(width: Int = 620) -> String { drawing(width: width).svg }

  /// The map as a drawing, for SVG or PNG.
  public func drawing(width: Int = 620) -> Drawing {
    require(width >= 240, "Landscape", "a landscape needs at least 240 pixels")
    let aspect = (y.upperBound - y.lowerBound) / (x.upperBound - x.lowerBound)
    let top = (title.isEmpty ? 24.0 : 52) + (paths.isEmpty ? 0 : 26)
    let plotWidth = Double(width) - 52 - 24
    let plot = Rectangle(
      x: 52, y: top, width: plotWidth, height: plotWidth * min(max(aspect, 0.4), 1.2))
    var svg = SVG(width: Double(width), height: plot.bottom + 40, title: title)
    svg.addHeading(title)
    drawLegend(&svg, top: top)
    drawField(&svg, plot)
    drawPaths(&svg, plot)
    svg.addFrame(around: plot, x: x, y: y)
    return Drawing(svg)
  }

  private func drawLegend(_ svg: inout SVG, top: Double) {
    var x = 24.0
    for (index, path) in paths.enumerated() {
      svg.add(
        "line",
        [
          "x1": x, "y1": top - 16, "x2": x + 20, "y2": top - 16, "stroke": RGB.series(index),
          "stroke-width": 2.5,
        ])
      svg.add(
        "text", ["x": x + 27, "y": top - 11.5, "font-size": 12.5, "fill": RGB.ink], text: path.name)
      x += 27 + SVG.width(of: path.name, size: 12.5) + 22
    }
  }

  /// The ground is darker the lower it is.
  private func drawField(_ svg: inout SVG, _ plot: Rectangle) {
    let levels = levels
    func shade(_ band: Int) -> RGB {
      RGB.background.mixed(with: .quietInk, 0.34 - 0.30 * Double(band) / Double(levels.count + 1))
    }
    svg.add(
      "rect",
      [
        "x": plot.x, "y": plot.y, "width": plot.width, "height": plot.height, "fill": shade(0),
      ])
    for (band, level) in levels.enumerated() {
      var path = SVGPath()
      for line in contours(
        values, rows: Self.rows, columns: Self.columns, level: level, closed: true)
      {
        let points = line.map { point in
          (
            x: plot.x + point.x / Double(Self.columns - 1) * plot.width,
            y: plot.bottom - point.y / Double(Self.rows - 1) * plot.height
          )
        }
        path.move(to: points[0])
        for point in points.dropFirst() { path.line(to: point) }
        path.close()
      }
      if path.isEmpty { continue }
      svg.add(
        "path",
        [
          "d": path.data, "fill": shade(band + 1), "fill-rule": "evenodd", "stroke": RGB.border,
          "stroke-width": 0.7,
        ])
    }
  }

  private func pixel(_ point: SIMD2<Double>, _ plot: Rectangle) -> (x: Double, y: Double) {
    (
      plot.x + (point.x - x.lowerBound) / (x.upperBound - x.lowerBound) * plot.width,
      plot.bottom - (point.y - y.lowerBound) / (y.upperBound - y.lowerBound) * plot.height
    )
  }

  private func drawPaths(_ svg: inout SVG, _ plot: Rectangle) {
    svg.group(element: "clipPath", ["id": "ground"]) {
      $0.add("rect", ["x": plot.x, "y": plot.y, "width": plot.width, "height": plot.height])
    }
    svg.group(["clip-path": "url(#ground)"]) { svg in
      for (index, walker) in paths.enumerated() {
        let points = walker.points.prefix { $0.x.isFinite && $0.y.isFinite }.map { pixel($0, plot) }
        guard let first = points.first, let last = points.last else { continue }
        var path = SVGPath()
        path.move(to: first)
        for point in points.dropFirst() { path.line(to: point) }
        svg.add(
          "path",
          [
            "d": path.data, "fill": "none", "stroke": RGB.series(index), "stroke-width": 1.8,
            "stroke-linejoin": "round",
          ])
        for point in points.dropLast() {
          svg.add("circle", ["cx": point.x, "cy": point.y, "r": 1.8, "fill": RGB.series(index)])
        }
        svg.add(
          "circle",
          [
            "cx": last.x, "cy": last.y, "r": 4.5, "fill": RGB.series(index),
            "stroke": RGB.background, "stroke-width": 1.2,
          ])
      }
      if let minimum {
        let (x, y) = pixel(minimum, plot)
        for (dx, dy) in [(5.0, 5.0), (5.0, -5.0)] {
          svg.add(
            "line",
            [
              "x1": x - dx, "y1": y - dy, "x2": x + dx, "y2": y + dy, "stroke": RGB.ink,
              "stroke-width": 2,
            ])
        }
      }
    }
  }
}
