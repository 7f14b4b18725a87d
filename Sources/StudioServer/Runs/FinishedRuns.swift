import FledgeStudio
import FledgeTrain
import Foundation

/// Runs that have ended, read from their `metrics.jsonl`.
final class FinishedRuns: Sendable {
  private let paths: [String]
  /// When the files that were read had been written.
  private let seen = Signalled<[String: Date]>([:])

  init(_ paths: [String]) { self.paths = paths }

  /// The metrics files in and below `paths`, to a depth of three folders, by the names of their runs.
  static func find(in paths: [String]) -> [(name: String, file: String)] {
    var found: [(name: String, file: String)] = []
    func look(_ path: String, _ name: String, _ depth: Int) {
      let file = path + "/metrics.jsonl"
      if FileManager.default.fileExists(atPath: file) { found.append((name, file)) }
      guard depth > 0 else { return }
      let inside = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      for folder in inside.sorted() where !folder.hasPrefix(".") {
        var isDirectory: ObjCBool = false
        let next = path + "/" + folder
        if FileManager.default.fileExists(atPath: next, isDirectory: &isDirectory),
          isDirectory.boolValue
        {
          look(next, name.isEmpty ? folder : name + "/" + folder, depth - 1)
        }
      }
    }
    for path in paths {
      let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      if trimmed.hasSuffix(".jsonl") {
        let folder = (trimmed as NSString).deletingLastPathComponent
        found.append(((folder as NSString).lastPathComponent, trimmed))
      } else {
        look(trimmed, "", 3)
        // A run itself was named, not a folder of runs.
        if let index = found.firstIndex(where: { $0.name.isEmpty }) {
          found[index].name = (trimmed as NSString).lastPathComponent
        }
      }
    }
    return found
  }

  /// Reads a metrics file as the messages of a run that has ended.
  ///
  /// Every number of every event is a point of a curve over `step`, or over `epoch` in events without
  /// steps. Events of several models or phases in one file make curves of their own: `model/loss`.
  /// - Throws: ``/FledgeTrain/MetricsFileError``
  static func messages(name: String, file: String) throws -> [any Encodable] {
    let events = try readMetrics(from: file)
    var curves = RunCurves(series: [:])
    var description = RunDescription(name: name)
    description.isControlled = false
    var status = RunStatus()
    status.state = .finished
    let scales: Set = ["step", "epoch", "seconds", "parameters"]
    for event in events {
      if event.name == "final" {
        status.seconds = event.number("seconds") ?? 0
        description.parameters = event.number("parameters").flatMap { Int(exactly: $0) }
        continue
      }
      guard let x = event.number("step") ?? event.number("epoch") else { continue }
      status.step = max(status.step, Int(exactly: x) ?? 0)
      let part = ["model", "phase", "method"].compactMap { key -> String? in
        if case .text(let text)? = event.values[key] { text } else { nil }
      }.first
      for (key, value) in event.values where !scales.contains(key) {
        let y: Double
        switch value {
        case .integer(let whole): y = Double(whole)
        case .number(let number): y = number
        case .null: y = .nan
        default: continue
        }
        // The mean of an epoch is another curve than the losses of its steps.
        let shown = event.name == "epoch" && key == "loss" ? "epoch_loss" : key
        curves.series[part.map { "\($0)/\(shown)" } ?? shown, default: Curve()].append(x, y)
      }
    }
    return [description, curves, status]
  }

  /// Adds the runs that are new, or whose files have changed, to `hub`; returns what could not be
  /// read, in words.
  func load(into hub: RunHub) -> [String] {
    var faults: [String] = []
    for (name, file) in Self.find(in: paths) {
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      let date = attributes?[.modificationDate] as? Date ?? .distantPast
      guard seen.update({ $0.updateValue(date, forKey: file) }) != date else { continue }
      do {
        let messages = try Self.messages(name: name, file: file)
        // The name appears in addresses.
        let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let id = hub.add(socket: nil, id: "file-" + String(plain))
        for message in messages { hub.receive(try JSONEncoder().encode(message), of: id) }
      } catch {
        faults.append("\(error)")
      }
    }
    return faults
  }
}
