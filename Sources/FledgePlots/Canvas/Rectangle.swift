/// An upright rectangle on a canvas; y grows downwards.
struct Rectangle {
  var x: Double
  var y: Double
  var width: Double
  var height: Double

  var right: Double { x + width }
  var bottom: Double { y + height }
  var center: Position { [x + width / 2, y + height / 2] }

  func contains(_ position: Position) -> Bool {
    position.x >= x && position.x <= right && position.y >= y && position.y <= bottom
  }

  func intersects(_ other: Rectangle) -> Bool {
    x < other.right && other.x < right && y < other.bottom && other.y < bottom
  }
}

extension Rectangle {
  /// The rectangle with these corners; empty where the second is left of or above the first.
  init(from low: Position, to high: Position) {
    self.init(x: low.x, y: low.y, width: max(high.x - low.x, 0), height: max(high.y - low.y, 0))
  }

  /// What lies in both.
  func intersection(_ other: Rectangle) -> Rectangle {
    Rectangle(
      from: [max(x, other.x), max(y, other.y)],
      to: [min(right, other.right), min(bottom, other.bottom)])
  }
}
