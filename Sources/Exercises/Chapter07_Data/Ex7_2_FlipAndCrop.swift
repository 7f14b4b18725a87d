import FledgeCore
import FledgeCourse

/// An image as numbers: [channels, rows, columns], the last running fastest.
struct ChannelImage: Equatable, Sendable {
  let channels: Int
  let rows: Int
  let columns: Int
  /// The pixel of channel c in row i and column j stands at (c · rows + i) · columns + j.
  var pixels: [Float]

  init(_ channels: Int, _ rows: Int, _ columns: Int, pixels: [Float]) {
    precondition(pixels.count == channels * rows * columns, "\(pixels.count) pixels")
    (self.channels, self.rows, self.columns, self.pixels) = (channels, rows, columns, pixels)
  }

  /// An image of zeros.
  init(zeros channels: Int, _ rows: Int, _ columns: Int) {
    self.init(
      channels, rows, columns, pixels: [Float](repeating: 0, count: channels * rows * columns))
  }

  subscript(c: Int, i: Int, j: Int) -> Float {
    get { pixels[(c * rows + i) * columns + j] }
    set { pixels[(c * rows + i) * columns + j] = newValue }
  }
}

extension ChannelImage {
  /// The image as in a mirror: left is right. Each channel by itself.
  func flipped() -> ChannelImage {
    // solution
    var y = self
    for c in 0..<channels {
      for i in 0..<rows {
        for j in 0..<columns { y[c, i, j] = self[c, i, columns - 1 - j] }
      }
    }
    return y
    // end solution
  }

  /// The image moved down by `down` rows and to the right by `right` columns (up and to the left where
  /// they are negative). What is moved out is lost, and what comes in is 0: the size stays.
  ///
  ///     1 2 3                                   0 0 0
  ///     4 5 6     moved by down 1, right −1     2 3 0
  ///
  /// It is the same as to put a frame of zeros around the image and to cut another part out of it, which
  /// is why it is called a *crop*.
  func moved(down: Int, right: Int) -> ChannelImage {
    // solution
    var y = ChannelImage(zeros: channels, rows, columns)
    for c in 0..<channels {
      for i in 0..<rows where (0..<rows).contains(i - down) {
        for j in 0..<columns where (0..<columns).contains(j - right) {
          y[c, i, j] = self[c, i - down, j - right]
        }
      }
    }
    return y
    // end solution
  }

  /// The image as it might have been photographed as well: where `flipping` is set, flipped with
  /// probability ½ (a cat in a mirror is a cat, a 7 in a mirror is no digit); then moved by up to
  /// `most` pixels down or up and right or left, each of the 2 · most + 1 distances as likely as any
  /// other, down and right independent of each other.
  ///
  /// Draws three numbers whatever they turn out to be, and whether or not it may flip, in this order:
  /// whether to flip (`generator.bernoulli(0.5)`), down, right (`generator.integer(below: n)` is one of
  /// 0, …, n − 1).
  func augmented(
    flipping: Bool, movingBy most: Int, using generator: Generator
  ) -> ChannelImage {
    // solution
    let isFlipped = generator.bernoulli(0.5) && flipping
    let down = generator.integer(below: 2 * most + 1) - most
    let right = generator.integer(below: 2 * most + 1) - most
    return (isFlipped ? flipped() : self).moved(down: down, right: right)
    // end solution
  }
}

/// Brings the channels of images to mean 0 and deviation 1.
struct ChannelScale: Equatable {
  let means: [Float]
  /// Standard deviations, over n and not n − 1.
  let deviations: [Float]

  /// Measures each channel over all pixels of all images. Those are the training images: what is known
  /// of the test images must not go into the model, not even their mean.
  init(measuring images: [ChannelImage]) {
    // solution
    var (means, deviations): ([Float], [Float]) = ([], [])
    for c in 0..<images[0].channels {
      let values = images.flatMap { image -> ArraySlice<Float> in
        let size = image.rows * image.columns
        return image.pixels[c * size..<(c + 1) * size]
      }
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
      let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      means.append(Float(mean))
      deviations.append(Float((squares / Double(values.count)).squareRoot()))
    }
    (self.means, self.deviations) = (means, deviations)
    // end solution
  }

  /// (x − mean) / deviation with the numbers of each pixel's channel. A channel that is the same
  /// everywhere has deviation 0, and becomes 0.
  func callAsFunction(_ image: ChannelImage) -> ChannelImage {
    // solution
    var y = image
    let size = image.rows * image.columns
    for place in image.pixels.indices {
      let c = place / size
      y.pixels[place] =
        deviations[c] == 0 ? 0 : (image.pixels[place] - means[c]) / deviations[c]
    }
    return y
    // end solution
  }
}
