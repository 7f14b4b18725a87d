import FledgeData
import Foundation
import Testing

@Suite struct PlaneDatasetTests {
  @Test(
    "the same seed gives the same points, another seed others", arguments: PlaneDataset.allCases)
  func seeds(dataset: PlaneDataset) {
    let points = dataset.points(count: 50, seed: 1, noise: 0.1)
    #expect(points == dataset.points(count: 50, seed: 1, noise: 0.1))
    #expect(points != dataset.points(count: 50, seed: 2, noise: 0.1))
    #expect(points.count == 50)
  }

  @Test(
    "labels are 0 and 1, both present, for odd and even counts", arguments: PlaneDataset.allCases)
  func labels(dataset: PlaneDataset) {
    for count in [200, 201] {
      let points = dataset.points(count: count, seed: 3)
      #expect(points.count == count)
      #expect(Set(points.labels) == [0, 1])
      #expect(Set(points.labels.prefix(40)) == [0, 1], "not in random order")
    }
    #expect(dataset.points(count: 0, seed: 0).count == 0)
    #expect(dataset.points(count: 1, seed: 0).count == 1)
  }

  @Test("points of the unit square carry the labels of minitorch's rules")
  func rules() {
    let rules: [(PlaneDataset, (Double, Double) -> Bool)] = [
      (.simple, { x, _ in x < 0.5 }),
      (.diagonal, { x, y in x + y < 0.5 }),
      (.split, { x, _ in x < 0.2 || x > 0.8 }),
      (.xor, { x, y in x < 0.5 && y > 0.5 || x > 0.5 && y < 0.5 }),
      (.circle, { x, y in pow(x - 0.5, 2) + pow(y - 0.5, 2) > 0.1 }),
    ]
    for (dataset, rule) in rules {
      let set = dataset.points(count: 300, seed: 4)
      for (point, label) in zip(set.points, set.labels) {
        #expect((0..<1).contains(point.x) && (0..<1).contains(point.y))
        #expect(label == (rule(point.x, point.y) ? 1 : 0), "\(dataset) at \(point)")
      }
    }
  }

  @Test("the spiral's points are those of minitorch's formula")
  func spiral() {
    let set = PlaneDataset.spiral.points(count: 40, seed: 5)
    // minitorch: x(t) = t cos t / 20, y(t) = t sin t / 20, and for class 1 (y(−t), x(−t)).
    for index in 5..<25 {
      let t = 10 * Double(index) / 20
      let zero = SIMD2(t * cos(t) / 20 + 0.5, t * sin(t) / 20 + 0.5)
      let one = SIMD2(-t * sin(-t) / 20 + 0.5, -t * cos(-t) / 20 + 0.5)
      #expect(contains(zero, label: 0, in: set))
      #expect(contains(one, label: 1, in: set))
    }
  }

  @Test("clean moons lie on their half circles, from end to end")
  func moons() {
    let set = PlaneDataset.moons.points(count: 30, seed: 6)
    for (point, label) in zip(set.points, set.labels) {
      let centre = label == 0 ? SIMD2(0, 0) : SIMD2(1, 0.5)
      let offset = point - centre
      #expect(abs(hypot(offset.x, offset.y) - 1) < 1e-12)
      #expect(label == 0 ? offset.y > -1e-12 : offset.y < 1e-12)
    }
    for (end, label) in [(SIMD2(1.0, 0), 0), (SIMD2(-1.0, 0), 0), (SIMD2(0, 0.5), 1)] {
      #expect(contains(end, label: label, in: set))
    }
  }

  @Test("noise shifts points by its standard deviation and leaves the labels")
  func noise() {
    let clean = PlaneDataset.moons.points(count: 2000, seed: 7)
    let noisy = PlaneDataset.moons.points(count: 2000, seed: 7, noise: 0.2)
    #expect(clean.labels == noisy.labels)
    let shifts = zip(clean.points, noisy.points).map { $1 - $0 }
    let variance = shifts.reduce(0) { $0 + ($1 * $1).sum() } / 4000
    #expect(abs(variance - 0.04) < 5 * 0.04 * (2.0 / 4000).squareRoot(), "variance \(variance)")
  }

  private func contains(_ point: SIMD2<Double>, label: Int, in set: LabelledPoints) -> Bool {
    zip(set.points, set.labels).contains { candidate, candidateLabel in
      let distance = candidate - point
      return candidateLabel == label && hypot(distance.x, distance.y) < 1e-12
    }
  }
}
