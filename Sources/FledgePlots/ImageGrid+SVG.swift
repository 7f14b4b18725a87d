import FledgeCore

extension ImageGrid {
  /// The images as a self-contained SVG document.
  ///
  /// - Parameters:
  ///   - imagesPerRow: how many images stand side by side
  ///   - scale: the side of one pixel of an image in pixels of the picture
  public func svg(imagesPerRow: Int = 8, scale: Double = 2.5) -> String {
    drawing(imagesPerRow: imagesPerRow, scale: scale).svg
  }

  /// The images as a drawing, for SVG or PNG; see ``svg(imagesPerRow:scale:)``.
  public func drawing(imagesPerRow: Int = 8, scale: Double = 2.5) -> Drawing {
    require(
      imagesPerRow > 0 && scale > 0, "ImageGrid", "at least one image a row, of positive size")
    let perRow = min(imagesPerRow, max(images.count, 1))
    let (imageWide, imageHigh) = (Double(imageWidth) * scale, Double(imageHeight) * scale)
    // A caption such as "3, not 8" must not touch its neighbour.
    let widestCaption = images.map { SVG.width(of: $0.caption, size: 12.5) }.max() ?? 0
    let hasCaptions = widestCaption > 0
    let columnWidth = max(imageWide, widestCaption) + (hasCaptions ? 14 : 4)
    let rowHeight = imageHigh + (hasCaptions ? 34 : 4)
    let top = title.isEmpty ? 20.0 : 54
    let rows = (images.count + perRow - 1) / perRow
    let titleWidth = SVG.headingWidth(title)
    let width = max(Double(perRow) * columnWidth, titleWidth) + 48
    var svg = SVG(
      width: width, height: top + Double(rows) * rowHeight + (hasCaptions ? 6 : 20), title: title)
    svg.addHeading(title)
    for (index, image) in images.enumerated() {
      let columnX = 24 + Double(index % perRow) * columnWidth
      let x = columnX + (columnWidth - imageWide) / 2
      let y = top + Double(index / perRow) * rowHeight
      let place = "translate(\(SVG.number(x)) \(SVG.number(y))) scale(\(SVG.number(scale)))"
      svg.group(["transform": place, "shape-rendering": "crispEdges"]) { draw(image, &$0) }
      if image.caption.isEmpty { continue }
      svg.add(
        "text",
        [
          "x": columnX + columnWidth / 2, "y": y + imageHigh + 17, "font-size": 12.5,
          "text-anchor": "middle", "fill": image.captionColor,
        ], text: image.caption)
    }
    return Drawing(svg)
  }

  /// One path for each of 15 greys, made of the runs of that grey in each row: about a tenth of
  /// the size of a rectangle for each pixel.
  private func draw(_ image: Image, _ svg: inout SVG) {
    let greys = 15
    svg.add("rect", ["width": imageWidth, "height": imageHeight, "fill": Self.paper])
    var paths = Array(repeating: "", count: greys + 1)
    for row in 0..<imageHeight {
      let levels = (0..<imageWidth).map {
        Int((ink(image, row: row, column: $0) * Double(greys)).rounded())
      }
      var start = 0
      while start < imageWidth {
        let end = levels[start...].firstIndex { $0 != levels[start] } ?? imageWidth
        paths[levels[start]] += "M\(start) \(row)h\(end - start)v1h-\(end - start)z"
        start = end
      }
    }
    for (level, path) in paths.enumerated().dropFirst() where !path.isEmpty {
      let color = Self.paper.mixed(with: .ink, Double(level) / Double(greys))
      svg.add("path", ["d": path, "fill": color])
    }
  }
}
