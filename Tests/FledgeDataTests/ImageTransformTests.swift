import FledgeCore
import FledgeData
import Testing

@Suite struct ImageTransformTests {
  /// Two images of 2 channels, 3 × 4, with a different value everywhere.
  private let images = LabelledImages(
    pixels: (1...48).map { UInt8($0) }, labels: [0, 1], channels: 2, rows: 3, columns: 4)

  private func transformed(_ transform: ImageTransform, seed: UInt64 = 1) -> LabelledImages {
    images.transformed([transform], Generator(seed: seed))
  }

  @Test("a flip mirrors each row of each channel; twice is nothing")
  func flip() {
    let flipped = transformed(.horizontalFlip(probability: 1))
    #expect(Array(flipped.image(0).prefix(4)) == [4, 3, 2, 1])
    #expect(Array(flipped.image(1).suffix(4)) == [48, 47, 46, 45])
    #expect(flipped.transformed([.horizontalFlip(probability: 1)], Generator(seed: 1)) == images)
    #expect(transformed(.horizontalFlip(probability: 0)) == images)
    let many = LabelledImages(
      pixels: (0..<2000).map { $0 % 2 == 0 ? 0 : 255 }, labels: Array(repeating: 0, count: 1000),
      rows: 1, columns: 2)
    let half = many.transformed([.horizontalFlip()], Generator(seed: 3))
    #expect(abs((0..<1000).count { half.image($0).first == 255 } - 500) < 60)
  }

  @Test("a crop moves the whole image, up to its padding, and fills with black")
  func crop() {
    #expect(transformed(.crop(padding: 0)) == images)
    var moves: Set<[Int]> = []
    for seed in 0..<200 {
      let moved = transformed(.crop(padding: 1), seed: UInt64(seed))
      let pixels = Array(moved.image(0))
      // Of the first channel, the pixel 6 (row 1, column 1) is always there.
      let place = pixels[..<12].firstIndex(of: 6)!
      let (down, right) = (place / 4 - 1, place % 4 - 1)
      moves.insert([down, right])
      for row in 0..<3 {
        for column in 0..<4 {
          let from = (row: row - down, column: column - right)
          let isInside = (0..<3).contains(from.row) && (0..<4).contains(from.column)
          let expected = isInside ? UInt8(from.row * 4 + from.column + 1) : 0
          #expect(pixels[row * 4 + column] == expected)
          #expect(pixels[12 + row * 4 + column] == (isInside ? expected + 12 : 0))
        }
      }
    }
    #expect(moves.count == 9)
  }

  @Test("a cutout blackens one square in all channels")
  func cutout() {
    for seed in 0..<50 {
      let pixels = Array(transformed(.cutout(size: 2), seed: UInt64(seed)).image(0))
      let black = (0..<12).filter { pixels[$0] == 0 }
      #expect((1...4).contains(black.count))
      #expect(black == (0..<12).filter { pixels[12 + $0] == 0 })
      let rows = black.map { $0 / 4 }
      let columns = black.map { $0 % 4 }
      let area = (rows.max()! - rows.min()! + 1) * (columns.max()! - columns.min()! + 1)
      #expect(area == black.count)
      #expect((0..<12).allSatisfy { black.contains($0) || pixels[$0] == UInt8($0 + 1) })
    }
  }

  @Test("the same generator gives the same changes, each image its own")
  func deterministic() {
    let transforms: [ImageTransform] = [.horizontalFlip(), .crop(padding: 2), .cutout(size: 2)]
    func run(_ seed: UInt64) -> LabelledImages {
      images.transformed(transforms, Generator(seed: seed))
    }
    #expect(run(5) == run(5))
    #expect(run(5) != run(6))
    #expect(run(5).labels == images.labels)
  }

  @Test("normalizing by the set's own statistics gives mean 0 and deviation 1 in each channel")
  func normalized() {
    let (mean, deviation) = images.channelStatistics
    let x = images.normalized(mean: mean, standardDeviation: deviation)
    #expect(x.shape == [2, 2, 3, 4])
    for channel in 0..<2 {
      let values = x[.all, channel]
      #expect(abs(values.mean().item()) < 1e-5)
      #expect(abs(values.square().mean().item() - 1) < 1e-4)
    }
    #expect(images.normalized().array()[47] == Float(48) / 255)
  }
}
