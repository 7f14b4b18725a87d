import FledgeCore

/// Curves over a common x axis, as a picture (``svg(width:height:)``) or as text
/// (``terminal(width:height:style:)``).
///
/// ```swift
/// var chart = LineChart(title: "Story grammar", xLabel: "step", yLabel: "loss")
/// chart.add("train", x: steps, y: losses, style: .smoothed())
/// chart.add("validation", x: evaluations, y: validationLosses, style: .marked)
/// chart.referenceLines = [.init(0.412, label: "entropy of the grammar")]
/// try AtomicFile.write(chart.svg(), to: "loss.svg")
/// ```
///
/// Points that have no place (NaN, infinite, or not positive on a logarithmic axis) leave a gap.
public struct LineChart: Sendable {
  /// A point of a curve, in the units of the axes.
  public struct Point: Sendable, Hashable {
    /// To the right.
    public var x: Double
    /// Upwards.
    public var y: Double

    /// `Point(x: 10, y: 0.5)`
    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// How a series is drawn.
  public enum Style: Sendable, Hashable {
    /// Straight lines from point to point.
    case line
    /// For noisy curves: the points as a faint line, and their exponential moving average, which
    /// keeps `weight` of the past at each point, as a bold one.
    case smoothed(weight: Double = 0.95)
    /// A line with a dot on each point, for values measured now and then.
    case marked
    /// A dashed line.
    case dashed
  }

  /// A curve and its entry in the legend.
  public struct Series: Sendable {
    /// In the legend.
    public var name: String
    /// From left to right.
    public var points: [Point]
    /// How it is drawn.
    public var style: Style

    /// A series for ``LineChart/series``.
    public init(_ name: String, _ points: [Point], style: Style = .line) {
      self.name = name
      self.points = points
      self.style = style
    }

    /// The bold line: the points themselves, or their moving average.
    var curve: [Point] {
      guard case .smoothed(let weight) = style else { return points }
      var average = ExponentialMovingAverage(weight: weight)
      return points.map { point in
        average.add(point.y)
        return Point(x: point.x, y: point.y.isFinite ? average.value! : .nan)
      }
    }

    /// The faint line below it, if there is one.
    var background: [Point]? {
      if case .smoothed = style { points } else { nil }
    }
  }

  /// A horizontal line at a value worth knowing, such as the least loss that any model can reach.
  public struct ReferenceLine: Sendable {
    /// The value.
    public var y: Double
    /// Written as `label: y`.
    public var label: String

    /// `ReferenceLine(2.303, label: "ln 10")`
    public init(_ y: Double, label: String) {
      self.y = y
      self.label = label
    }

    var text: String { "\(label): \(Axis.label(y))" }
  }

  /// A vertical line where something begins, such as the backward pass in a training step; not
  /// drawn outside of the range of the curves.
  public struct Mark: Sendable {
    /// The place.
    public var x: Double
    /// Written at the top, to the right of the line.
    public var label: String

    /// `Mark(20, label: "backward")`
    public init(_ x: Double, label: String) {
      self.x = x
      self.label = label
    }
  }

  /// Stands above the picture; empty for none.
  public var title: String
  /// Below the x axis; empty for none.
  public var xLabel: String
  /// Beside the y axis; empty for none.
  public var yLabel: String
  /// Whether the y axis is logarithmic.
  public var isLogarithmic: Bool
  /// Whether the x axis is logarithmic.
  public var isXLogarithmic: Bool
  /// Drawn in this order, one colour each.
  public var series: [Series]
  /// Drawn below the curves.
  public var referenceLines: [ReferenceLine]
  /// Drawn below the curves.
  public var marks: [Mark] = []

  /// - Parameter isLogarithmic: whether the y axis is.
  public init(
    title: String, xLabel: String = "", yLabel: String = "", isLogarithmic: Bool = false,
    isXLogarithmic: Bool = false, series: [Series] = [], referenceLines: [ReferenceLine] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.isLogarithmic = isLogarithmic
    self.isXLogarithmic = isXLogarithmic
    self.series = series
    self.referenceLines = referenceLines
  }

  /// Adds a series of points (x[i], y[i]).
  public mutating func add(_ name: String, x: [Double], y: [Double], style: Style = .line) {
    require(
      x.count == y.count, "LineChart", "series '\(name)': \(x.count) x values, \(y.count) y values")
    series.append(Series(name, zip(x, y).map { Point(x: $0, y: $1) }, style: style))
  }

  var xAxis: Axis {
    let axis = Axis(
      covering: series.lazy.flatMap(\.points).map(\.x), logarithmic: isXLogarithmic)
    if isXLogarithmic { return axis }
    // Steps counted from 1 or from the first report still read best from 0.
    let (first, last) = (axis.range.lowerBound, axis.range.upperBound)
    return first > 0 && first <= 0.03 * last ? Axis(covering: [0, last]) : axis
  }

  /// - Parameter below: room under the lowest value, as a fraction of the axis.
  func yAxis(below: Double = 0.06) -> Axis {
    Axis(
      covering: series.flatMap(\.points).map(\.y) + referenceLines.map(\.y),
      logarithmic: isLogarithmic, padding: (below: below, above: 0.06))
  }
}
