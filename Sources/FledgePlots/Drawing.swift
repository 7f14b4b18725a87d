import FledgeCore

/// A chart, a heat map, a grid of images, … drawn: as SVG for pages, as PNG for what takes pixels.
///
///     try AtomicFile.write(chart.drawing().svg, to: "loss.svg")
///     try AtomicFile.write(chart.drawing().png(), to: "loss.png")
public struct Drawing {
  private let drawing: SVG

  init(_ drawing: SVG) { self.drawing = drawing }

  /// A self-contained SVG 1.1 document.
  public var svg: String { drawing.document }

  /// The drawing in pixels: `scale` of them for each of the SVG. Letters are made of dots.
  public func picture(scale: Double = 2) -> Picture {
    require(scale > 0, "Drawing", "the scale is \(scale), not positive")
    return drawing.picture(scale: scale)
  }

  /// The drawing as a PNG file.
  public func png(scale: Double = 2) -> [UInt8] { picture(scale: scale).png() }
}
