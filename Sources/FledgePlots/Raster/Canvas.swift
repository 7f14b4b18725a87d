import Foundation

/// A point in pixels; y grows downwards.
struct PixelPoint: Equatable {
  var x: Double
  var y: Double
}

/// A ``Picture`` that shapes are painted on, their edges smoothed: each pixel takes as much of the
/// colour as the shape covers of it.
struct Canvas {
  private(set) var picture: Picture
  /// Nothing is painted outside of it.
  var clip: Rectangle?

  init(width: Int, height: Int) { picture = Picture(width: width, height: height) }

  /// Fills the polygons together: what they go round, and with `evenOdd` not what they go round
  /// twice.
  mutating func fill(
    _ polygons: [[PixelPoint]], _ color: RGB, opacity: Double = 1, evenOdd: Bool = false
  ) {
    let points = polygons.joined()
    guard let top = points.map(\.y).min(), let bottom = points.map(\.y).max() else { return }
    // The lines at the middle of each quarter of a pixel; along them, coverage is exact.
    let parts = 4
    let rows = Int(top.rounded(.down))...Int(bottom.rounded(.down))
    for row in rows.clamped(to: 0...picture.height - 1) where row >= 0 && row < picture.height {
      var coverage = [Double](repeating: 0, count: picture.width)
      for part in 0..<parts {
        let y = Double(row) + (Double(part) + 0.5) / Double(parts)
        for (left, right) in spans(polygons, at: y, evenOdd: evenOdd) {
          cover(&coverage, from: left, to: right, by: 1 / Double(parts))
        }
      }
      paint(coverage, row: row, color, opacity)
    }
  }

  /// The parts of a horizontal line that lie within the polygons.
  private func spans(
    _ polygons: [[PixelPoint]], at y: Double, evenOdd: Bool
  ) -> [(Double, Double)] {
    var crossings: [(x: Double, turn: Int)] = []
    for polygon in polygons {
      for (index, a) in polygon.enumerated() {
        let b = polygon[(index + 1) % polygon.count]
        guard (a.y <= y) != (b.y <= y) else { continue }
        let x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)
        crossings.append((x, a.y <= y ? 1 : -1))
      }
    }
    crossings.sort { $0.x < $1.x }
    var result: [(Double, Double)] = []
    var winding = 0
    var start = 0.0
    for crossing in crossings {
      let wasInside = evenOdd ? winding % 2 != 0 : winding != 0
      winding += crossing.turn
      let isInside = evenOdd ? winding % 2 != 0 : winding != 0
      if !wasInside && isInside { start = crossing.x }
      if wasInside && !isInside { result.append((start, crossing.x)) }
    }
    return result
  }

  private func cover(
    _ coverage: inout [Double], from left: Double, to right: Double, by amount: Double
  ) {
    let (left, right) = (max(left, 0), min(right, Double(picture.width)))
    guard left < right else { return }
    for column in Int(left)...min(Int(right), picture.width - 1) {
      let covered = min(right, Double(column) + 1) - max(left, Double(column))
      if covered > 0 { coverage[column] += amount * covered }
    }
  }

  /// Draws lines from point to point with round corners and ends.
  mutating func stroke(
    _ lines: [[PixelPoint]], _ color: RGB, width: Double, opacity: Double = 1
  ) {
    // Thinner than a pixel is fainter.
    let radius = max(width, 1) / 2
    let strength = opacity * min(width, 1)
    let points = lines.joined()
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let top = points.map(\.y).min(), let bottom = points.map(\.y).max()
    else { return }
    let reach = radius + 1
    let columns = Self.range(left - reach, right + reach, picture.width)
    let rows = Self.range(top - reach, bottom + reach, picture.height)
    guard !columns.isEmpty, !rows.isEmpty else { return }
    // All lines first, then the colour: where they meet it is no darker.
    var coverage = [Double](repeating: 0, count: columns.count * rows.count)
    for line in lines {
      for (a, b) in zip(line, line.dropFirst()) {
        let near = (
          Self.range(min(a.x, b.x) - reach, max(a.x, b.x) + reach, picture.width),
          Self.range(min(a.y, b.y) - reach, max(a.y, b.y) + reach, picture.height)
        )
        for row in near.1 {
          for column in near.0 {
            let distance = Self.distance(
              PixelPoint(x: Double(column) + 0.5, y: Double(row) + 0.5), a, b)
            let place = (row - rows.lowerBound) * columns.count + column - columns.lowerBound
            coverage[place] = max(coverage[place], min(max(radius + 0.5 - distance, 0), 1))
          }
        }
      }
    }
    for row in rows {
      var line = [Double](repeating: 0, count: picture.width)
      let start = (row - rows.lowerBound) * columns.count
      line.replaceSubrange(columns, with: coverage[start..<start + columns.count])
      paint(line, row: row, color, strength)
    }
  }

  private static func range(_ low: Double, _ high: Double, _ limit: Int) -> Range<Int> {
    let first = min(max(Int(low.rounded(.down)), 0), limit)
    return first..<max(min(Int(high.rounded(.up)) + 1, limit), first)
  }

  /// From a point to the nearest of the line from `a` to `b`.
  private static func distance(_ p: PixelPoint, _ a: PixelPoint, _ b: PixelPoint) -> Double {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let squared = dx * dx + dy * dy
    let along = squared == 0 ? 0 : min(max(((p.x - a.x) * dx + (p.y - a.y) * dy) / squared, 0), 1)
    let (offX, offY) = (p.x - a.x - along * dx, p.y - a.y - along * dy)
    return (offX * offX + offY * offY).squareRoot()
  }

  private mutating func paint(
    _ coverage: [Double], row: Int, _ color: RGB, _ opacity: Double
  ) {
    for (column, covered) in coverage.enumerated() where covered > 0 {
      if let clip, !clip.contains((Double(column) + 0.5, Double(row) + 0.5)) { continue }
      picture[row, column] = picture[row, column].mixed(
        with: color, min(covered, 1) * opacity)
    }
  }
}
