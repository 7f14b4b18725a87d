import FledgeCore
import Foundation

/// Small two-class problems in the plane, from one that a line separates to one that needs depth.
///
/// The first five draw points uniformly in the unit square and label them by a rule; `spiral` and
/// `moons` place them on two curves. The first six are those of minitorch, `moons` is that of
/// scikit-learn's `make_moons` (and of micrograd's demo).
public enum PlaneDataset: String, CaseIterable, Sendable, Codable {
  /// 1 where x < 0.5: half-planes.
  case simple
  /// 1 where x + y < 0.5: a corner.
  case diagonal
  /// 1 where x < 0.2 or x > 0.8: two strips around the other class.
  case split
  /// 1 in the upper left and the lower right quarter.
  case xor
  /// 1 outside the circle of radius √0.1 around the centre.
  case circle
  /// Two arms winding around each other about (0.5, 0.5).
  case spiral
  /// Two interleaving half circles of radius 1: the upper one is class 0.
  case moons

  /// `count` points in random order with their classes, the same for the same seed.
  ///
  /// - Parameter noise: the standard deviation of a normal shift of both coordinates, applied
  ///   after the label is set (as in `make_moons`; micrograd's demo uses 0.1).
  /// - Precondition: `count` and `noise` are not negative.
  public func points(count: Int, seed: UInt64, noise: Double = 0) -> LabelledPoints {
    require(count >= 0, "points", "the count is negative (\(count))")
    require(noise >= 0, "points", "the noise is negative (\(noise))")
    let generator = Generator(seed: seed)
    let clean: LabelledPoints
    switch self {
    case .simple, .diagonal, .split, .xor, .circle:
      clean = labelledSquare(count: count, generator: generator)
    case .spiral:
      clean = twoCurves(count: count, generator: generator, Self.spiralArm)
    case .moons:
      clean = twoCurves(count: count, generator: generator, Self.halfMoon)
    }
    guard noise > 0 else { return clean }
    return LabelledPoints(
      points: clean.points.map {
        $0 + noise * SIMD2(generator.normal(), generator.normal())
      },
      labels: clean.labels)
  }

  // MARK: - Uniform points with a rule

  private func labelledSquare(count: Int, generator: Generator) -> LabelledPoints {
    let points = (0..<count).map { _ in SIMD2(generator.uniform(), generator.uniform()) }
    return LabelledPoints(points: points, labels: points.map { isInClassOne($0) ? 1 : 0 })
  }

  private func isInClassOne(_ point: SIMD2<Double>) -> Bool {
    let (x, y) = (point.x, point.y)
    return switch self {
    case .simple: x < 0.5
    case .diagonal: x + y < 0.5
    case .split: x < 0.2 || x > 0.8
    case .xor: (x < 0.5 && y > 0.5) || (x > 0.5 && y < 0.5)
    case .circle: (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5) > 0.1
    case .spiral, .moons: preconditionFailure("\(self) is drawn on curves, not by a rule")
    }
  }

  // MARK: - Two curves

  /// Half of the points (rounded down) on the curve of class 0, the others on that of class 1.
  private func twoCurves(
    count: Int, generator: Generator,
    _ curve: (_ label: Int, _ index: Int, _ count: Int) -> SIMD2<Double>
  ) -> LabelledPoints {
    let zeros = count / 2
    let points =
      (0..<zeros).map { curve(0, $0, zeros) }
      + (0..<count - zeros).map { curve(1, $0, count - zeros) }
    let labels = (0..<count).map { $0 < zeros ? 0 : 1 }
    return LabelledPoints(points: points, labels: labels)
      .batch(indices: generator.permutation(count))
  }

  /// (t cos t, t sin t) / 20 for class 0, turned back by 90° for class 1, t up to about 10.
  private static func spiralArm(label: Int, index: Int, count: Int) -> SIMD2<Double> {
    // The first five steps are left out: there the arms meet.
    let t = 10 * Double(index + 5) / Double(count)
    return label == 0
      ? SIMD2(t * cos(t), t * sin(t)) / 20 + 0.5
      : SIMD2(t * sin(t), -t * cos(t)) / 20 + 0.5
  }

  /// Evenly spaced angles from 0 to π, both ends included.
  private static func halfMoon(label: Int, index: Int, count: Int) -> SIMD2<Double> {
    let angle = count > 1 ? Double.pi * Double(index) / Double(count - 1) : 0
    return label == 0
      ? SIMD2(cos(angle), sin(angle))
      : SIMD2(1 - cos(angle), 0.5 - sin(angle))
  }
}
