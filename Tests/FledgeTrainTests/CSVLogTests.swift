import FledgeData
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

@Suite struct CSVLogTests {
  private let columns = ["event", "step", "loss", "note"]

  private func content(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  private func write(_ log: CSVLog, steps: ClosedRange<Int>) throws {
    for step in steps {
      try log.record(
        "step", step: step, [("step", .integer(step)), ("loss", .number(1 / Double(step)))])
    }
  }

  @Test("A row for each event, empty where it has no value, quoted where it must be")
  func rows() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log.csv"
      let log = try CSVLog(file: path, columns: columns)
      try write(log, steps: 1...2)
      try log.record("end", step: 2, [("note", .text("a, \"b\"")), ("loss", .number(.nan))])
      #expect(
        try content(path) == """
          event,step,loss,note
          step,1,1.0,
          step,2,0.5,
          end,,nan,"a, ""b\"""

          """)
      #expect(try CSVTable(contentsOf: URL(fileURLWithPath: path)).rows[2][3] == "a, \"b\"")
    }
  }

  @Test("A resumed log drops the rows of later steps, and goes on")
  func appending() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log.csv"
      try write(try CSVLog(file: path, columns: columns), steps: 1...4)
      let resumed = try CSVLog(file: path, columns: columns, mode: .appending(afterStep: 2))
      try write(resumed, steps: 3...3)
      let steps = try CSVTable(contentsOf: URL(fileURLWithPath: path)).integers("step")
      #expect(steps == [1, 2, 3])
      // Without a file it begins one.
      _ = try CSVLog(
        file: "\(directory)/new.csv", columns: columns, mode: .appending(afterStep: 2))
      #expect(try content("\(directory)/new.csv") == "event,step,loss,note\n")
    }
  }

  @Test("A file of other columns, without steps, or that is no table is left as it was")
  func otherFiles() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log.csv"
      func expectRefusal(_ text: String, _ columns: [String], _ error: any Error & Equatable) throws
      {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect {
          try CSVLog(file: path, columns: columns, mode: .appending(afterStep: 1))
        } throws: {
          "\($0)" == "\(error)"
        }
        #expect(try content(path) == text)
      }
      try expectRefusal(
        "a,b\n1,2\n", columns,
        CSVLogError.otherColumns(path: path, found: ["a", "b"], expected: columns))
      try expectRefusal("loss\n1\n", ["loss"], CSVLogError.noSteps(path: path))
      try expectRefusal(
        "step\n1\"\n", ["step"], CSVError.quoteInPlainField(path: path, line: 2))
    }
  }

  @Test("A log that ends anywhere is continued: what was complete stays, the rest goes")
  func tornFiles() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log.csv"
      let log = try CSVLog(file: path, columns: columns)
      var ends = [try content(path).utf8.count]
      for (step, note) in ["plain", "a, \"b\"", "two\nlines \"", "é\r\n", ""].enumerated() {
        try log.record("step", step: step, [("step", .integer(step)), ("note", .text(note))])
        ends.append(try content(path).utf8.count)
      }
      // Without a step: kept where the rows around it are.
      try log.record("end", step: 5, [("note", .text("done"))])
      ends.append(try content(path).utf8.count)
      let bytes = Array(try content(path).utf8)
      for count in 0...bytes.count {
        try Data(bytes[..<count]).write(to: URL(fileURLWithPath: path))
        _ = try CSVLog(file: path, columns: columns, mode: .appending(afterStep: 9))
        let complete = ends.last { $0 <= count } ?? ends[0]
        #expect(Array(try content(path).utf8) == Array(bytes[..<complete]), "cut at \(count)")
      }
    }
  }

  @Test("A row of one empty field is a row")
  func emptyRows() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log.csv"
      let log = try CSVLog(file: path, columns: ["note"])
      try log.record("step", step: 1, [])
      try log.record("step", step: 2, [("note", .text("\u{FEFF}\"\u{301}"))])
      let rows = try CSVTable(contentsOf: URL(fileURLWithPath: path)).rows
      #expect(rows == [[""], ["\u{FEFF}\"\u{301}"]])
    }
  }

  @Test("A value without a column is a mistake of the program")
  func noColumn() async {
    await #expect(processExitsWith: .failure) {
      try withTemporaryDirectory { directory in
        let log = try CSVLog(file: "\(directory)/log.csv", columns: ["step"])
        try log.record("step", step: 1, [("loss", .number(1))])
      }
    }
  }
}
