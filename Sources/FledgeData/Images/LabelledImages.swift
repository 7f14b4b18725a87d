import FledgeCore

/// Images of one size, each with its class.
public struct LabelledImages: Sendable, Equatable {
  /// Pixels from 0 (background) to 255, channel by channel, row by row, image after image:
  /// [count, channels, rows, columns].
  public var pixels: [UInt8]
  /// Each image's class.
  public var labels: [UInt8]
  /// 1 for grey images, 3 for red, green and blue.
  public let channels: Int
  /// The height of an image in pixels.
  public let rows: Int
  /// The width of an image in pixels.
  public let columns: Int

  /// - Precondition: there are channels · rows · columns pixels for each label.
  public init(pixels: [UInt8], labels: [UInt8], channels: Int = 1, rows: Int, columns: Int) {
    require(
      pixels.count == labels.count * channels * rows * columns, "LabelledImages",
      "\(pixels.count) pixels are not \(labels.count) images of \(channels)×\(rows)×\(columns)")
    self.pixels = pixels
    self.labels = labels
    self.channels = channels
    self.rows = rows
    self.columns = columns
  }

  /// The number of values of an image: channels · rows · columns.
  public var imageSize: Int { channels * rows * columns }

  /// The classes as int64 [N].
  public var targets: Tensor { Tensor(labels).cast(to: .int64) }

  /// The pixels of one image.
  public func image(_ index: Int) -> ArraySlice<UInt8> {
    pixels[index * imageSize..<(index + 1) * imageSize]
  }
}

extension LabelledImages: Dataset {
  public var count: Int { labels.count }

  public func batch(indices: [Int]) -> LabelledImages {
    var chosen: [UInt8] = []
    chosen.reserveCapacity(indices.count * imageSize)
    for index in indices { chosen.append(contentsOf: image(index)) }
    return LabelledImages(
      pixels: chosen, labels: indices.map { labels[$0] }, channels: channels, rows: rows,
      columns: columns)
  }
}
