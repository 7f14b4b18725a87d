/// The records of a CSV text one after the other.
struct CSVParser {
  private let scalars: String.UnicodeScalarView
  private var index: String.UnicodeScalarView.Index
  private let delimiter: Unicode.Scalar
  private let path: String
  private var line = 1

  init(_ text: String, delimiter: Unicode.Scalar, path: String) {
    // Scalars: Swift takes CR LF for one character, and a quote with an accent after it for another.
    scalars = text.unicodeScalars
    index = scalars.startIndex
    self.delimiter = delimiter
    self.path = path
  }

  private var current: Unicode.Scalar? { index < scalars.endIndex ? scalars[index] : nil }

  private mutating func advance() { index = scalars.index(after: index) }

  /// The next record that is not an empty line, with the line it begins at; nil after the last.
  mutating func next() throws(CSVError) -> (fields: [String], line: Int)? {
    while let scalar = current, scalar == "\n" || scalar == "\r" { try endLine() }
    guard current != nil else { return nil }
    let first = line
    var fields: [String] = []
    while true {
      fields.append(current == "\"" ? try quotedField() : try plainField())
      guard current == delimiter else { break }
      advance()
    }
    if current != nil { try endLine() }
    return (fields, first)
  }

  /// Skips LF or CRLF.
  private mutating func endLine() throws(CSVError) {
    if current == "\r" {
      advance()
      guard current == "\n" else { throw .bareCarriageReturn(path: path, line: line) }
    }
    advance()
    line += 1
  }

  private mutating func plainField() throws(CSVError) -> String {
    let start = index
    while let scalar = current, scalar != delimiter, scalar != "\n", scalar != "\r" {
      if scalar == "\"" { throw .quoteInPlainField(path: path, line: line) }
      advance()
    }
    return String(scalars[start..<index])
  }

  private mutating func quotedField() throws(CSVError) -> String {
    let first = line
    advance()
    var field = String.UnicodeScalarView()
    while let scalar = current {
      advance()
      if scalar == "\"" {
        guard current == "\"" else {
          if let after = current, after != delimiter, after != "\n", after != "\r" {
            throw .textAfterQuote(path: path, line: line)
          }
          return String(field)
        }
        advance()
      }
      if scalar == "\n" { line += 1 }
      field.append(scalar)
    }
    throw .unterminatedQuote(path: path, line: first)
  }
}
