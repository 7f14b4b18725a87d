import FledgeCore
import Foundation

/// Shapes in pixels, their edges smoothed: each pixel takes as much of the colour as the shape covers
/// of it. Nothing is painted outside of `clip`.
extension Picture {
  /// Fills the area that the polygons enclose together; `isEvenOdd` leaves out areas enclosed
  /// twice.
  mutating func fill(
    _ polygons: [[Position]], _ color: RGB, isEvenOdd: Bool = false, clip: Rectangle? = nil
  ) {
    guard var coverage = Coverage(of: polygons, reach: 0, in: self, clip) else { return }
    // Of each row, the edges that pass it: a contour has thousands, of which a row sees a few.
    var edges = Array(repeating: [(Position, Position)](), count: coverage.rows.count)
    for polygon in polygons {
      for (a, b) in zip(polygon, polygon.dropFirst() + polygon.prefix(1)) where a.y != b.y {
        for row in coverage.rows(from: min(a.y, b.y), to: max(a.y, b.y)) {
          edges[row - coverage.rows.lowerBound].append((a, b))
        }
      }
    }
    // The lines at the middle of each quarter of a pixel; along them, coverage is exact.
    let parts = 4
    for row in coverage.rows {
      for part in 0..<parts {
        let y = Double(row) + (Double(part) + 0.5) / Double(parts)
        let passing = edges[row - coverage.rows.lowerBound]
        for (left, right) in Self.spans(passing, at: y, isEvenOdd: isEvenOdd) {
          coverage.add(row, from: left, to: right, 1 / Double(parts))
        }
      }
    }
    paint(coverage, color, opacity: 1)
  }

  /// The parts of a horizontal line that lie within the polygons of these edges.
  private static func spans(
    _ edges: [(Position, Position)], at y: Double, isEvenOdd: Bool
  ) -> [(Double, Double)] {
    var crossings: [(x: Double, turn: Int)] = []
    for (a, b) in edges where (a.y <= y) != (b.y <= y) {
      let x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)
      crossings.append((x, a.y <= y ? 1 : -1))
    }
    crossings.sort { $0.x < $1.x }
    var result: [(Double, Double)] = []
    var winding = 0
    var start = 0.0
    for crossing in crossings {
      let wasInside = isEvenOdd ? winding % 2 != 0 : winding != 0
      winding += crossing.turn
      let isInside = isEvenOdd ? winding % 2 != 0 : winding != 0
      if !wasInside && isInside { start = crossing.x }
      if wasInside && !isInside { result.append((start, crossing.x)) }
    }
    return result
  }

  /// Draws lines from point to point with round corners. Without round caps they end right at their
  /// last points.
  mutating func stroke(
    _ lines: [[Position]], _ color: RGB, width: Double, opacity: Double = 1,
    hasRoundCaps: Bool = true, clip: Rectangle? = nil
  ) {
    // Thinner than a pixel is fainter.
    let radius = max(width, 1) / 2
    // All lines first, then the colour: where they meet it is no darker.
    guard var coverage = Coverage(of: lines, reach: radius + 1, in: self, clip) else { return }
    for line in lines {
      // A lone point is a line of no length.
      let ends = line.count == 1 ? line : Array(line.dropFirst())
      for (index, (a, b)) in zip(line, ends).enumerated() {
        coverage.add(
          from: a, to: b, radius: radius, startsFlat: !hasRoundCaps && index == 0,
          endsFlat: !hasRoundCaps && index == ends.count - 1)
      }
    }
    paint(coverage, color, opacity: opacity * min(width, 1))
  }

  private mutating func paint(_ coverage: Coverage, _ color: RGB, opacity: Double) {
    for row in coverage.rows {
      for column in coverage.columns {
        let covered = coverage[row, column]
        if covered <= 0 { continue }
        self[row, column] = self[row, column].mixed(with: color, min(covered, 1) * opacity)
      }
    }
  }
}

/// How much of each pixel around some shape is covered: 0…1.
private struct Coverage {
  let rows: Range<Int>
  let columns: Range<Int>
  private var parts: [Double]

  /// No coverage yet, for the pixels within `reach` of the points, in the picture and in `clip`;
  /// nil if there are none.
  init?(of lines: [[Position]], reach: Double, in picture: Picture, _ clip: Rectangle?) {
    guard let first = lines.first(where: { !$0.isEmpty })?.first else { return nil }
    let points = lines.joined()
    let low = points.reduce(first) { pointwiseMin($0, $1) } - reach
    let high = points.reduce(first) { pointwiseMax($0, $1) } + reach
    columns = Self.pixels(low.x, high.x, picture.width, clip.map { $0.x...$0.right })
    rows = Self.pixels(low.y, high.y, picture.height, clip.map { $0.y...$0.bottom })
    if rows.isEmpty || columns.isEmpty { return nil }
    parts = Array(repeating: 0, count: rows.count * columns.count)
  }

  /// The pixels that touch low…high; of a clipped picture, those whose middles are in `clip`.
  private static func pixels(
    _ low: Double, _ high: Double, _ count: Int, _ clip: ClosedRange<Double>? = nil
  ) -> Range<Int> {
    var first = low.rounded(.down)
    var end = high.rounded(.down) + 1
    if let clip {
      first = max(first, (clip.lowerBound - 0.5).rounded(.up))
      end = min(end, (clip.upperBound - 0.5).rounded(.down) + 1)
    }
    func cut(_ place: Double) -> Int { min(max(Int(saturating: place), 0), count) }
    return cut(first)..<max(cut(end), cut(first))
  }

  /// Those of the rows that touch low…high.
  func rows(from low: Double, to high: Double) -> Range<Int> {
    Self.pixels(low, high, rows.upperBound).clamped(to: rows)
  }

  subscript(row: Int, column: Int) -> Double {
    get { parts[index(row, column)] }
    set { parts[index(row, column)] = newValue }
  }

  private func index(_ row: Int, _ column: Int) -> Int {
    (row - rows.lowerBound) * columns.count + column - columns.lowerBound
  }

  /// Covers `amount` of a row between two places.
  mutating func add(_ row: Int, from left: Double, to right: Double, _ amount: Double) {
    let left = max(left, Double(columns.lowerBound))
    let right = min(right, Double(columns.upperBound))
    guard left < right else { return }
    for column in Int(left)...min(Int(right), columns.upperBound - 1) {
      let covered = min(right, Double(column) + 1) - max(left, Double(column))
      self[row, column] += amount * covered
    }
  }

  /// Covers the pixels within `radius` of the line from `a` to `b`, at flat ends only beside it.
  mutating func add(
    from a: Position, to b: Position, radius: Double, startsFlat: Bool, endsFlat: Bool
  ) {
    let step = b - a
    let length = step.length
    if length == 0 && (startsFlat || endsFlat) { return }
    let (low, high) = (pointwiseMin(a, b) - radius - 1, pointwiseMax(a, b) + radius + 1)
    let near = (
      rows: Self.pixels(low.y, high.y, rows.upperBound).clamped(to: rows),
      columns: Self.pixels(low.x, high.x, columns.upperBound).clamped(to: columns)
    )
    for row in near.rows {
      // Only near the part of the line that passes this row: a line across the picture has a
      // rectangle as large as the picture.
      let passing = Self.passing(Double(row) + 0.5, from: a, step: step, within: radius + 1)
      let low = pointwiseMin(passing.start, passing.end) - radius - 1
      let high = pointwiseMax(passing.start, passing.end) + radius + 1
      for column in Self.pixels(low.x, high.x, columns.upperBound).clamped(to: near.columns) {
        let offset = Position(Double(column) + 0.5, Double(row) + 0.5) - a
        // How far along the line, in pixels.
        let along = length == 0 ? 0 : (offset * step).sum() / length
        let nearest = length == 0 ? .zero : step * (min(max(along, 0), length) / length)
        var covered = radius + 0.5 - (offset - nearest).length
        if startsFlat { covered = min(covered, along + 0.5) }
        if endsFlat { covered = min(covered, length - along + 0.5) }
        self[row, column] = max(self[row, column], min(covered, 1))
      }
    }
  }

  /// The part of the line from `a` to `a + step` whose height differs by no more than `reach` from
  /// `y`; one of its ends if there is no such part.
  private static func passing(
    _ y: Double, from a: Position, step: Position, within reach: Double
  ) -> (start: Position, end: Position) {
    if abs(step.y) <= reach { return (a, a + step) }
    func place(_ height: Double) -> Position {
      a + step * min(max((height - a.y) / step.y, 0), 1)
    }
    return (place(y - reach), place(y + reach))
  }
}

extension Position {
  /// √(x² + y²)
  var length: Double { (self * self).sum().squareRoot() }
}
