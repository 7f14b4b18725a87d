import FledgeIO
import FledgePlots
import Foundation

/// One line of a metrics file.
public struct MetricsEvent: Sendable, Equatable {
  /// The value of `"event"`: `step`, `evaluation`, `final` and so on.
  public var name: String
  /// Everything else.
  public var values: [String: MetricValue]

  /// A value as a number; nil where there is none (`null` included).
  public func number(_ key: String) -> Double? {
    switch values[key] {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension Sequence<MetricsEvent> {
  /// The curve of one value against another, from the events of one name; events that lack either
  /// are left out.
  public func points(
    _ y: String, against x: String = "step", in event: String = "step"
  ) -> [LineChart.Point] {
    compactMap { line in
      guard line.name == event, let x = line.number(x), let y = line.number(y) else { return nil }
      return LineChart.Point(x: x, y: y)
    }
  }
}

/// A metrics file that could not be used.
public enum MetricsFileError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The system refuses to read it.
  case file(FileSystemError)
  /// A line (counted from 1) that is no JSON object with a text `"event"`.
  case malformedLine(Int, path: String)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .malformedLine(let line, let path):
      "'\(path)' is not a metrics file: line \(line) is not a JSON object with an \"event\""
    }
  }
}

extension MetricsFileError: LocalizedError {
  public var errorDescription: String? { description }
}

/// Reads a metrics file back, for plotting.
///
/// A last line without a newline was left by a killed program; it is ignored.
/// - Throws: ``MetricsFileError``
public func readMetrics(from path: String) throws(MetricsFileError) -> [MetricsEvent] {
  try metricsLines(in: path).map(\.event)
}

/// The events of a metrics file with the offset at which each line ends.
func metricsLines(in path: String) throws(MetricsFileError) -> [(event: MetricsEvent, end: Int)] {
  let bytes: Data
  switch FileKind(path) {
  case .missing: throw .file(FileSystemError(.read, path, code: ENOENT))
  case .directory: throw .file(FileSystemError(.read, path, code: EISDIR))
  default:
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .file(FileSystemError(.read, path, code: EACCES))
    }
    bytes = data
  }
  let decoder = JSONDecoder()
  var result: [(event: MetricsEvent, end: Int)] = []
  var start = bytes.startIndex
  while let newline = bytes[start...].firstIndex(of: 10) {
    guard
      var values = try? decoder.decode([String: MetricValue].self, from: bytes[start..<newline]),
      case .text(let name)? = values.removeValue(forKey: "event")
    else { throw .malformedLine(result.count + 1, path: path) }
    result.append((MetricsEvent(name: name, values: values), newline + 1))
    start = newline + 1
  }
  return result
}
