/// The parts that many drawings have.
extension Canvas {
  /// The title at the top left; nothing where it is empty.
  mutating func drawHeading(_ title: String) {
    if title.isEmpty { return }
    drawText(title, at: [24, 34], [.fontSize(Heading.fontSize), .bold, .fill(.ink)])
  }

  /// A line around a plot, with the values of linear axes below and on the left.
  mutating func drawFrame(
    around plot: Rectangle, x: ClosedRange<Double>, y: ClosedRange<Double>
  ) {
    drawRectangle(plot, [.fill(nil), .stroke(.border)])
    let (xAxis, yAxis) = (
      Axis(covering: [x.lowerBound, x.upperBound]), Axis(covering: [y.lowerBound, y.upperBound])
    )
    group([.fontSize(12), .fill(.quietInk), .anchor(.middle)]) {
      for tick in xAxis.ticks(atMost: 7) {
        let place = plot.x + (xAxis.position(tick.value) ?? 0) * plot.width
        $0.drawText(tick.label, at: [place, plot.bottom + 18])
      }
    }
    group([.fontSize(12), .fill(.quietInk), .anchor(.end)]) {
      for tick in yAxis.ticks(atMost: 6) {
        let place = plot.bottom - (yAxis.position(tick.value) ?? 0) * plot.height
        $0.drawText(tick.label, at: [plot.x - 7, place + 4])
      }
    }
  }
}

/// The title of a drawing.
enum Heading {
  static let fontSize = 17.0

  /// Bold letters are wider, more so in the fonts of some systems.
  static func width(_ title: String) -> Double { title.width(fontSize: fontSize) * 1.2 }
}

extension String {
  /// The width in pixels, near enough to keep labels apart: an SVG cannot measure its own text. Widths
  /// are those of Helvetica in groups, slightly generous.
  func width(fontSize: Double) -> Double {
    unicodeScalars.reduce(0) { sum, scalar in
      let em: Double =
        switch scalar {
        case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!": 0.29
        case " ", "f", "t", "r", "(", ")", "[", "]", "-", "/": 0.36
        case "m", "w", "M", "W", "%", "@": 0.9
        case "A"..."Z": 0.7
        case "\u{2E80}"...: 1.05
        default: 0.58
        }
      return sum + em * fontSize
    }
  }
}
