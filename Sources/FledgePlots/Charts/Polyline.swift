import FledgeCore

/// The parts of a curve between its gaps, in positions along the axes: 0…1 each.
func polylines(_ points: [LineChart.Point], x xAxis: Axis, y yAxis: Axis) -> [[LineChart.Point]] {
  var parts: [[LineChart.Point]] = [[]]
  for point in points {
    if let x = xAxis.position(point.x), let y = yAxis.position(point.y) {
      parts[parts.count - 1].append(.init(x: x, y: y))
    } else if !parts[parts.count - 1].isEmpty {
      parts.append([])
    }
  }
  return parts.filter { !$0.isEmpty }
}

/// A curve that looks the same, with at most four points in each of `columns` columns: the first,
/// the lowest, the highest and the last. A million steps make as small a file as a thousand.
func decimated(_ points: [LineChart.Point], columns: Int) -> [LineChart.Point] {
  guard points.count > 4 * columns else { return points }
  var result: [LineChart.Point] = []
  var start = 0
  func column(_ index: Int) -> Int { Int(saturating: points[index].x * Double(columns)) }
  while start < points.count {
    var end = start + 1
    while end < points.count && column(end) == column(start) { end += 1 }
    let lowest = (start..<end).min { points[$0].y < points[$1].y }!
    let highest = (start..<end).max { points[$0].y < points[$1].y }!
    for index in Set([start, lowest, highest, end - 1]).sorted() { result.append(points[index]) }
    start = end
  }
  return result
}
