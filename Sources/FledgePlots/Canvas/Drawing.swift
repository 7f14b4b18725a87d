import FledgeCore

/// A drawn chart, heat map, grid of images, …: SVG for pages, PNG where pixels are needed.
///
///     try AtomicFile.write(chart.drawing().svg, to: "loss.svg")
///     try AtomicFile.write(chart.drawing().png(), to: "loss.png")
public struct Drawing: Sendable {
  private let figure: any Figure

  init(_ figure: some Figure) { self.figure = figure }

  /// A self-contained SVG 1.1 document.
  public var svg: String {
    var canvas = SVGCanvas()
    draw(figure, on: &canvas)
    return canvas.document(width: figure.width, height: figure.height, title: figure.title)
  }

  /// A gigabyte for red, green and blue.
  private static let mostPixels = 3e8

  /// The drawing in pixels: `scale` of them for each of the SVG. Letters are made of dots.
  public func picture(scale: Double = 2) -> Picture {
    require(scale > 0, "Drawing", "the scale is \(scale), not positive")
    let (width, height) = (figure.width * scale, figure.height * scale)
    require(
      width * height <= Self.mostPixels, "Drawing",
      "\(width) × \(height) pixels are too many; choose a smaller scale")
    var canvas = PixelCanvas(
      Picture(width: Int(width.rounded(.up)), height: Int(height.rounded(.up))), scale: scale)
    draw(figure, on: &canvas)
    return canvas.picture
  }

  /// The drawing as a PNG file.
  public func png(scale: Double = 2) -> [UInt8] { picture(scale: scale).png() }

  /// The figure on a background of its own: a transparent one would be unreadable in a dark viewer.
  private func draw(_ figure: some Figure, on canvas: inout some Canvas) {
    let page = Rectangle(x: 0.5, y: 0.5, width: figure.width - 1, height: figure.height - 1)
    canvas.drawRectangle(page, cornerRadius: 8, [.fill(.background), .stroke(.border)])
    figure.draw(on: &canvas)
  }
}

/// A chart laid out on a page, ready to be drawn on any canvas.
protocol Figure: Sendable {
  /// Names the drawing for those who do not see it.
  var title: String { get }
  var width: Double { get }
  var height: Double { get }

  func draw(on canvas: inout some Canvas)
}
