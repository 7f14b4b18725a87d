import FledgeCore

/// Values at which elementwise functions go wrong, and ordinary ones.
enum Corners {
  static let special: [Double] = [.nan, .infinity, -.infinity, 0, -0.0]

  /// Kinks of activations (0, ±3), halves, and numbers up to where exponentials end.
  static let ordinary: [Double] = [
    0.5, 1, 1.5, 2.5, 3, 3.7, 10, 20.5, 88, 104, 1e-3, 0.25, 0.55, 0.75, 1e-20,
  ].flatMap { [$0, -$0] }

  /// Beyond what a square or a cube of a float can hold.
  static let large: [Double] = [1e9, 16_777_217, 1e20, 1e38, 3.402823e38].flatMap { [$0, -$0] }

  /// The ends of float32: its largest and smallest numbers, subnormal ones among them.
  static let small: [Double] = [1.17549435e-38, 1e-40, 1.4e-45].flatMap { [$0, -$0] }

  /// The ends of float64.
  static let doubles: [Double] = [
    .greatestFiniteMagnitude, .leastNormalMagnitude, .leastNonzeroMagnitude, 1e300, 745.2,
  ].flatMap { [$0, -$0] }

  static let float32 = (special + ordinary + large + small).map { Double(Float($0)) }
  static let float64 = special + ordinary + large + small + doubles
  /// Those whose cubes are finite in float32, and the special ones.
  static let cubable = (special + ordinary + [1e9, -1e9]).map { Double(Float($0)) }

  /// All pairs: two columns of the square of the list.
  static func pairs(_ values: [Double]) -> (a: [Double], b: [Double]) {
    (
      values.flatMap { a in values.map { _ in a } },
      values.flatMap { _ in values }
    )
  }
}

/// Every way in which the registry's samples make an elementwise operation.
enum ElementwiseSamples {
  static let all: [any Elementwise] = {
    var seen: Set<String> = []
    return Registry.builtIn.flatMap { $0.samples }.compactMap { sample in
      guard let operation = sample.primitive as? any Elementwise,
        seen.insert("\(operation)").inserted
      else { return nil }
      return operation
    }
  }()

  static let unary = all.compactMap { $0 as? any UnaryElementwise }
  static let binary = all.compactMap { $0 as? any BinaryElementwise }
}

extension Double {
  /// Equal, or both NaN, or within a relative and an absolute tolerance.
  func agrees(with other: Double, relative: Double, absolute: Double = 0) -> Bool {
    if isNaN || other.isNaN { return isNaN && other.isNaN }
    if self == other { return true }
    return isFinite && other.isFinite
      && (self - other).magnitude <= relative * other.magnitude + absolute
  }
}
