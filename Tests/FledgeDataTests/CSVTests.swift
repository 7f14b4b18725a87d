import FledgeCore
import FledgeData
import Foundation
import Testing

@Suite struct CSVTests {
  @Test("quotes, doubled quotes, delimiters and line breaks in fields; both line ends; empty lines")
  func parsing() throws {
    let table = try CSVTable(
      parsing: "name,text\r\na,\"one, \"\"two\"\"\r\nthree\"\n\nb,\n\"\",é\"\n".dropLast(2) + "\n")
    #expect(table.columns == ["name", "text"])
    #expect(table.rows == [["a", "one, \"two\"\r\nthree"], ["b", ""], ["", "é"]])
    #expect(try CSVTable(parsing: "a;b\n1,5;2", delimiter: ";").rows == [["1,5", "2"]])
    #expect(try CSVTable(parsing: "a\n").rows.isEmpty)
  }

  @Test("a table that is written is read back")
  func roundTrip() throws {
    let rows = [["a,b", "say \"x\""], ["line\nbreak", "plain"], ["\r", " "]]
    let text = (rows.map { $0.map(CSVTable.quoted).joined(separator: ",") }).joined(separator: "\n")
    #expect(try CSVTable(parsing: "x,y\n" + text).rows == rows)
  }

  @Test("fields of any characters are read back, from a file too", arguments: [",", ";"])
  func anyFields(delimiter: Unicode.Scalar) throws {
    let directory = try TemporaryDirectory()
    let generator = Generator(seed: 3)
    let parts = ["", ",", ";", "\"", "\n", "\r", " ", "a", "é", "\u{301}", "\u{FEFF}", "\r\n"]
    func field() -> String {
      (0..<generator.integer(below: 4)).map { _ in parts[generator.integer(below: parts.count)] }
        .joined()
    }
    for columns in [1, 2, 3] {
      for _ in 0..<40 {
        let header = (0..<columns).map { field() + "\($0)" }
        let rows = (0..<3).map { _ in (0..<columns).map { _ in field() } }
        let text = ([header] + rows).map { row in
          row.map { CSVTable.quoted($0, delimiter: delimiter) }
            .joined(separator: String(delimiter))
        }.joined(separator: "\n")
        let file = try directory.write(Array(text.utf8), to: "table.csv")
        let table = try CSVTable(contentsOf: file, delimiter: delimiter)
        #expect(table.columns == header && table.rows == rows, "\(text.debugDescription)")
      }
    }
  }

  @Test("changed bytes are read or refused")
  func mutations() throws {
    let directory = try TemporaryDirectory()
    let generator = Generator(seed: 4)
    let bytes = Array("x,note\n1,\"a \"\"b\"\"\"\n2,\"c\nd\"\n".utf8)
    let values = Array(",\"\n\r x1".utf8) + [0, 0x80, 0xC3, 0xEF]
    for _ in 0..<300 {
      var changed = bytes
      for _ in 0...generator.integer(below: 3) {
        changed[generator.integer(below: bytes.count)] =
          values[generator.integer(below: values.count)]
      }
      let file = try directory.write(changed, to: "table.csv")
      guard let table = try? CSVTable(contentsOf: file) else { continue }
      #expect(table.rows.allSatisfy { $0.count == table.columns.count })
      for column in table.columns { _ = try? (table.doubles(column), table.integers(column)) }
    }
  }

  @Test("columns by type")
  func columns() throws {
    let table = try CSVTable(parsing: "x,n,kind\n 1.5,3,b\n-2e3,-4,a\ninf,0,b\n")
    #expect(try table.doubles("x") == [1.5, -2000, .infinity])
    #expect(try table.integers("n") == [3, -4, 0])
    #expect(try table.strings("kind") == ["b", "a", "b"])
    let categories = try table.categories("kind")
    #expect(categories.names == ["a", "b"] && categories.indices == [1, 0, 1])
  }

  @Test("a value of another type is named with line and column; lines within quotes count")
  func malformedValue() throws {
    let table = try CSVTable(parsing: "a,b\n\"x\ny\",1\nz,1.5\n", path: "f")
    #expect(
      throws: CSVError.malformedValue(
        path: "f", line: 4, column: "b", text: "1.5", expected: "a whole number")
    ) { try table.integers("b") }
    #expect(
      throws: CSVError.missingColumn(path: "f", name: "c", found: ["a", "b"])
    ) { try table.doubles("c") }
  }

  @Test(
    "each way to be malformed, by name and line",
    arguments: [
      ("", CSVError.empty(path: "f")),
      ("\n\n", .empty(path: "f")),
      ("a,b,a\n", .duplicateColumn(path: "f", name: "a")),
      ("a,b\n1,2\n1\n", .wrongFieldCount(path: "f", line: 3, expected: 2, found: 1)),
      ("a,b\n1,2,3\n", .wrongFieldCount(path: "f", line: 2, expected: 2, found: 3)),
      ("a\n\"x\ny", .unterminatedQuote(path: "f", line: 2)),
      ("a\n\"x\"y\n", .textAfterQuote(path: "f", line: 2)),
      ("a\nx\"y\n", .quoteInPlainField(path: "f", line: 2)),
      ("a\rb", .bareCarriageReturn(path: "f", line: 1)),
    ])
  func malformed(text: String, error: CSVError) {
    #expect(throws: error) { try CSVTable(parsing: text, path: "f") }
  }

  @Test("files: missing, a directory, not UTF-8, with a byte order mark")
  func files() throws {
    let directory = try TemporaryDirectory()
    let none = directory.url.appendingPathComponent("none.csv")
    #expect(throws: CSVError.missingFile(path: none.path)) { try CSVTable(contentsOf: none) }
    #expect(throws: CSVError.notAFile(path: directory.url.path)) {
      try CSVTable(contentsOf: directory.url)
    }
    let binary = try directory.write([0x61, 0xFF, 0x0A], to: "binary")
    #expect(throws: CSVError.notUTF8(path: binary.path)) { try CSVTable(contentsOf: binary) }
    let marked = try directory.write([0xEF, 0xBB, 0xBF, 0x61, 0x0A, 0x31], to: "marked")
    #expect(try CSVTable(contentsOf: marked).integers("a") == [1])
  }
}
