import Foundation
import Testing

@testable import FledgeLearn

@Suite struct JournalTests {
  private func made(_ small: SmallCourse) throws -> Workspace {
    _ = try Workspace.make(at: small.workspace.root, course: small.course)
    return small.workspace
  }

  @Test func `What is noted is read again`() throws {
    try withSmallCourse { small in
      let workspace = try made(small)
      try workspace.note { journal in
        journal.current = "9.2"
        journal["9.1"].passed = TextHash("text")
        journal["9.2"].hints = 2
        journal["9.2"].solutionRequests = 1
      }
      let journal = try workspace.journal()
      #expect(journal.current == "9.2")
      #expect(journal.hasPassed("9.1"))
      #expect(!journal.hasPassed("9.2"))
      #expect(journal["9.2"].hints == 2)
      #expect(journal["9.2"].solutionRequests == 1)
      #expect(journal["9.7"] == Journal.Entry())
    }
  }

  @Test func `A note that changes nothing writes nothing`() throws {
    try withSmallCourse { small in
      let workspace = try made(small)
      let before = FileStamp(workspace.journalFile)
      try workspace.note { $0.current = "9.1" }
      #expect(FileStamp(workspace.journalFile) == before)
      try workspace.note { $0.current = "9.2" }
      #expect(FileStamp(workspace.journalFile) != before)
    }
  }

  @Test(arguments: [
    ("", "no JSON"), ("{\"version\": 1,", "no JSON"), ("{\"current\": \"9.1\"}", "version"),
    ("{\"version\": 1, \"written\": {}, \"exercises\": {}}", "'current' is missing"),
    ("{\"version\": 2, \"current\": \"9.1\"}", "version is 2"),
    (
      "{\"version\": 1, \"current\": \"9.1\", \"exercises\": {\"9.1\": {\"hints\": \"two\"}}}",
      "exercises.9.1.hints"
    ),
  ])
  func `A broken journal is an error that says why, and stays as it is`(
    content: String, reason: String
  ) throws {
    try withSmallCourse { small in
      let workspace = try made(small)
      try content.write(to: workspace.journalFile, atomically: true, encoding: .utf8)
      let error = try #require(throws: CourseError.self) { try workspace.journal() }
      #expect("\(error)".contains(reason), "\(error)")
      #expect("\(error)".contains(workspace.journalFile.path))
      #expect(throws: CourseError.self) { try workspace.note { $0.current = "9.2" } }
      #expect(throws: CourseError.self) { try workspace.update(from: small.course) }
      #expect(throws: CourseError.self) {
        try workspace.reset(SmallCourse.double, in: small.course)
      }
      #expect(try text(workspace.journalFile) == content)
    }
  }

  @Test func `A reset with a broken journal changes nothing`() throws {
    try withSmallCourse { small in
      let workspace = try made(small)
      let file = workspace.file(of: SmallCourse.double, in: small.course)
      try "mine".write(to: file, atomically: true, encoding: .utf8)
      try "{".write(to: workspace.journalFile, atomically: true, encoding: .utf8)
      #expect(throws: CourseError.self) {
        try workspace.reset(SmallCourse.double, in: small.course)
      }
      #expect(try text(file) == "mine")
      let copy = file.appendingPathExtension("bak")
      #expect(!FileManager.default.fileExists(atPath: copy.path))
    }
  }

  @Test func `Of notes at one time none is lost`() throws {
    try withSmallCourse { small in
      let workspace = try made(small)
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        for _ in 0..<10 { _ = try? workspace.note { $0["9.1"].hints += 1 } }
      }
      #expect(try workspace.journal()["9.1"].hints == 80)
    }
  }

  @Test func `Where no workspace is none is begun by a note or an update`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      let error = CourseError.noWorkspace(workspace.root.path)
      #expect(throws: error) { try workspace.note { $0.current = "9.2" } }
      #expect(throws: error) { try workspace.update(from: small.course) }
      #expect(!FileManager.default.fileExists(atPath: workspace.root.path))
    }
  }

  @Test func `The next exercise is the next one that has not passed, then one that was skipped`()
    throws
  {
    try withSmallCourse { small in
      var journal = Journal(current: "9.1")
      #expect(journal.next(after: "9.1", in: small.course)?.id == "9.2")
      #expect(journal.next(after: "9.2", in: small.course)?.id == "9.1")
      journal["9.1"].passed = TextHash("a")
      #expect(journal.next(after: "9.2", in: small.course)?.id == "9.2")
      journal["9.2"].passed = TextHash("b")
      #expect(journal.next(after: "9.1", in: small.course) == nil)
    }
  }

  @Test func `A hash tells texts apart`() {
    #expect(TextHash("").digits == "cbf29ce484222325")
    #expect(TextHash("a").digits == "af63dc4c8601ec8c")
    #expect(TextHash("ab") != TextHash("ba"))
  }
}
