/// The lines where a grid of values crosses `level`, by marching squares.
///
/// Positions are in units of the grid: x from 0 to columns − 1, y from 0 to rows − 1, the row
/// index; crossings between two samples are interpolated linearly. Going along a line, the values
/// above the level are on its left.
///
/// - Parameter closed: also follow the border of the grid where the values there are above the
///   level. Then every line is a ring, and filling all rings (non-zero or even-odd) fills exactly
///   the region above the level.
/// - Complexity: O(rows × columns)
///
/// In a cell whose two diagonals disagree, the mean of its corners decides which pair connects.
func contours(
  _ values: [Float], rows: Int, columns: Int, level: Float, closed: Bool
) -> [[(x: Double, y: Double)]] {
  // Nodes outside the grid lie at its border and below every level; so rings close along it.
  let margin = closed ? 1 : 0
  let nodeColumns = columns + 2 * margin
  func value(_ row: Int, _ column: Int) -> Float {
    guard (0..<rows).contains(row), (0..<columns).contains(column) else { return -.infinity }
    return values[row * columns + column]
  }
  func crossing(_ edge: Int) -> (x: Double, y: Double) {
    let (row, column) = (
      edge / 2 / nodeColumns - margin, edge / 2 % nodeColumns - margin
    )
    let (endRow, endColumn) = edge % 2 == 0 ? (row, column + 1) : (row + 1, column)
    let (a, b) = (value(row, column), value(endRow, endColumn))
    // In double precision, for the difference of two huge values overflows.
    let fraction =
      a.isFinite && b.isFinite ? (Double(level) - Double(a)) / (Double(b) - Double(a)) : 0
    func between(_ from: Int, _ to: Int, _ count: Int) -> Double {
      let (from, to) = (min(max(from, 0), count - 1), min(max(to, 0), count - 1))
      return Double(from) + Double(to - from) * fraction
    }
    return (between(column, endColumn, columns), between(row, endRow, rows))
  }

  // Each crossed edge begins at most one segment and ends at most one.
  var next: [Int: Int] = [:]
  for row in -margin..<rows - 1 + margin {
    for column in -margin..<columns - 1 + margin {
      let corners = [
        value(row, column), value(row, column + 1), value(row + 1, column + 1),
        value(row + 1, column),
      ]
      let node = (row + margin) * nodeColumns + column + margin
      let edges = [2 * node, 2 * (node + 1) + 1, 2 * (node + nodeColumns), 2 * node + 1]
      for (from, to) in segments(corners, level) { next[edges[from]] = edges[to] }
    }
  }

  var lines: [[(x: Double, y: Double)]] = []
  func follow(from start: Int) {
    var line = [crossing(start)]
    var edge = start
    while let following = next.removeValue(forKey: edge) {
      line.append(crossing(following))
      edge = following
    }
    lines.append(line)
  }
  // Open lines from their beginnings; what is left are rings. Sorted: the same file every time.
  for start in Set(next.keys).subtracting(next.values).sorted() { follow(from: start) }
  for start in next.keys.sorted() where next[start] != nil { follow(from: start) }
  return lines
}

/// The directed segments of one cell between its edges (0 bottom, 1 right, 2 top, 3 left), given
/// its corners from the lower left counterclockwise.
private func segments(_ corners: [Float], _ level: Float) -> [(from: Int, to: Int)] {
  let above = corners.map { $0 >= level }
  let pattern = (0..<4).reduce(0) { $0 | (above[$1] ? 1 << $1 : 0) }
  let isCentreAbove = corners.reduce(0) { $0 + Double($1) } / 4 >= Double(level)
  switch pattern {
  case 1: return [(0, 3)]
  case 2: return [(1, 0)]
  case 3: return [(1, 3)]
  case 4: return [(2, 1)]
  case 5: return isCentreAbove ? [(2, 3), (0, 1)] : [(0, 3), (2, 1)]
  case 6: return [(2, 0)]
  case 7: return [(2, 3)]
  case 8: return [(3, 2)]
  case 9: return [(0, 2)]
  case 10: return isCentreAbove ? [(3, 0), (1, 2)] : [(1, 0), (3, 2)]
  case 11: return [(1, 2)]
  case 12: return [(3, 1)]
  case 13: return [(0, 1)]
  case 14: return [(3, 0)]
  default: return []
  }
}
