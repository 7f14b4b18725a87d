import FledgeData
import Testing

@Suite struct DrawnDigitsTests {
  private static let set = DrawnDigits.images(count: 400, seed: 1)
  private var set: LabelledImages { Self.set }

  @Test("the same seed gives the same images, whatever the count; another seed others")
  func seeds() {
    let few = DrawnDigits.images(count: 5, seed: 1)
    #expect(few == set.batch(indices: [0, 1, 2, 3, 4]))
    #expect(few != DrawnDigits.images(count: 5, seed: 2))
    #expect(DrawnDigits.images(count: 0, seed: 1).count == 0)
  }

  @Test("images have MNIST's format: 28×28, all ten digits, ink within a dark border")
  func format() {
    #expect((set.rows, set.columns, set.count) == (28, 28, 400))
    #expect(Set(set.labels) == Set(0...9))
    for index in 0..<set.count {
      let image = Array(set.image(index))
      let bright = image.count { $0 > 128 }
      #expect((15...280).contains(bright), "image \(index): \(bright) bright pixels")
      #expect(image.contains { $0 > 180 }, "image \(index)")
      let corners = [0, 27, 27 * 28, 783].map { image[$0] }
      #expect(corners.allSatisfy { $0 < 64 }, "image \(index)")
    }
    // MNIST's mean is 0.13.
    let mean = Double(set.pixels.reduce(0) { $0 + Int($1) }) / Double(set.pixels.count) / 255
    #expect((0.08...0.16).contains(mean), "mean \(mean)")
  }

  @Test("edges are anti-aliased: many pixels are neither background nor full ink")
  func antiAliasing() {
    let between = set.pixels.count { (40...180).contains($0) }
    let bright = set.pixels.count { $0 > 180 }
    #expect(Double(between) > 0.3 * Double(bright))
  }

  @Test("nearest neighbours tell the digits apart, and not because of shuffled labels")
  func learnable() {
    func accuracy(_ labels: [UInt8]) -> Double {
      let correct = (300..<400).count { test in
        let nearest = (0..<300).min { distance($0, test) < distance($1, test) }!
        return labels[nearest] == set.labels[test]
      }
      return Double(correct) / 100
    }
    #expect(accuracy(set.labels) > 0.7)
    // Negative control: with labels that belong to other images it has to guess.
    #expect(accuracy(Array(set.labels[1...]) + [0]) < 0.3)
  }

  /// Squared distance of two images, each reduced to 7×7 for speed.
  private func distance(_ first: Int, _ second: Int) -> Int {
    let (a, b) = (Self.small[first], Self.small[second])
    return (0..<49).reduce(0) { $0 + (a[$1] - b[$1]) * (a[$1] - b[$1]) }
  }

  private static let small: [[Int]] = (0..<set.count).map { index in
    let image = Array(set.image(index))
    var sums = [Int](repeating: 0, count: 49)
    for pixel in 0..<784 { sums[pixel / 28 / 4 * 7 + pixel % 28 / 4] += Int(image[pixel]) }
    return sums
  }
}
