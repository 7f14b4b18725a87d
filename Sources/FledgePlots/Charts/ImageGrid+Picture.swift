import FledgeCore

extension ImageGrid {
  /// The images without captions side by side, with a grey line of one pixel between them.
  ///
  /// - Parameter scale: the side of one pixel of an image in pixels of the picture
  public func picture(imagesPerRow: Int = 8, scale: Int = 2) -> Picture {
    require(
      imagesPerRow > 0 && scale > 0, "ImageGrid", "at least one image a row, of positive size")
    let perRow = min(imagesPerRow, max(images.count, 1))
    let rows = max((images.count + perRow - 1) / perRow, 1)
    let (wide, high) = (imageWidth * scale + 1, imageHeight * scale + 1)
    var picture = Picture(width: perRow * wide + 1, height: rows * high + 1, fill: .border)
    for (index, image) in images.enumerated() {
      let (left, top) = (index % perRow * wide + 1, index / perRow * high + 1)
      for row in 0..<imageHeight {
        for column in 0..<imageWidth {
          picture.fill(
            x: left + column * scale, y: top + row * scale, width: scale, height: scale,
            Self.paper.mixed(with: .ink, ink(image, row: row, column: column)))
        }
      }
    }
    return picture
  }

  /// The filters of a convolution as images: each channel of each filter by itself, its values
  /// stretched over 0…1.   Shape: [filters, channels, height, width]
  public static func filters(_ weight: Tensor, title: String = "filters") -> ImageGrid {
    require(
      weight.rank == 4, "ImageGrid",
      "filters are [filters, channels, height, width], the shape is \(weight.shape)")
    let (height, width) = (weight.shape[2], weight.shape[3])
    var grid = ImageGrid(title: title, imageWidth: width, imageHeight: height)
    let values = weight.detached().array()
    for filter in 0..<weight.shape[0] {
      for channel in 0..<weight.shape[1] {
        let start = (filter * weight.shape[1] + channel) * height * width
        let plane = values[start..<start + height * width]
        let low = plane.min() ?? 0
        let span = max((plane.max() ?? 1) - low, .leastNormalMagnitude)
        grid.add(
          Image(
            pixels: plane.map { ($0 - low) / span },
            caption: weight.shape[1] == 1 ? "\(filter)" : "\(filter), \(channel)"))
      }
    }
    return grid
  }
}
