import FledgeCore

/// The predictions of a two-class classifier over a rectangle of the plane, with the points it was
/// trained on.
///
/// ```swift
/// let grid = DecisionBoundary.grid(x: -2...3, y: -1.5...2)          // [10000 × 2] inputs
/// let probabilities = …                                            // the model's 10000 answers
/// let plot = DecisionBoundary(
///   title: "moons", probabilities: probabilities, x: -2...3, y: -1.5...2, points: points)
/// print(plot.terminal(style: .detected(isTerminal: true)).joined(separator: "\n"))
/// ```
public struct DecisionBoundary: Sendable {
  /// An example at its place.
  public struct Point: Sendable, Hashable {
    /// To the right.
    public var x: Double
    /// Upwards.
    public var y: Double
    /// 0 or 1; other values are drawn as 1.
    public var label: Int

    /// `Point(x: 0.5, y: -1, label: 1)`
    public init(x: Double, y: Double, label: Int) {
      self.x = x
      self.y = y
      self.label = label
    }
  }

  /// Stands above the picture; empty for none.
  public var title: String
  /// The probability of class 1, row by row from the lowest y up, in each row from the lowest x.
  public let probabilities: [Float]
  /// How many samples upwards.
  public let rows: Int
  /// How many samples to the right.
  public let columns: Int
  /// What the plot shows of the first coordinate.
  public let x: ClosedRange<Double>
  /// What the plot shows of the second.
  public let y: ClosedRange<Double>
  /// Drawn over the field; those outside of the ranges are left out.
  public var points: [Point]
  /// The names of class 0 and class 1 in the legend.
  public var classNames: [String]

  /// - Parameters:
  ///   - probabilities: the probability of class 1 at each point of ``grid(x:y:rows:columns:)``;
  ///     values outside 0…1 are clamped, NaN is drawn as 0.5.
  public init(
    title: String, probabilities: [Float], rows: Int = 100, columns: Int = 100,
    x: ClosedRange<Double>, y: ClosedRange<Double>, points: [Point] = [],
    classNames: [String] = ["class 0", "class 1"]
  ) {
    require(
      rows >= 2 && columns >= 2, "DecisionBoundary",
      "a decision boundary needs at least 2 × 2 values")
    require(
      probabilities.count == rows * columns, "DecisionBoundary",
      "\(rows) × \(columns) probabilities expected, got \(probabilities.count)")
    require(
      classNames.count == 2, "DecisionBoundary", "two class names expected, got \(classNames.count)"
    )
    require(
      x.isFiniteAndNotEmpty && y.isFiniteAndNotEmpty, "DecisionBoundary",
      "the ranges must be finite and not empty, got \(x) and \(y)")
    self.title = title
    self.probabilities = probabilities.map { $0.isNaN ? 0.5 : min(max($0, 0), 1) }
    self.rows = rows
    self.columns = columns
    self.x = x
    self.y = y
    self.points = points
    self.classNames = classNames
  }

  /// The points at which to ask the model: x₀, y₀, x₁, y₁, …, in the order of
  /// ``probabilities``. Shape: [rows × columns, 2].
  public static func grid(
    x: ClosedRange<Double>, y: ClosedRange<Double>, rows: Int = 100, columns: Int = 100
  ) -> [Float] {
    func values(_ range: ClosedRange<Double>, _ count: Int) -> [Float] {
      (0..<count).map { index in
        Float(range.value(at: Double(index) / Double(count - 1)))
      }
    }
    let xs = values(x, columns)
    return values(y, rows).flatMap { y in xs.flatMap { [$0, y] } }
  }

  /// The probability at a place between the samples, by bilinear interpolation; `x` and `y` in 0…1.
  func probability(x: Double, y: Double) -> Double {
    func split(_ position: Double, _ count: Int) -> (index: Int, fraction: Double) {
      let scaled = min(max(position, 0), 1) * Double(count - 1)
      let index = min(Int(scaled), count - 2)
      return (index, scaled - Double(index))
    }
    let (column, right) = split(x, columns)
    let (row, up) = split(y, rows)
    func value(_ row: Int, _ column: Int) -> Double {
      Double(probabilities[row * columns + column])
    }
    let lower = value(row, column) * (1 - right) + value(row, column + 1) * right
    let upper = value(row + 1, column) * (1 - right) + value(row + 1, column + 1) * right
    return lower * (1 - up) + upper * up
  }

  /// How many shades the field has: few enough for small files and short escape sequences, enough
  /// to look smooth.
  static let bands = 20

  /// White where the model is undecided, towards a class's colour where it is sure.
  static func fieldColor(band: Int) -> RGB {
    let sureness = abs((Double(band) + 0.5) / Double(bands) - 0.5) * 2
    return RGB.background.mixed(with: .series(band < bands / 2 ? 0 : 1), 0.08 + 0.5 * sureness)
  }

  static func fieldColor(_ probability: Double) -> RGB {
    fieldColor(band: min(Int(probability * Double(bands)), bands - 1))
  }

  /// A point's place in 0…1 × 0…1; nil outside of the plot.
  func position(_ point: Point) -> (x: Double, y: Double)? {
    guard x.contains(point.x) && y.contains(point.y) else { return nil }
    return (x.fraction(of: point.x), y.fraction(of: point.y))
  }
}
