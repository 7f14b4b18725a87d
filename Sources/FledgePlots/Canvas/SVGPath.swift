/// The `d` attribute of a path, written compactly: relative moves, rounded to a tenth of a pixel.
///
/// Positions are kept as whole tenths, so that the rounding of relative moves never adds up.
struct SVGPath {
  private(set) var data = ""
  private var x = 0
  private var y = 0
  private var canContinue = false

  mutating func move(to point: Position) {
    x = Self.tenths(point.x)
    y = Self.tenths(point.y)
    data += "M" + Self.joined(x, y)
    canContinue = false
  }

  mutating func line(to point: Position) {
    let next = (x: Self.tenths(point.x), y: Self.tenths(point.y))
    let (dx, dy) = (next.x - x, next.y - y)
    if dx == 0 && dy == 0 && canContinue { return }
    let pair = Self.joined(dx, dy)
    data += !canContinue ? "l" + pair : pair.hasPrefix("-") ? pair : " " + pair
    (x, y) = next
    canContinue = true
  }

  mutating func close() {
    data += "z"
    canContinue = false
  }

  private static func tenths(_ value: Double) -> Int {
    SVGCanvas.whole(value, parts: 10)
  }

  private static func joined(_ x: Int, _ y: Int) -> String {
    let second = text(y)
    return text(x) + (second.hasPrefix("-") ? "" : " ") + second
  }

  private static func text(_ tenths: Int) -> String {
    let magnitude = abs(tenths)
    let sign = tenths < 0 ? "-" : ""
    let whole = magnitude / 10
    let decimal = magnitude % 10
    if decimal == 0 { return "\(sign)\(whole)" }
    return whole == 0 ? "\(sign).\(decimal)" : "\(sign)\(whole).\(decimal)"
  }
}
