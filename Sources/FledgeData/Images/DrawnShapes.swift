import FledgeCore
import Foundation

/// Coloured shapes drawn by the program: a stand-in for CIFAR-10 that needs no files.
///
/// Each image shows one of ten shapes with a random colour, position, size and rotation, on a
/// colour gradient, with a stray line across it and noise. The format is CIFAR-10's: 32 × 32, red,
/// green and blue planes. It is an easier task than CIFAR-10, but not a trivial one: neither single
/// pixels nor colours say anything about the class.
public enum DrawnShapes {
  /// The height and width of an image.
  public static let size = 32

  /// The names of the classes by label.
  public static let classNames = [
    "disc", "ring", "square", "frame", "triangle", "diamond", "plus", "cross", "stripes", "checks",
  ]

  /// `count` images with their labels, the same for the same seed. Image number `i` does not depend
  /// on `count`. Labels are uniform and in random order.
  /// - Precondition: `count` is not negative.
  public static func images(count: Int, seed: UInt64) -> LabelledImages {
    require(count >= 0, "DrawnShapes", "the count is negative (\(count))")
    let generator = Generator(seed: seed)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * count * size * size)
    var labels: [UInt8] = []
    for index in 0..<count {
      let hand = generator.split(UInt64(index))
      let shape = hand.integer(below: classNames.count)
      labels.append(UInt8(shape))
      pixels += draw(shape, hand)
    }
    return LabelledImages(
      pixels: pixels, labels: labels, channels: 3, rows: size, columns: size)
  }

  private static func draw(_ shape: Int, _ hand: Generator) -> [UInt8] {
    func color() -> SIMD3<Double> {
      SIMD3(hand.uniform(), hand.uniform(), hand.uniform())
    }
    let (above, below) = (color(), color())
    var ink = color()
    // A shape that can hardly be seen could only be guessed.
    while distance(ink, above) < 0.45 || distance(ink, below) < 0.45 { ink = color() }
    let stray = color()
    let centre = SIMD2(hand.uniform(in: 12..<20), hand.uniform(in: 12..<20))
    let radius = hand.uniform(in: 7..<11.5)
    let turn = hand.uniform(in: -0.3..<0.3)
    let lineTurn = hand.uniform(in: 0..<Double.pi)
    let linePlace = hand.uniform(in: -12..<12)
    var planes = [UInt8](repeating: 0, count: 3 * size * size)
    for row in 0..<size {
      for column in 0..<size {
        let point = SIMD2(Double(column) + 0.5, Double(row) + 0.5)
        let share = point.y / Double(size)
        let place = rotated(point - centre, by: turn) / radius
        let coverage = min(max(0.5 - outside(shape, place) * radius, 0), 1)
        let line = abs(rotated(point - 16, by: lineTurn).y - linePlace) < 0.6
        var value = above * (1 - share) + below * share
        value += (ink - value) * coverage
        if line { value = stray }
        for channel in 0..<3 {
          let noisy = value[channel] + hand.normal(standardDeviation: 0.06)
          planes[(channel * size + row) * size + column] = UInt8(
            (255 * min(max(noisy, 0), 1)).rounded())
        }
      }
    }
    return planes
  }

  private static func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
    ((a - b) * (a - b)).sum().squareRoot()
  }

  private static func rotated(_ p: SIMD2<Double>, by angle: Double) -> SIMD2<Double> {
    let (cosine, sine) = (cos(angle), sin(angle))
    return SIMD2(cosine * p.x + sine * p.y, cosine * p.y - sine * p.x)
  }

  /// How far a point is outside of a shape around the origin that reaches to about 1; negative
  /// inside.
  private static func outside(_ shape: Int, _ p: SIMD2<Double>) -> Double {
    let (x, y) = (abs(p.x), abs(p.y))
    let (square, radius) = (max(x, y), (p.x * p.x + p.y * p.y).squareRoot())
    switch shape {
    case 0: return radius - 0.95
    case 1: return abs(radius - 0.75) - 0.22
    case 2: return square - 0.8
    case 3: return abs(square - 0.7) - 0.2
    case 4: return max(p.y - 0.55, 0.866 * x - 0.5 * p.y - 0.5)
    case 5: return (x + y - 1.1) * 0.707
    case 6: return max(min(x, y) - 0.26, square - 0.95)
    case 7: return max(min(abs(p.x - p.y), abs(p.x + p.y)) * 0.707 - 0.24, square - 0.85)
    case 8: return max(square - 0.9, abs(remainder(p.y, 0.72)) - 0.17)
    default:
      return max(square - 0.9, -sin(p.x * .pi / 0.6) * sin(p.y * .pi / 0.6) * 0.2)
    }
  }
}
