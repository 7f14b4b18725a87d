import FledgeCore

/// Dots finer than characters: 2 × 4 to a cell as Unicode braille patterns (U+2800…U+28FF), or one
/// to a cell in ASCII.
struct DotCanvas {
  let columns: Int
  let rows: Int
  let dotsAcross: Int
  let dotsDown: Int
  /// The braille bits of each cell, and the layer that drew there last.
  private var cells: [(bits: UInt8, layer: Int)]

  init(columns: Int, rows: Int, unicode: Bool) {
    self.columns = columns
    self.rows = rows
    dotsAcross = unicode ? 2 : 1
    dotsDown = unicode ? 4 : 1
    cells = Array(repeating: (0, -1), count: columns * rows)
  }

  /// The pattern of a cell and its layer; nil where nothing was drawn.
  func cell(row: Int, column: Int) -> (character: Character, layer: Int)? {
    let cell = cells[row * columns + column]
    guard cell.bits != 0 else { return nil }
    return (Character(Unicode.Scalar(0x2800 + UInt32(cell.bits))!), cell.layer)
  }

  /// The dot at a position: x to the right, y upwards, 0…1 each.
  private func dot(_ point: LineChart.Point) -> (x: Int, y: Int) {
    let (width, height) = (columns * dotsAcross, rows * dotsDown)
    return (
      min(max(Int(saturating: point.x * Double(width - 1) + 0.5), 0), width - 1),
      min(max(Int(saturating: (1 - point.y) * Double(height - 1) + 0.5), 0), height - 1)
    )
  }

  /// The cell that holds a position.
  func cellIndex(of point: LineChart.Point) -> (row: Int, column: Int) {
    let (x, y) = dot(point)
    return (y / dotsDown, x / dotsAcross)
  }

  private mutating func set(x: Int, y: Int, layer: Int) {
    let index = y / dotsDown * columns + x / dotsAcross
    // Braille numbers its dots down the left column, down the right one, then the bottom row.
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    cells[index].bits |= bits[y % dotsDown][x % dotsAcross]
    cells[index].layer = layer
  }

  /// Straight lines from point to point (Bresenham's algorithm).
  mutating func draw(_ points: [LineChart.Point], layer: Int) {
    guard let first = points.first else { return }
    var (x, y) = dot(first)
    set(x: x, y: y, layer: layer)
    for point in points.dropFirst() {
      let end = dot(point)
      let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
      let (stepX, stepY) = (end.x > x ? 1 : -1, end.y > y ? 1 : -1)
      var error = dx + dy
      while x != end.x || y != end.y {
        let doubled = 2 * error
        if doubled >= dy { (error, x) = (error + dy, x + stepX) }
        if doubled <= dx { (error, y) = (error + dx, y + stepY) }
        set(x: x, y: y, layer: layer)
      }
    }
  }
}
