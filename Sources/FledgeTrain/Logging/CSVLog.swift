import FledgeCore
import FledgeData
import FledgeIO
import Foundation

/// Writes metrics as a CSV table (RFC 4180) for spreadsheets and data frames: a row for each event,
/// with empty fields for missing values.
///
///     let log = try CSVLog(file: "metrics.csv", columns: ["step", "loss", "val_loss"])
///     trainer.record(to: log)
///
/// A column named `event` gets the event's name. NaN and the infinities are written as `nan`, `inf`
/// and `-inf`, which pandas and NumPy read.
public final class CSVLog: MetricsRecorder {
  /// The names in the order of the table.
  public let columns: [String]
  private let file: FileDescriptor

  /// - Parameters:
  ///   - columns: the names in the order of the table; a value without a column traps
  ///   - mode: `.appending` keeps the rows of the file up to that step, and those without a step
  ///     between them; it must have the same columns, one of them `step`. A last row that a killed
  ///     program has not completed is dropped.
  /// - Throws: ``/FledgeIO/FileSystemError``, or ``/FledgeData/CSVError`` or ``CSVLogError`` if the
  ///   file to append to does not fit. It stays unchanged.
  public init(
    file path: String, columns: [String], mode: MetricsLog.Mode = .replacing
  ) throws {
    require(
      !columns.isEmpty && Set(columns).count == columns.count, "CSVLog",
      "needs columns of different names, got \(columns)")
    self.columns = columns
    var text = Self.line(columns)
    if case .appending(let step) = mode, FileKind(path) == .regular {
      for row in try Self.rows(of: path, columns, until: step) { text += Self.line(row) }
    }
    try AtomicFile.write(text, to: path)
    file = try FileDescriptor(opening: path, O_WRONLY | O_APPEND)
  }

  deinit { file.closeIgnoringErrors() }

  public func record(
    _ event: String, step: Int, _ values: [(name: String, value: MetricValue)]
  ) throws {
    var fields = Dictionary(values.map { ($0.name, $0.value.csv) }) { first, _ in first }
    if let name = fields.keys.sorted().first(where: { !columns.contains($0) }) {
      fledgeTrap("CSVLog", "the table has no column '\(name)', only \(columns)")
    }
    fields["event"] = event
    try file.append(Array(Self.line(columns.map { fields[$0] ?? "" }).utf8))
  }

  /// Empty fields stay empty, but a row of nothing else would be no row.
  private static func line(_ fields: [String]) -> String {
    let quoted = fields.map { $0.isEmpty && fields.count > 1 ? "" : CSVTable.quoted($0) }
    return quoted.joined(separator: ",") + "\n"
  }

  private static func rows(
    of path: String, _ columns: [String], until step: Int
  ) throws -> [[String]] {
    let url = URL(fileURLWithPath: path)
    // A header that is not complete yet.
    if line(columns).utf8.dropLast().starts(with: try Data(contentsOf: url)) { return [] }
    let table = try CSVTable(writtenRowByRow: url)
    guard table.columns == columns else {
      throw CSVLogError.otherColumns(path: path, found: table.columns, expected: columns)
    }
    guard columns.contains("step") else {
      throw CSVLogError.noSteps(path: path)
    }
    let steps = try table.optionalDoubles("step")
    return zip(table.rows, steps).prefix { $0.1 ?? 0 <= Double(step) }.map(\.0)
  }
}

/// Why a CSV log cannot go on with a file.
public enum CSVLogError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The file's header is another one.
  case otherColumns(path: String, found: [String], expected: [String])
  /// The file has no column `step`, by which rows could be kept.
  case noSteps(path: String)

  public var description: String {
    switch self {
    case .otherColumns(let path, let found, let expected):
      "\(path): has the columns \(found), not \(expected); choose another file"
    case .noSteps(let path):
      "\(path): has no column 'step' to go on after; choose another file"
    }
  }

  public var errorDescription: String? { description }
}

extension MetricValue {
  fileprivate var csv: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): value.description
    case .text(let value): value
    case .flag(let value): value ? "true" : "false"
    case .null: ""
    }
  }

  /// The value as a number, if it is one.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
