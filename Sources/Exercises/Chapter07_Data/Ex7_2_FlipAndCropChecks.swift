import FledgeCore
import FledgeCourse

let checks7_2: [Check] = checksOfChanges + checksOfScales

private let checksOfChanges: [Check] = [
  Check("a flip exchanges left and right") { c in
    expect(c, letter.flipped(), [[0, 0, 1], [0, 0, 1], [0, 2, 1], [0, 0, 0]], "the flipped L")
    c.expect(letter.flipped().flipped() == letter, "flipped twice it is what it was")
    let row = ChannelImage(1, 1, 4, pixels: [1, 2, 3, 4])
    expect(c, row.flipped(), [[4, 3, 2, 1]], "a flipped row")
  },
  Check("a move down and to the right leaves zeros behind") { c in
    expect(
      c, letter.moved(down: 1, right: 1), [[0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 2]],
      "moved down 1, right 1")
    expect(
      c, letter.moved(down: 1, right: 0), [[0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 2, 0]],
      "moved down 1")
    expect(
      c, letter.moved(down: 0, right: 1), [[0, 1, 0], [0, 1, 0], [0, 1, 2], [0, 0, 0]],
      "moved right 1")
  },
  Check("a negative move is up and to the left") { c in
    expect(
      c, letter.moved(down: -1, right: 0), [[1, 0, 0], [1, 2, 0], [0, 0, 0], [0, 0, 0]],
      "moved up 1")
    expect(
      c, letter.moved(down: -2, right: -1), [[2, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
      "moved up 2, left 1")
  },
  Check("no move changes nothing, a far one leaves nothing") { c in
    c.expect(letter.moved(down: 0, right: 0) == letter, "moved by 0 and 0")
    for (down, right) in [(4, 0), (0, 3), (-4, 0), (0, -3), (9, -9)] {
      c.trying("down \(down), right \(right)") {
        expect(
          c, letter.moved(down: down, right: right),
          [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
          "the image of 4 rows and 3 columns")
      }
    }
  },
  Check("every move and flip of a coloured image is right, pixel by pixel") { c in
    let image = ChannelImage(2, 3, 4, pixels: (1...24).map(Float.init))
    for down in -3...3 {
      for right in -4...4 {
        c.trying("2 channels of 3 × 4, down \(down), right \(right)") {
          let moved = image.moved(down: down, right: right)
          let frame = framed(image, by: 4)
          var expected = ChannelImage(zeros: 2, 3, 4)
          for (channel, i, j) in places(of: image) {
            expected[channel, i, j] = frame[channel, i + 4 - down, j + 4 - right]
          }
          c.expect(doubles(moved), near: doubles(expected), "the pixels")
        }
      }
    }
    let flipped = image.flipped()
    var expected = image
    for (channel, i, j) in places(of: image) { expected[channel, i, 3 - j] = image[channel, i, j] }
    c.expect(doubles(flipped), near: doubles(expected), "the flipped pixels, channel by channel")
  },
  Check("half of all images are flipped, and every distance is as likely as any other") { c in
    // A dot in the middle of 7 × 7 tells where it went, a second one beside it whether it was flipped.
    var dots = ChannelImage(zeros: 1, 9, 9)
    dots[0, 4, 4] = 1
    dots[0, 4, 5] = 2
    let generator = Generator(seed: 11)
    var flips = 0
    var counts: [String: Int] = [:]
    let tries = 4500
    for _ in 0..<tries {
      let image = dots.augmented(flipping: true, movingBy: 1, using: generator)
      guard let one = image.pixels.firstIndex(of: 1), let two = image.pixels.firstIndex(of: 2)
      else {
        c.expect(false, "both dots are still in the image, one pixel at most from where they were")
        return
      }
      flips += two < one ? 1 : 0
      counts["down \(one / 9 - 4), right \(one % 9 - 4)", default: 0] += 1
    }
    c.picture("how often the dot went where, of \(tries):") {
      counts.sorted { $0.key < $1.key }.map { [$0.key, "\($0.value)"] }
    }
    c.expect((2100...2400).contains(flips), "about half of \(tries) are flipped")
    c.expect(counts.count, equals: 9, "different distances")
    // 500 each, with a standard deviation of 21.
    c.expect(counts.values.allSatisfy { (400...600).contains($0) }, "each about 500 times")
  },
  Check("what may not be flipped is never flipped, and draws as much") { c in
    let row = ChannelImage(1, 1, 3, pixels: [1, 2, 3])
    let (one, other) = (Generator(seed: 3), Generator(seed: 3))
    for number in 0..<20 {
      c.expect(
        doubles(row.augmented(flipping: false, movingBy: 0, using: one)), near: [1, 2, 3],
        "image \(number), without flips and moves")
      _ = row.augmented(flipping: true, movingBy: 0, using: other)
    }
    c.expect(one.nextUInt32(), equals: other.nextUInt32(), "what comes after twenty images")
  },
  Check("the same generator changes an image in the same way, and each image draws as much") { c in
    let image = ChannelImage(2, 3, 4, pixels: (1...24).map(Float.init))
    let (one, other) = (Generator(seed: 4), Generator(seed: 4))
    for number in 0..<5 {
      c.expect(
        image.augmented(flipping: true, movingBy: 2, using: one)
          == image.augmented(flipping: true, movingBy: 2, using: other),
        "image \(number) from two generators of one seed")
    }
    for seed in 0..<4 as Range<UInt64> {
      let (drawn, plain) = (Generator(seed: seed), Generator(seed: seed))
      _ = image.augmented(flipping: true, movingBy: 2, using: drawn)
      _ = (plain.bernoulli(0.5), plain.integer(below: 5), plain.integer(below: 5))
      c.expect(
        drawn.nextUInt32(), equals: plain.nextUInt32(), "what comes after an image of seed \(seed)")
    }
    for seed in 1...8 as ClosedRange<UInt64> {
      let (drawn, plain) = (Generator(seed: seed), Generator(seed: seed))
      let isFlipped = plain.bernoulli(0.5)
      let (down, right) = (plain.integer(below: 5) - 2, plain.integer(below: 5) - 2)
      let expected = (isFlipped ? image.flipped() : image).moved(down: down, right: right)
      c.expect(
        doubles(image.augmented(flipping: true, movingBy: 2, using: drawn)),
        near: doubles(expected), "the image of seed \(seed): flip, then down and right")
    }
  },
]

private let checksOfScales: [Check] = [
  Check("a scale measures each channel over all images") { c in
    let scale = ChannelScale(measuring: [
      ChannelImage(2, 1, 2, pixels: [1, 3, 10, 10]), ChannelImage(2, 1, 2, pixels: [5, 7, 10, 30]),
    ])
    c.expect(scale.means.map(Double.init), near: [4, 15], "the means")
    c.expect(
      scale.deviations.map(Double.init), near: [2.2360680, 8.6602540],
      "the deviations: √5 and √75, dividing by 4")
  },
  Check("every pixel counts alike, and no digits are lost") { c in
    let unequal = ChannelScale(measuring: [
      ChannelImage(1, 1, 1, pixels: [9]), ChannelImage(1, 1, 3, pixels: [1, 1, 1]),
    ])
    c.expect(unequal.means.map(Double.init), near: [3], "the mean of one 9 and three 1s")
    c.expect(
      unequal.deviations.map(Double.init), near: [3.4641016], "their deviation, √12")
    let bright = ChannelScale(measuring: [
      ChannelImage(1, 1, 2, pixels: [9999.5, 10000.5])
    ])
    c.expect(bright.deviations.map(Double.init), near: [0.5], "the deviation of 10000 ± 0.5")
  },
  Check("scaled images have mean 0 and deviation 1 in each channel") { c in
    let generator = Generator(seed: 2)
    let images = (0..<5).map { _ in
      ChannelImage(
        3, 4, 2, pixels: (0..<24).map { Float(generator.normal(mean: Double($0 / 8) * 5)) })
    }
    let scale = ChannelScale(measuring: images)
    let again = ChannelScale(measuring: images.map { scale($0) })
    c.expect(again.means.map(Double.init), near: [0, 0, 0], tolerance: 1e-5, "the means")
    c.expect(
      again.deviations.map(Double.init), near: [1, 1, 1], tolerance: 1e-5, "the deviations")
  },
  Check("a new image is scaled by the numbers that were measured, not by its own") { c in
    let scale = ChannelScale(measuring: [ChannelImage(1, 1, 2, pixels: [0, 4])])
    c.expect(
      doubles(scale(ChannelImage(1, 2, 2, pixels: [2, 4, 6, 8]))), near: [0, 1, 2, 3],
      "[2, 4, 6, 8] with mean 2 and deviation 2")
  },
  Check("a channel that is the same everywhere becomes 0") { c in
    let scale = ChannelScale(measuring: [ChannelImage(2, 1, 2, pixels: [7, 7, 0, 2])])
    c.expect(
      doubles(scale(ChannelImage(2, 1, 2, pixels: [7, 9, 0, 2]))), near: [0, 0, -1, 1],
      "a channel of sevens, and one of 0 and 2")
  },
]

/// An L with a foot of 2, in four rows and three columns.
private let letter = ChannelImage(1, 4, 3, pixels: [1, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 0])

private func doubles(_ image: ChannelImage) -> [Double] { image.pixels.map(Double.init) }

private func places(of image: ChannelImage) -> [(Int, Int, Int)] {
  (0..<image.pixels.count).map { place in
    let (rest, j) = place.quotientAndRemainder(dividingBy: image.columns)
    return (rest / image.rows, rest % image.rows, j)
  }
}

/// The image in a frame of zeros, `width` pixels on each side.
private func framed(_ image: ChannelImage, by width: Int) -> ChannelImage {
  var frame = ChannelImage(
    zeros: image.channels, image.rows + 2 * width, image.columns + 2 * width)
  for (c, i, j) in places(of: image) { frame[c, i + width, j + width] = image[c, i, j] }
  return frame
}

/// Expects the rows of an image of one channel, and draws them where they differ.
private func expect(_ c: Recorder, _ image: ChannelImage, _ rows: [[Float]], _ what: String) {
  func digits(_ value: Float) -> String { value == 0 ? "·" : "\(Int(value))" }
  c.picture("expected, and what came out:") {
    rows.indices.map { i in
      rows[i].map(digits) + ["|"]
        + (i < image.rows ? (0..<image.columns).map { digits(image[0, i, $0]) } : [])
    }
  }
  c.expect(doubles(image), near: rows.joined().map(Double.init), what)
}
