/// The parts that many drawings have.
extension SVG {
  private static let headingSize = 17.0

  /// The title at the top left; nothing where it is empty.
  mutating func addHeading(_ title: String) {
    if title.isEmpty { return }
    add(
      "text",
      ["x": 24, "y": 34, "font-size": Self.headingSize, "font-weight": "600", "fill": RGB.ink],
      text: title)
  }

  /// Bold letters are wider, more so in the fonts of some systems.
  static func headingWidth(_ title: String) -> Double {
    width(of: title, size: headingSize) * 1.2
  }

  /// A line around a plot, with the values of a linear axis below and on the left.
  mutating func addFrame(around plot: Rectangle, x: ClosedRange<Double>, y: ClosedRange<Double>) {
    add(
      "rect",
      [
        "x": plot.x, "y": plot.y, "width": plot.width, "height": plot.height, "fill": "none",
        "stroke": RGB.border,
      ])
    let (xAxis, yAxis) = (
      Axis(covering: [x.lowerBound, x.upperBound]), Axis(covering: [y.lowerBound, y.upperBound])
    )
    group(["font-size": 12, "fill": RGB.quietInk, "text-anchor": "middle"]) {
      for tick in xAxis.ticks(atMost: 7) {
        let place = plot.x + (xAxis.position(tick.value) ?? 0) * plot.width
        $0.add("text", ["x": place, "y": plot.bottom + 18], text: tick.label)
      }
    }
    group(["font-size": 12, "fill": RGB.quietInk, "text-anchor": "end"]) {
      for tick in yAxis.ticks(atMost: 6) {
        let place = plot.bottom - (yAxis.position(tick.value) ?? 0) * plot.height
        $0.add("text", ["x": plot.x - 7, "y": place + 4], text: tick.label)
      }
    }
  }
}
