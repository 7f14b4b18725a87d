import FledgeCore

extension MemoryTimeline {
  /// The memory by purpose, in mebibytes over the operations, with lines where the backward pass
  /// and the optimizer's step begin.
  public func chart(title: String = "memory of tensors") -> LineChart {
    var chart = LineChart(title: title, xLabel: "operation", yLabel: "MiB")
    let places = moments.indices.map(Double.init)
    // To a thousandth: a loss of four bytes is nothing beside a layer.
    func mebibytes(_ bytes: Int) -> Double { (Double(bytes) / 1048.576).rounded() / 1000 }
    chart.add("all", x: places, y: moments.map { mebibytes($0.liveBytes) })
    for tag in MemoryTag.allCases {
      let bytes = moments.map { $0.liveBytesByTag[tag] ?? 0 }
      if bytes.allSatisfy({ $0 == bytes[0] }) && bytes[0] < peak.liveBytes / 200 { continue }
      chart.add("\(tag)", x: places, y: bytes.map(mebibytes))
    }
    for (place, moment) in moments.enumerated().dropFirst()
    where moment.phase != moments[place - 1].phase {
      let label =
        switch moment.phase {
        case .forward: "forward"
        case .backward: "backward"
        case .span: moment.span ?? moment.name
        }
      chart.marks.append(.init(Double(place), label: label))
    }
    return chart
  }
}
