import FledgeData
import Testing

@Suite struct DrawnShapesTests {
  private static let set = DrawnShapes.images(count: 600, seed: 1)
  private var set: LabelledImages { Self.set }

  @Test("the same seed gives the same images, whatever the count; another seed others")
  func seeds() {
    let few = DrawnShapes.images(count: 5, seed: 1)
    #expect(few == set.batch(indices: [0, 1, 2, 3, 4]))
    #expect(few != DrawnShapes.images(count: 5, seed: 2))
    #expect(DrawnShapes.images(count: 0, seed: 1).count == 0)
  }

  @Test("images have CIFAR-10's format and all ten classes about as often")
  func format() {
    #expect((set.channels, set.rows, set.columns, set.count) == (3, 32, 32, 600))
    for label in DrawnShapes.classNames.indices {
      let count = set.labels.count { $0 == UInt8(label) }
      #expect((30...90).contains(count), "\(DrawnShapes.classNames[label]): \(count)")
    }
    #expect(DrawnShapes.classNames.count == 10)
  }

  @Test("colours and places say little about the class: nearest neighbours do badly")
  func hardness() {
    let correct = (560..<600).count { test in
      let nearest = (0..<300).min { distance($0, test) < distance($1, test) }!
      return set.labels[nearest] == set.labels[test]
    }
    #expect(correct < 20, "\(correct) of 40")
  }

  /// Over every 13th value: enough to compare, and quick.
  private func distance(_ a: Int, _ b: Int) -> Int {
    stride(from: 0, to: set.imageSize, by: 13).reduce(0) { sum, i in
      let difference =
        Int(set.pixels[a * set.imageSize + i]) - Int(set.pixels[b * set.imageSize + i])
      return sum + difference * difference
    }
  }
}
