import FledgeCourse
import FledgeTrain
import Foundation

extension MilestoneReport {
  /// Run by run what came out, and whether that is as it should be.
  package func table(_ ink: Ink) -> [String] {
    // The number that decides first, then those that there is room for.
    var names = [metric]
    for name in runs.first?.metrics.map(\.name) ?? [] where name != metric { names.append(name) }
    let labels = runs.map { $0.isControl ? "control: \($0.name)" : $0.name }
    let first = (labels.map(\.columns).max() ?? 0) + 2
    func width(_ name: String) -> Int { max(name.columns, 9) + 2 }
    let fixed = first + 9 + 11
    while names.count > 1, fixed + names.map(width).reduce(0, +) > ink.columns {
      names.removeLast()
    }

    var header = String(repeating: " ", count: first)
    for name in names { header += name.padded(before: width(name)) }
    header += "time".padded(before: 9) + "bytes".padded(before: 11)
    var lines = [ink.dim(header)]
    for (run, label) in zip(runs, labels) {
      var line = label.padded(to: first)
      for name in names {
        let value = run.value(of: name).map { format(($0 * 1e5).rounded() / 1e5) } ?? "–"
        line += value.padded(before: width(name))
      }
      line += String(format: "%.1f s", run.seconds).padded(before: 9)
      let bytes = run.bytes.map { String(format: "%.1f MB", Double($0) / 1e6) } ?? "–"
      line += bytes.padded(before: 11)
      lines.append(line)
      if let problem = run.problem { lines += ink.wrapped(problem, indent: 4).map { ink.red($0) } }
    }
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

extension String {
  /// Blanks before it up to a width.
  func padded(before width: Int) -> String {
    String(repeating: " ", count: max(1, width - columns)) + self
  }
}
