/// How the ten digits are drawn: by strokes in a unit square, x to the right, y down.
enum DigitStroke {
  /// Straight lines from point to point.
  case line([SIMD2<Double>])
  /// A smooth curve through the points (Catmull–Rom).
  case curve([SIMD2<Double>])
  /// A smooth curve through the points and back to the first.
  case loop([SIMD2<Double>])

  /// The ways to draw each digit, from 0 to 9.
  static let styles: [[[DigitStroke]]] = [
    zero, one, two, three, four, five, six, seven, eight, nine,
  ]

  private static let zero: [[DigitStroke]] = [
    [
      loop([
        p(50, 10), p(70, 22), p(77, 50), p(70, 79), p(50, 90), p(30, 79), p(23, 50), p(30, 22),
      ])
    ],
    // Drawn from the upper right, the ends crossing.
    [
      curve([
        p(63, 14), p(44, 11), p(29, 30), p(25, 57), p(36, 84), p(55, 89), p(72, 70), p(74, 40),
        p(62, 17), p(50, 14),
      ])
    ],
  ]

  private static let one: [[DigitStroke]] = [
    [line([p(50, 10), p(50, 90)])],
    [line([p(35, 28), p(53, 10), p(53, 90)])],
    [line([p(36, 27), p(52, 10), p(52, 89)]), line([p(32, 89), p(72, 89)])],
  ]

  private static let two: [[DigitStroke]] = [
    [
      curve([p(25, 30), p(34, 15), p(54, 10), p(71, 22), p(68, 43), p(48, 66), p(24, 88)]),
      line([p(24, 88), p(78, 87)]),
    ],
    // With a small loop at the foot.
    [
      curve([
        p(27, 24), p(46, 11), p(67, 19), p(69, 39), p(53, 63), p(33, 85), p(22, 82), p(30, 71),
        p(49, 80), p(64, 89), p(79, 83),
      ])
    ],
  ]

  private static let three: [[DigitStroke]] = [
    [
      curve([p(27, 20), p(44, 10), p(65, 15), p(68, 31), p(56, 44), p(42, 47)]),
      curve([p(42, 47), p(63, 51), p(74, 67), p(64, 85), p(44, 90), p(25, 80)]),
    ],
    // With a flat top.
    [
      line([p(28, 12), p(70, 12), p(47, 42)]),
      curve([p(47, 42), p(66, 47), p(74, 64), p(66, 83), p(46, 90), p(27, 82)]),
    ],
  ]

  private static let four: [[DigitStroke]] = [
    // Open at the top.
    [line([p(31, 14), p(26, 52), p(74, 50)]), line([p(66, 18), p(62, 90)])],
    [
      curve([p(30, 12), p(26, 38), p(36, 53), p(66, 49)]), line([p(70, 12), p(66, 49), p(64, 90)]),
    ],
    // Closed.
    [line([p(62, 90), p(62, 11), p(22, 62), p(80, 62)])],
  ]

  private static let five: [[DigitStroke]] = [
    [
      line([p(71, 12), p(35, 12), p(31, 45)]),
      curve([p(31, 45), p(50, 40), p(68, 48), p(74, 65), p(63, 84), p(43, 90), p(25, 82)]),
    ],
    // The bar drawn last, and apart.
    [
      curve([
        p(37, 16), p(33, 42), p(52, 42), p(68, 55), p(68, 74), p(52, 89), p(27, 84),
      ]),
      line([p(38, 15), p(74, 11)]),
    ],
  ]

  private static let six: [[DigitStroke]] = [
    [
      curve([
        p(66, 10), p(46, 25), p(31, 49), p(27, 72), p(40, 89), p(60, 88), p(71, 72), p(61, 57),
        p(44, 56), p(29, 70),
      ])
    ],
    // Upright, with a small bowl.
    [
      curve([
        p(43, 10), p(34, 36), p(30, 64), p(37, 86), p(57, 89), p(68, 77), p(60, 64), p(44, 66),
        p(34, 78),
      ])
    ],
  ]

  private static let seven: [[DigitStroke]] = [
    [line([p(24, 13), p(76, 13), p(44, 90)])],
    // With a bar.
    [line([p(24, 14), p(75, 13), p(43, 90)]), line([p(37, 50), p(71, 49)])],
    // With a serif, and a bent leg.
    [
      line([p(25, 26), p(27, 14), p(74, 14)]), curve([p(74, 14), p(56, 42), p(47, 68), p(45, 90)]),
    ],
  ]

  private static let eight: [[DigitStroke]] = [
    // In one stroke.
    [
      loop([
        p(68, 20), p(50, 10), p(33, 23), p(44, 43), p(63, 58), p(71, 75), p(50, 90), p(29, 76),
        p(38, 57), p(59, 43),
      ])
    ],
    // As two circles.
    [
      loop([p(50, 10), p(66, 19), p(65, 37), p(50, 46), p(35, 37), p(34, 19)]),
      loop([p(50, 46), p(69, 56), p(71, 76), p(50, 90), p(29, 76), p(31, 56)]),
    ],
  ]

  private static let nine: [[DigitStroke]] = [
    // With a straight leg.
    [
      loop([p(68, 24), p(53, 11), p(34, 17), p(28, 35), p(40, 49), p(60, 44)]),
      line([p(69, 22), p(64, 90)]),
    ],
    // With a bent leg.
    [
      loop([p(69, 24), p(52, 10), p(33, 18), p(29, 37), p(42, 49), p(62, 42)]),
      curve([p(70, 25), p(71, 52), p(62, 78), p(44, 90), p(29, 83)]),
    ],
  ]

  /// A point in hundredths of the square.
  private static func p(_ x: Int, _ y: Int) -> SIMD2<Double> {
    SIMD2(Double(x), Double(y)) / 100
  }

  // MARK: - Geometry

  /// The stroke as a chain of short straight pieces, each given point passed through `move` first.
  func flattened(_ move: (SIMD2<Double>) -> SIMD2<Double>) -> [SIMD2<Double>] {
    switch self {
    case .line(let points):
      return points.map(move)
    case .curve(let points):
      let moved = points.map(move)
      return Self.smooth([moved[0]] + moved + [moved[moved.count - 1]])
    case .loop(let points):
      let moved = points.map(move)
      return Self.smooth([moved[moved.count - 1]] + moved + [moved[0], moved[1]])
    }
  }

  /// A Catmull–Rom curve through all points but the first and the last, which only bend its ends.
  private static func smooth(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
    let pieces = 6
    var chain = [points[1]]
    for first in 0..<points.count - 3 {
      let (a, b, c, d) = (
        points[first], points[first + 1], points[first + 2], points[first + 3]
      )
      for piece in 1...pieces {
        let t = Double(piece) / Double(pieces)
        let linear = (c - a) * t
        let quadratic = (2 * a - 5 * b + 4 * c - d) * (t * t)
        let cubic = (3 * b - a - 3 * c + d) * (t * t * t)
        chain.append(b + 0.5 * (linear + quadratic + cubic))
      }
    }
    return chain
  }
}
