import FledgeCore
import Foundation

/// A table from a CSV file (RFC 4180): a header, then rows of as many fields.
///
///     let table = try CSVTable(contentsOf: url)
///     let texts = try table.strings("review")
///     let labels = try table.integers("label")
///
/// Fields may be quoted; a quoted field may hold the delimiter, line breaks and quotes, which are
/// doubled. Lines end with LF or CRLF. Empty lines are skipped. The reader neither guesses nor
/// repairs: whatever breaks these rules is an error that names the line.
public struct CSVTable: Sendable, Equatable {
  /// The names in the header.
  public let columns: [String]
  /// The fields of each row, as many as there are columns.
  public let rows: [[String]]
  /// Where each row begins in the file, counted from 1.
  let lines: [Int]
  /// The file, for messages.
  let path: String

  /// Reads a UTF-8 file; a byte order mark at its start is skipped.
  public init(contentsOf url: URL, delimiter: Unicode.Scalar = ",") throws(CSVError) {
    try self.init(Self.contents(of: url), delimiter: delimiter, path: url.path)
  }

  /// Reads a table that a program has written row by row. What follows the last complete row was
  /// left by a program that was killed; it is ignored.
  package init(writtenRowByRow url: URL) throws(CSVError) {
    let bytes = try Self.contents(of: url)
    var end = bytes.startIndex
    let opening = [",", "\n", "\""].map(UInt8.init(ascii:))
    var isQuoted = false
    var previous = UInt8(ascii: "\n")
    for (index, byte) in zip(bytes.indices, bytes) {
      if byte == UInt8(ascii: "\"") {
        // A quote opens a field at its start, and again after one that closed it: it was doubled.
        isQuoted = !isQuoted && opening.contains(previous)
      }
      if byte == UInt8(ascii: "\n") && !isQuoted { end = index + 1 }
      previous = byte
    }
    try self.init(bytes[..<end], delimiter: ",", path: url.path)
  }

  private static func contents(of url: URL) throws(CSVError) -> Data {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
      throw .missingFile(path: url.path)
    }
    if isDirectory.boolValue { throw .notAFile(path: url.path) }
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw .unreadable(path: url.path)
    }
    return data
  }

  private init(_ data: Data, delimiter: Unicode.Scalar, path: String) throws(CSVError) {
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .notUTF8(path: path)
    }
    try self.init(parsing: text, delimiter: delimiter, path: path)
  }

  /// Reads a table that is already in memory; messages call it `path`.
  public init(
    parsing text: String, delimiter: Unicode.Scalar = ",", path: String = "text"
  ) throws(CSVError) {
    var parser = CSVParser(text, delimiter: delimiter, path: path)
    guard let header = try parser.next() else { throw .empty(path: path) }
    var names: Set<String> = []
    for name in header.fields where !names.insert(name).inserted {
      throw .duplicateColumn(path: path, name: name)
    }
    var rows: [[String]] = []
    var lines: [Int] = []
    while let record = try parser.next() {
      guard record.fields.count == header.fields.count else {
        throw .wrongFieldCount(
          path: path, line: record.line, expected: header.fields.count,
          found: record.fields.count)
      }
      rows.append(record.fields)
      lines.append(record.line)
    }
    (columns, self.rows, self.lines, self.path) = (header.fields, rows, lines, path)
  }

  /// A field as written in a CSV file, quoted if necessary; quoted fields between delimiters and
  /// line ends are read back as they were. An empty one is quoted, for a line of nothing is skipped,
  /// and so is one with a byte order mark, which would be skipped at the start of a file.
  public static func quoted(_ field: String) -> String { quoted(field, delimiter: ",") }

  /// A field as written in a file with this delimiter.
  public static func quoted(_ field: String, delimiter: Unicode.Scalar) -> String {
    let needsQuotes = field.unicodeScalars.contains {
      $0 == delimiter || $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "\u{FEFF}"
    }
    guard needsQuotes || field.isEmpty else { return field }
    // Scalars: a quote and an accent after it are one character.
    var result = "\"".unicodeScalars
    for scalar in field.unicodeScalars {
      if scalar == "\"" { result.append(scalar) }
      result.append(scalar)
    }
    result.append("\"")
    return String(result)
  }
}

// MARK: - Typed columns

extension CSVTable {
  /// A column as strings.
  public func strings(_ column: String) throws(CSVError) -> [String] {
    guard let index = columns.firstIndex(of: column) else {
      throw .missingColumn(path: path, name: column, found: columns)
    }
    return rows.map { $0[index] }
  }

  /// A column of numbers in decimal; blanks around them are allowed.
  public func doubles(_ column: String) throws(CSVError) -> [Double] {
    try converted(column, "a number") { Double($0) }
  }

  /// A column of numbers in decimal; nil where a field is empty.
  package func optionalDoubles(_ column: String) throws(CSVError) -> [Double?] {
    try converted(column, "a number") { text in
      text.isEmpty ? .some(nil) : Double(text).map(Optional.some)
    }
  }

  /// A column of whole numbers.
  public func integers(_ column: String) throws(CSVError) -> [Int] {
    try converted(column, "a whole number") { Int($0) }
  }

  /// A column of names as class numbers: the sorted names, and for each row the index of its name.
  public func categories(
    _ column: String
  ) throws(CSVError) -> (names: [String], indices: [Int]) {
    let values = try strings(column)
    let names = Set(values).sorted()
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return (names, values.map { places[$0]! })
  }

  private func converted<Value>(
    _ column: String, _ kind: String, _ convert: (String) -> Value?
  ) throws(CSVError) -> [Value] {
    var result: [Value] = []
    for (row, text) in try strings(column).enumerated() {
      guard let value = convert(text.trimmingCharacters(in: .whitespaces)) else {
        throw .malformedValue(
          path: path, line: lines[row], column: column, text: text, expected: kind)
      }
      result.append(value)
    }
    return result
  }
}
