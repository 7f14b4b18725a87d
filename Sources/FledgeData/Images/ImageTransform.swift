import FledgeCore

/// A random change of an image that keeps its class, for augmenting a training set.
///
///     let augmented = images.augmented { batch, generator in
///       batch.transformed([.horizontalFlip(), .crop(padding: 4), .cutout(size: 8)], generator)
///     }
///     let loader = DataLoader(augmented, batchSize: 128, seed: 1, workers: 2)
///
/// The same generator gives the same changes.
public struct ImageTransform: Sendable {
  /// Changes one image.
  let change: @Sendable (inout ImagePixels, Generator) -> Void

  /// Mirrors the image left to right with the given probability.
  public static func horizontalFlip(probability: Double = 0.5) -> ImageTransform {
    ImageTransform { image, generator in
      guard generator.bernoulli(probability) else { return }
      let last = image.columns - 1
      image.remap { channel, row, column in (channel, row, last - column) }
    }
  }

  /// Moves the image by up to `padding` pixels in each direction, as cutting its size out of a
  /// larger one that has `padding` black pixels around it.
  public static func crop(padding: Int) -> ImageTransform {
    require(padding >= 0, "ImageTransform", "the padding is negative (\(padding))")
    return ImageTransform { image, generator in
      let down = generator.integer(below: 2 * padding + 1) - padding
      let right = generator.integer(below: 2 * padding + 1) - padding
      image.remap { channel, row, column in (channel, row + down, column + right) }
    }
  }

  /// Blackens a square around a random pixel, cut at the borders (DeVries & Taylor 2017).
  public static func cutout(size: Int) -> ImageTransform {
    require(size > 0, "ImageTransform", "the size is \(size), not positive")
    return ImageTransform { image, generator in
      let top = generator.integer(below: image.rows) - size / 2
      let left = generator.integer(below: image.columns) - size / 2
      image.remap { channel, row, column in
        let isCut = (top..<top + size).contains(row) && (left..<left + size).contains(column)
        return isCut ? nil : (channel, row, column)
      }
    }
  }
}

/// The pixels of one image, [channels, rows, columns].
struct ImagePixels {
  var values: [UInt8]
  let channels: Int
  let rows: Int
  let columns: Int

  /// Takes each pixel from the position that `source` gives; black where that is nil.
  mutating func remap(_ source: (Int, Int, Int) -> (channel: Int, row: Int, column: Int)?) {
    var result = [UInt8](repeating: 0, count: values.count)
    var place = 0
    for channel in 0..<channels {
      for row in 0..<rows {
        for column in 0..<columns {
          if let from = source(channel, row, column), (0..<rows).contains(from.row),
            (0..<columns).contains(from.column)
          {
            result[place] = values[(from.channel * rows + from.row) * columns + from.column]
          }
          place += 1
        }
      }
    }
    values = result
  }
}

extension LabelledImages {
  /// Each image changed by the transforms one after another.
  public func transformed(_ transforms: [ImageTransform], _ generator: Generator) -> LabelledImages
  {
    var result = self
    for index in 0..<count {
      var image = ImagePixels(
        values: Array(image(index)), channels: channels, rows: rows, columns: columns)
      for transform in transforms { transform.change(&image, generator) }
      result.pixels.replaceSubrange(
        index * imageSize..<(index + 1) * imageSize, with: image.values)
    }
    return result
  }

  /// Mean and standard deviation of each channel over all images, of pixels in 0…1.
  public var channelStatistics: (mean: [Double], standardDeviation: [Double]) {
    let plane = rows * columns
    let statistics = (0..<channels).map { channel in
      var (sum, squares) = (0.0, 0.0)
      for index in 0..<count {
        let start = index * imageSize + channel * plane
        for pixel in pixels[start..<start + plane] {
          let value = Double(pixel) / 255
          sum += value
          squares += value * value
        }
      }
      let mean = sum / Double(count * plane)
      return (mean, max(squares / Double(count * plane) - mean * mean, 0).squareRoot())
    }
    return (statistics.map(\.0), statistics.map(\.1))
  }

  /// (pixel / 255 − mean) / standardDeviation for each channel, float32 [N, C, H, W].
  /// - Precondition: one number for each channel, or none for plain values in 0…1.
  public func normalized(mean: [Double] = [], standardDeviation: [Double] = []) -> Tensor {
    let x = Tensor(pixels, shape: [count, channels, rows, columns]).cast(to: .float32) / 255
    if mean.isEmpty && standardDeviation.isEmpty { return x }
    require(
      mean.count == channels && standardDeviation.count == channels, "normalized",
      "\(mean.count) means and \(standardDeviation.count) deviations for \(channels) channels")
    func channelwise(_ values: [Double]) -> Tensor {
      Tensor(values.map { Float($0) }, shape: [channels, 1, 1])
    }
    return (x - channelwise(mean)) / channelwise(standardDeviation)
  }
}
