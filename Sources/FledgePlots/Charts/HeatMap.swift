import FledgeCore

/// A table of numbers as coloured cells: attention weights, a confusion matrix, correlations.
///
///     let map = HeatMap(
///       title: "head 3", values: weights.array(), rows: 8, columns: 8,
///       rowLabels: words, columnLabels: words)
///     try AtomicFile.write(map.svg(), to: "attention.svg")
public struct HeatMap: Sendable {
  /// Stands above the picture; empty for none.
  public var title: String
  /// Row by row from the top left.
  public let values: [Float]
  /// How many cells down.
  public let rows: Int
  /// How many cells across.
  public let columns: Int
  /// Beside the rows and below the columns; empty for none.
  public var rowLabels: [String]
  /// Below the columns; empty for none.
  public var columnLabels: [String]
  /// What the axes show, such as `actual` and `predicted`.
  public var rowTitle: String
  /// What the columns show, below their labels.
  public var columnTitle: String
  /// The values of the lightest and the darkest cell; nil takes the least and the greatest.
  public var range: ClosedRange<Float>?
  /// What is written into each cell; nil for nothing.
  public var texts: [String]?
  /// The least and the greatest finite value; nil if there is none.
  private let extremes: ClosedRange<Float>?

  /// - Precondition: as many values as cells, and labels for all rows and columns or none.
  public init(
    title: String = "", values: [Float], rows: Int, columns: Int, rowLabels: [String] = [],
    columnLabels: [String] = [], rowTitle: String = "", columnTitle: String = "",
    range: ClosedRange<Float>? = nil, texts: [String]? = nil
  ) {
    require(
      rows > 0 && columns > 0 && values.count == rows * columns, "HeatMap",
      "\(values.count) values are not \(rows) × \(columns)")
    require(
      [0, rows].contains(rowLabels.count) && [0, columns].contains(columnLabels.count)
        && texts?.count ?? values.count == values.count, "HeatMap",
      "\(rowLabels.count) and \(columnLabels.count) labels for \(rows) rows and \(columns) columns")
    self.title = title
    self.values = values
    self.rows = rows
    self.columns = columns
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.rowTitle = rowTitle
    self.columnTitle = columnTitle
    self.range = range
    self.texts = texts
    var extremes: ClosedRange<Float>?
    for value in values where value.isFinite {
      extremes =
        min(extremes?.lowerBound ?? value, value)...max(extremes?.upperBound ?? value, value)
    }
    self.extremes = extremes
  }

  /// The elements of a matrix.   Shape: [R, C]
  public init(title: String = "", _ matrix: Tensor) {
    require(matrix.rank == 2, "HeatMap", "needs a matrix, the shape is \(matrix.shape)")
    self.init(
      title: title, values: matrix.detached().array(), rows: matrix.shape[0],
      columns: matrix.shape[1])
  }

  /// The values of the lightest and the darkest cell.
  var limits: ClosedRange<Float> { range ?? extremes ?? 0...1 }

  /// Where a value lies in the range, 0…1; NaN lies nowhere.
  func fraction(_ value: Float) -> Double? {
    if value.isNaN { return nil }
    let limits = limits
    let (low, high) = (Double(limits.lowerBound), Double(limits.upperBound))
    // One value everywhere is neither light nor dark, and so are all in an infinite range.
    guard high > low && (high - low).isFinite else { return 0.5 }
    return min(max((Double(value) - low) / (high - low), 0), 1)
  }

  /// White to the palette's first colour, and darker; grey where there is no number.
  func color(_ value: Float) -> RGB {
    guard let fraction = fraction(value) else { return .border }
    return fraction < 0.5
      ? RGB.background.mixed(with: .series(0), fraction * 2)
      : RGB.series(0).mixed(with: .ink, (fraction - 0.5) * 1.2)
  }

  /// A colour to write on a cell with.
  func textColor(_ value: Float) -> RGB { fraction(value) ?? 0 > 0.35 ? .background : .ink }

  /// The cells alone, each `cell` pixels wide and high.
  public func picture(cell: Int = 12) -> Picture {
    require(cell > 0, "HeatMap", "a cell needs at least one pixel")
    var picture = Picture(width: columns * cell, height: rows * cell)
    for (index, value) in values.enumerated() {
      picture.fill(
        x: index % columns * cell, y: index / columns * cell, width: cell, height: cell,
        color(value))
    }
    return picture
  }
}
