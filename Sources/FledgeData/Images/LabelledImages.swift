import FledgeCore

/// Grey images of one size, each with its class.
public struct LabelledImages: Sendable, Equatable {
  /// Pixels from 0 (background) to 255, row by row, image after image: [count, rows, columns].
  public var pixels: [UInt8]
  /// Each image's class.
  public var labels: [UInt8]
  /// The height of an image in pixels.
  public let rows: Int
  /// The width of an image in pixels.
  public let columns: Int

  /// - Precondition: there are rows · columns pixels for each label.
  public init(pixels: [UInt8], labels: [UInt8], rows: Int, columns: Int) {
    require(
      pixels.count == labels.count * rows * columns, "LabelledImages",
      "\(pixels.count) pixels are not \(labels.count) images of \(rows)×\(columns)")
    self.pixels = pixels
    self.labels = labels
    self.rows = rows
    self.columns = columns
  }

  /// The pixels of one image.
  public func image(_ index: Int) -> ArraySlice<UInt8> {
    let size = rows * columns
    return pixels[index * size..<(index + 1) * size]
  }
}

extension LabelledImages: Dataset {
  public var count: Int { labels.count }

  public func batch(indices: [Int]) -> LabelledImages {
    var chosen: [UInt8] = []
    chosen.reserveCapacity(indices.count * rows * columns)
    for index in indices { chosen.append(contentsOf: image(index)) }
    return LabelledImages(
      pixels: chosen, labels: indices.map { labels[$0] }, rows: rows, columns: columns)
  }
}
