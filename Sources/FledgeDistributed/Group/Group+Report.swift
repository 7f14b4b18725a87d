import Foundation

extension Group {
  /// A table of what each rank has sent so far, by collective; the same on all ranks, which all call
  /// it. What the table itself sends is not in it.
  ///
  ///     sent by rank        0         1         2         3
  ///     broadcast      2 · 17 KB  1 · 9 KB  …
  public func trafficReport() throws -> String {
    let own = traffic.map { "\($0.key.rawValue) \($0.value.messages) \($0.value.bytes)" }
    let ranks = try gather(text: own.joined(separator: "\n")).map { text in
      var traffic: [Collective: Traffic] = [:]
      for line in text.split(separator: "\n") {
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        traffic[Collective(rawValue: UInt8(numbers[0]))!] = Traffic(
          messages: numbers[1], bytes: numbers[2])
      }
      return traffic
    }
    return Self.table(ranks)
  }

  static func table(_ ranks: [[Collective: Traffic]]) -> String {
    let used = Collective.allCases.filter { collective in
      ranks.contains { $0[collective] != nil }
    }
    var rows = [["messages · bytes"] + ranks.indices.map { "rank \($0)" }]
    for collective in used {
      rows.append(["\(collective)"] + ranks.map { cell($0[collective] ?? Traffic()) })
    }
    rows.append(["total"] + ranks.map { cell($0.values.reduce(Traffic(), +)) })
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }
      .joined(separator: "   ")
    }
    .joined(separator: "\n")
  }

  private static func cell(_ traffic: Traffic) -> String {
    "\(traffic.messages) · \(formatted(traffic.bytes))"
  }

  /// Bytes in the decimal unit that suits them.
  private static func formatted(_ bytes: Int) -> String {
    var (value, unit) = (Double(bytes), "B")
    for larger in ["KB", "MB", "GB", "TB"] where value >= 999.995 {
      (value, unit) = (value / 1000, larger)
    }
    return unit == "B" ? "\(bytes) B" : String(format: "%.2f ", value) + unit
  }
}
