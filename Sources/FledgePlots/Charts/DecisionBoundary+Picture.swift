import FledgeCore

extension DecisionBoundary {
  /// The field, the line where both classes are equally likely, and the points; without axes.
  /// Its height follows from the ranges.
  public func picture(width: Int = 480) -> Picture {
    require(width >= 16, "DecisionBoundary", "a picture needs at least 16 pixels")
    let aspect = y.ratio(to: x)
    let height = max(Int(Double(width) * min(max(aspect, 0.5), 1.4)), 1)
    var picture = Picture(width: width, height: height)
    func probability(_ row: Int, _ column: Int) -> Double {
      self.probability(
        x: (Double(column) + 0.5) / Double(width), y: 1 - (Double(row) + 0.5) / Double(height))
    }
    for row in 0..<height {
      for column in 0..<width {
        let here = probability(row, column)
        let beside = [probability(row, column + 1), probability(row + 1, column)]
        let crosses = beside.contains { ($0 < 0.5) != (here < 0.5) }
        picture[row, column] = crosses ? .ink : Self.fieldColor(here)
      }
    }
    var canvas = PixelCanvas(picture)
    for point in points {
      guard let place = position(point) else { continue }
      canvas.drawCircle(
        at: [place.x * Double(width), (1 - place.y) * Double(height)], radius: 3.5,
        [.fill(.series(point.label == 0 ? 0 : 1)), .stroke(.background), .strokeWidth(1)])
    }
    return canvas.picture
  }
}
