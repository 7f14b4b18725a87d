import Foundation

/// What can be wrong with a CSV file. Lines count from 1, the header being the first.
public enum CSVError: Error, Equatable, Sendable {
  /// There is no such file.
  case missingFile(path: String)
  /// A directory where a file should be.
  case notAFile(path: String)
  /// The system refuses to read the file.
  case unreadable(path: String)
  /// Bytes that are not UTF-8 text.
  case notUTF8(path: String)
  /// Not even a header.
  case empty(path: String)
  /// Two columns with the same name in the header.
  case duplicateColumn(path: String, name: String)
  /// A row with more or fewer fields than the header.
  case wrongFieldCount(path: String, line: Int, expected: Int, found: Int)
  /// A quoted field that the file ends within; `line` is where it begins.
  case unterminatedQuote(path: String, line: Int)
  /// Something between a closing quote and the end of the field.
  case textAfterQuote(path: String, line: Int)
  /// A quote within a field that does not begin with one.
  case quoteInPlainField(path: String, line: Int)
  /// CR without LF: the line ends of old Macintoshes.
  case bareCarriageReturn(path: String, line: Int)
  /// A column was asked for that the header does not have.
  case missingColumn(path: String, name: String, found: [String])
  /// A field that is not of the type asked for.
  case malformedValue(path: String, line: Int, column: String, text: String, expected: String)
}

extension CSVError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .missingFile(let path):
      "\(path): no such file; check the path."
    case .notAFile(let path):
      "\(path): a directory, where a file is needed."
    case .unreadable(let path):
      "\(path): cannot be read; check its permissions."
    case .notUTF8(let path):
      "\(path): not UTF-8 text; convert it to UTF-8."
    case .empty(let path):
      "\(path): empty; a CSV file begins with a line of column names."
    case .duplicateColumn(let path, let name):
      "\(path): two columns are named '\(name)'; rename one."
    case .wrongFieldCount(let path, let line, let expected, let found):
      "\(path): line \(line) has \(found) fields and the header has \(expected); quote fields that "
        + "hold the delimiter."
    case .unterminatedQuote(let path, let line):
      "\(path): the quoted field that begins in line \(line) does not end."
    case .textAfterQuote(let path, let line):
      "\(path): line \(line) goes on after a closing quote; double the quotes within a field."
    case .quoteInPlainField(let path, let line):
      "\(path): line \(line) has a quote within a field that is not quoted; quote the field and "
        + "double the quote."
    case .bareCarriageReturn(let path, let line):
      "\(path): line \(line) ends with CR alone; convert the line ends to LF or CRLF."
    case .missingColumn(let path, let name, let found):
      "\(path): has no column '\(name)'; its columns are \(found.joined(separator: ", "))."
    case .malformedValue(let path, let line, let column, let text, let expected):
      "\(path): line \(line), column '\(column)': \(text.debugDescription) is not \(expected)."
    }
  }

  public var errorDescription: String? { description }
}
