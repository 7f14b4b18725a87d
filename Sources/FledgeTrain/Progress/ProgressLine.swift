import FledgePlots
import Foundation

/// All that one line of progress says, and the two ways to write it.
struct ProgressLine {
  var label: String
  var step: Int
  var total: Int
  var metrics: [(name: String, value: Double)]
  var rate: (value: Double, unit: String)?
  var elapsed: Duration
  /// nil when finished, or while there is no rate yet.
  var remaining: Duration?

  var fraction: Double { total > 0 ? min(max(Double(step) / Double(total), 0), 1) : 1 }

  /// `train 1200/2000 (60%)  loss 1.234  123 steps/s  1m 03s, 42s left`
  var plain: String {
    let time = elapsed.brief + (remaining.map { ", \($0.brief) left" } ?? "")
    let head = "\(label.isEmpty ? "" : label + " ")\(step)/\(total) (\(percent)%)"
    return ([head] + metrics.map(Self.text) + [rateText, time].compactMap { $0 })
      .joined(separator: "  ")
  }

  /// A line of at most `width` columns. In a narrow terminal the bar shrinks first; then the
  /// further metrics, the elapsed time, the rate, the label, the time left and the loss go.
  func terminal(width: Int, style: TerminalStyle) -> String {
    let shortestBar = 8
    let longestBar = 28
    // Padded, so that nothing moves when a number gets another digit.
    func padded(_ text: String, _ columns: Int) -> String {
      String(repeating: " ", count: max(columns - text.count, 0)) + text
    }
    let count = padded("\(step)", "\(total)".count) + "/\(total)"
    let percentage = padded("\(percent)%", 4)

    // The smaller the rank, the longer a part stays.
    var parts: [(text: String, paint: Paint, rank: Int)] = []
    if !label.isEmpty { parts.append((label, .bold, 3)) }
    parts.append((count, .plain, 0))
    let barIndex = parts.count
    parts.append((percentage, .plain, 0))
    for (index, metric) in metrics.enumerated() {
      parts.append((Self.text(metric), index == 0 ? .bold : .plain, index == 0 ? 1 : 5 + index))
    }
    if let rateText { parts.append((rateText, .dim, 4)) }
    parts.append((elapsed.brief, .dim, 5))
    if let remaining { parts.append(("\(remaining.brief) left", .plain, 2)) }

    func columns() -> Int { parts.reduce(-2) { $0 + $1.text.columns + 2 } }
    var insertion = barIndex
    while columns() + 2 + shortestBar > width, let worst = parts.map(\.rank).max(), worst > 0 {
      let index = parts.firstIndex { $0.rank == worst }!
      if index < insertion { insertion -= 1 }
      parts.remove(at: index)
    }
    let barColumns = min(width - columns() - 2, longestBar)
    var texts = parts.map { style.painted($0.text, $0.paint) }
    if barColumns >= 4 {
      texts.insert(bar(columns: barColumns, style), at: insertion)
    } else if columns() > width {
      return count.truncated(toColumns: width, unicode: style.unicode)
    }
    return texts.joined(separator: "  ")
  }

  private func bar(columns: Int, _ style: TerminalStyle) -> String {
    guard style.unicode else {
      let inner = columns - 2
      let done = Int(fraction * Double(inner))
      let head = done < inner ? ">" : ""
      let rest = inner - done - head.count
      return "[" + String(repeating: "=", count: done) + head
        + String(repeating: " ", count: rest) + "]"
    }
    let halves = Int(fraction * Double(2 * columns))
    let done = String(repeating: "━", count: halves / 2) + (halves % 2 == 1 ? "╸" : "")
    let rest = String(repeating: "─", count: columns - (halves + 1) / 2)
    let color = fraction >= 1 ? RGB.series(2) : RGB.series(0)
    return style.painted(done, Paint(foreground: color.onTerminal)) + style.painted(rest, .dim)
  }

  /// Rounded down: 100% means done.
  private var percent: Int { Int(fraction * 100 + 1e-9) }

  private var rateText: String? { rate.map { "\(Self.count($0.value)) \($0.unit)/s" } }

  private static func text(_ metric: (name: String, value: Double)) -> String {
    "\(metric.name) \(number(metric.value))"
  }

  /// Four digits or so, without jumping between widths as a loss falls: `2.197`, `0.0451`, `3e-05`.
  static func number(_ value: Double) -> String {
    let magnitude = abs(value)
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == value.rounded() && magnitude < 1e9 { return String(Int(value)) }
    switch magnitude {
    case 1e9...: return String(format: "%.3g", value)
    case 1000...: return String(format: "%.0f", value)
    case 1...: return String(format: "%.3f", value)
    case 0.01...: return String(format: "%.4f", value)
    default: return String(format: "%.3g", value)
    }
  }

  /// Three digits: `1.23`, `45.6`, `789`, `12.3k`, `4.56M`.
  static func count(_ value: Double) -> String {
    switch value {
    case 999_500...: String(format: "%.2fM", value / 1e6)
    case 9_995...: String(format: "%.1fk", value / 1e3)
    case 99.95...: String(format: "%.0f", value)
    case 9.995...: String(format: "%.1f", value)
    default: String(format: "%.2f", value)
    }
  }
}
