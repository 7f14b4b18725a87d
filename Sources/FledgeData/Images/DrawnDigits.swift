import FledgeCore
import Foundation

/// Digits drawn by the program: a stand-in for MNIST that needs no files.
///
/// Each image shows a digit in one of several ways of writing it, with random variation: wobble,
/// slant, rotation, size, position, pen width, pressure and a little noise. The format is MNIST's:
/// 28×28, white (255) on black (0). It is an easier task than MNIST, but not a trivial one.
public enum DrawnDigits {
  /// The height and width of an image.
  public static let size = 28

  /// `count` digits with their labels, the same for the same seed. Image number `i` does not depend
  /// on `count`. Labels are uniform and in random order.
  /// - Precondition: `count` is not negative.
  public static func images(count: Int, seed: UInt64) -> LabelledImages {
    require(count >= 0, "DrawnDigits", "the count is negative (\(count))")
    let generator = Generator(seed: seed)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * size * size)
    var labels: [UInt8] = []
    for index in 0..<count {
      let hand = generator.split(UInt64(index))
      let digit = hand.integer(below: 10)
      labels.append(UInt8(digit))
      pixels += draw(digit, hand)
    }
    return LabelledImages(pixels: pixels, labels: labels, rows: size, columns: size)
  }

  private static func draw(_ digit: Int, _ hand: Generator) -> [UInt8] {
    let styles = DigitStroke.styles[digit]
    let style = styles[hand.integer(below: styles.count)]
    let page = place(hand)
    let pen = hand.uniform(in: 1.5..<3.4)
    let pressure = hand.uniform(in: 0.8..<1)
    var ink = [Double](repeating: 0, count: size * size)
    for stroke in style {
      let chain = stroke.flattened { point in
        page(point + SIMD2(hand.normal(), hand.normal()) * 0.03)
      }
      for (start, end) in zip(chain, chain.dropFirst()) {
        mark(from: start, to: end, width: pen, on: &ink)
      }
    }
    return ink.map { coverage in
      // Noise mostly where there is ink, as in a scan of pen on paper.
      let noise = hand.normal(standardDeviation: 0.01 + 0.05 * coverage)
      return UInt8((255 * min(max(coverage * pressure + noise, 0), 1)).rounded())
    }
  }

  /// A random affine map from the unit square to pixels: scale, slant and turn about the centre.
  private static func place(_ hand: Generator) -> (SIMD2<Double>) -> SIMD2<Double> {
    let turn = bounded(hand.normal(standardDeviation: 0.14), 0.4)
    // People slant more to the right than to the left.
    let slant = bounded(hand.normal(mean: 0.1, standardDeviation: 0.18), 0.5)
    let width = hand.uniform(in: 17..<25)
    let height = hand.uniform(in: 19..<24)
    let centre = SIMD2(
      Double(size) / 2 + hand.uniform(in: -1.8..<1.8),
      Double(size) / 2 + hand.uniform(in: -1.8..<1.8))
    let (cosine, sine) = (cos(turn), sin(turn))
    return { point in
      let y = (point.y - 0.5) * height
      let x = (point.x - 0.5) * width - slant * y
      return centre + SIMD2(cosine * x - sine * y, sine * x + cosine * y)
    }
  }

  private static func bounded(_ value: Double, _ bound: Double) -> Double {
    min(max(value, -bound), bound)
  }

  /// Covers the pixels near a line segment: fully within half the pen's width, fading out over one
  /// pixel around it.
  private static func mark(
    from start: SIMD2<Double>, to end: SIMD2<Double>, width: Double, on ink: inout [Double]
  ) {
    let reach = width / 2 + 0.5
    let (left, right) = pixelRange(min(start.x, end.x) - reach, max(start.x, end.x) + reach)
    let (top, bottom) = pixelRange(min(start.y, end.y) - reach, max(start.y, end.y) + reach)
    guard left < right, top < bottom else { return }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let squaredLength = max(dx * dx + dy * dy, 1e-12)
    for row in top..<bottom {
      for column in left..<right {
        let (x, y) = (Double(column) + 0.5 - start.x, Double(row) + 0.5 - start.y)
        let along = min(max((x * dx + y * dy) / squaredLength, 0), 1)
        let (offX, offY) = (x - along * dx, y - along * dy)
        let distance = (offX * offX + offY * offY).squareRoot()
        let coverage = min(max(reach - distance, 0), 1)
        let pixel = row * size + column
        ink[pixel] = max(ink[pixel], coverage)
      }
    }
  }

  /// The pixels whose centres may lie between two coordinates, cut to the image.
  private static func pixelRange(_ low: Double, _ high: Double) -> (Int, Int) {
    (max(Int(low.rounded(.down)), 0), min(Int(high.rounded(.up)), size))
  }
}
