import FledgeCourse
import FledgePlots
import Foundation

extension MilestoneReport {
  /// A table of the runs, with their results and whether each is as expected.
  package func table(_ ink: Ink) -> [String] {
    let labels = runs.map { $0.isControl ? "control: \($0.name)" : $0.name }
    let first = max(24, (labels.map(\.columns).max() ?? 0) + 2)
    let width = max(metric.columns, 10) + 2
    let heads =
      metric.padded(before: width) + "time".padded(before: 10) + "bytes".padded(before: 12)
    var lines = [ink.dim(String(repeating: " ", count: first) + heads)]
    for (run, label) in zip(runs, labels) {
      var line = label.padded(to: first) + Self.short(run.value(of: metric)).padded(before: width)
      line += String(format: "%.1f s", run.seconds).padded(before: 10)
      let bytes = run.bytes.map { String(format: "%.1f MB", Double($0) / 1e6) } ?? "–"
      line += bytes.padded(before: 12)
      lines.append(line)
      if let problem = run.problem { lines += ink.wrapped(problem, indent: 4).map { ink.red($0) } }
    }
    lines += further(ink, first)
    lines += [""]
    lines += ink.wrapped("\(passed ? ink.tick : ink.cross) \(summary)", hanging: 2)
    let controls = runs.filter(\.isControl)
    if passed && !controls.isEmpty {
      let names = controls.map(\.name).joined(separator: ", ")
      lines += ink.wrapped("\(ink.tick) broken on purpose it misses the goal: \(names)", hanging: 2)
    }
    return lines + ["", ink.dim("Tested: \(authorship.words(ink))")]
  }
}

extension MilestoneReport {
  /// The other metrics that were reported, without those of the controls.
  private func further(_ ink: Ink, _ first: Int) -> [String] {
    let shown = runs.filter { !$0.isControl }
    let names = shown.first?.metrics.map(\.name).filter { $0 != metric } ?? []
    guard !names.isEmpty else { return [] }
    let widths = shown.map { max($0.name.columns, 10) + 2 }
    let column = max(first, (names.map(\.columns).max() ?? 0) + 2)
    let heads = zip(shown, widths).map { $0.name.padded(before: $1) }.joined()
    return ["", ink.dim(String(repeating: " ", count: column) + heads)]
      + names.map { name in
        let values = zip(shown, widths).map { Self.short($0.value(of: name)).padded(before: $1) }
        return name.padded(to: column) + values.joined()
      }
  }

  private static func short(_ value: Double?) -> String {
    value.map { $0 == $0.rounded() ? format($0) : String(format: "%.4g", $0) } ?? "–"
  }
}

extension String {
  /// Padded on the left to a width.
  func padded(before width: Int) -> String {
    String(repeating: " ", count: max(1, width - columns)) + self
  }
}
