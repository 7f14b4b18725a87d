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
    return Drawing(ImageGridFigure(grid: self, imagesPerRow: imagesPerRow, scale: scale))
  }
}

/// The layout of one grid with a number of images a row.
private struct ImageGridFigure: Figure {
  let grid: ImageGrid
  let scale: Double
  let perRow: Int
  let columnWidth: Double
  let rowHeight: Double
  let width: Double
  let height: Double
  var title: String { grid.title }

  private static let captionSize = 12.5

  init(grid: ImageGrid, imagesPerRow: Int, scale: Double) {
    self.grid = grid
    self.scale = scale
    perRow = min(imagesPerRow, max(grid.images.count, 1))
    // A caption such as "3, not 8" must not touch its neighbour.
    let captions = grid.images.map { $0.caption.width(fontSize: Self.captionSize) }
    let widestCaption = captions.max() ?? 0
    let hasCaptions = widestCaption > 0
    columnWidth = max(Double(grid.imageWidth) * scale, widestCaption) + (hasCaptions ? 14 : 4)
    rowHeight = Double(grid.imageHeight) * scale + (hasCaptions ? 34 : 4)
    width = max(Double(perRow) * columnWidth, Heading.width(grid.title)) + 48
    let rows = (grid.images.count + perRow - 1) / perRow
    height = Self.top(grid) + Double(rows) * rowHeight + (hasCaptions ? 6 : 20)
  }

  private static func top(_ grid: ImageGrid) -> Double { grid.title.isEmpty ? 20 : 54 }

  func draw(on canvas: inout some Canvas) {
    canvas.drawHeading(title)
    let (imageWide, imageHigh) = (
      Double(grid.imageWidth) * scale, Double(grid.imageHeight) * scale
    )
    for (index, image) in grid.images.enumerated() {
      let x = 24 + Double(index % perRow) * columnWidth
      let y = Self.top(grid) + Double(index / perRow) * rowHeight
      let origin: Position = [x + (columnWidth - imageWide) / 2, y]
      canvas.group([.crispEdges], origin: origin, scale: scale) { draw(image, &$0) }
      if image.caption.isEmpty { continue }
      canvas.drawText(
        image.caption, at: [x + columnWidth / 2, y + imageHigh + 17],
        [.fontSize(Self.captionSize), .anchor(.middle), .fill(image.captionColor)])
    }
  }

  /// One shape for each of 15 greys, made of the runs of that grey in each row: about a tenth of
  /// the size of a rectangle for each pixel.
  private func draw(_ image: ImageGrid.Image, _ canvas: inout some Canvas) {
    let greys = 15
    let (wide, high) = (Double(grid.imageWidth), Double(grid.imageHeight))
    canvas.drawRectangle(
      Rectangle(x: 0, y: 0, width: wide, height: high), [.fill(ImageGrid.paper)])
    var runs = Array(repeating: [Rectangle](), count: greys + 1)
    for row in 0..<grid.imageHeight {
      let levels = (0..<grid.imageWidth).map {
        Int((grid.ink(image, row: row, column: $0) * Double(greys)).rounded())
      }
      var start = 0
      while start < grid.imageWidth {
        let end = levels[start...].firstIndex { $0 != levels[start] } ?? grid.imageWidth
        runs[levels[start]].append(
          Rectangle(x: Double(start), y: Double(row), width: Double(end - start), height: 1))
        start = end
      }
    }
    for (level, run) in runs.enumerated().dropFirst() where !run.isEmpty {
      let color = ImageGrid.paper.mixed(with: .ink, Double(level) / Double(greys))
      canvas.drawRectangles(run, [.fill(color)])
    }
  }
}
