import FledgeCore

/// A function of the plane, drawn by its contour lines, and paths on it, such as those of
/// optimizers on a loss.
///
/// ```swift
/// var map = Landscape(title: "SGD and Adam", x: -2...2, y: -1...3) { x, y in x * x + 10 * y * y }
/// map.add("SGD", points)
/// try AtomicFile.write(map.svg(), to: "paths.svg")
/// ```
public struct Landscape: Sendable {
  /// Where one walker was, step by step.
  public struct Path: Sendable {
    /// In the legend.
    public var name: String
    /// As (x, y); drawn up to the first that is not finite.
    public var points: [SIMD2<Double>]

    /// `Path("Adam", places)`
    public init(_ name: String, _ points: [SIMD2<Double>]) {
      self.name = name
      self.points = points
    }
  }

  /// Stands above the picture; empty for none.
  public var title: String
  /// What the map shows of the first coordinate.
  public let x: ClosedRange<Double>
  /// What the map shows of the second.
  public let y: ClosedRange<Double>
  /// One colour each, the last place marked.
  public var paths: [Path] = []
  /// Where the function is least, marked by a cross; nil for no mark.
  public var minimum: SIMD2<Double>?
  let values: [Float]

  static let (rows, columns) = (121, 161)

  /// - Parameter function: the height at (x, y); sampled once, on a grid
  public init(
    title: String, x: ClosedRange<Double>, y: ClosedRange<Double>,
    function: (_ x: Double, _ y: Double) -> Double
  ) {
    require(
      x.isFiniteAndNotEmpty && y.isFiniteAndNotEmpty, "Landscape",
      "the ranges must be finite and not empty, got \(x) and \(y)")
    self.title = title
    self.x = x
    self.y = y
    func value(_ range: ClosedRange<Double>, _ index: Int, _ count: Int) -> Double {
      range.value(at: Double(index) / Double(count - 1))
    }
    values = (0..<Self.rows).flatMap { row in
      (0..<Self.columns).map { column in
        Float(function(value(x, column, Self.columns), value(y, row, Self.rows)))
      }
    }
  }

  /// Adds a path.
  public mutating func add(_ name: String, _ points: [SIMD2<Double>]) {
    paths.append(Path(name, points))
  }

  /// The heights of the lines, with equally many grid points between them, so that valleys get as
  /// many lines as slopes.
  var levels: [Float] {
    let sorted = values.filter(\.isFinite).sorted()
    guard let last = sorted.last, last > sorted[0] else { return [] }
    let parts = 14
    return (1..<parts).map {
      sorted[min(sorted.count * $0 * $0 / (parts * parts), sorted.count - 1)]
    }
  }
}
