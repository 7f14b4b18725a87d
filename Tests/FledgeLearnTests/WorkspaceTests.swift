import FledgeCourse
import FledgeTestSupport
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct WorkspaceTests {
  private func paths(_ changes: [FileChange], _ kind: FileChange.Kind) -> [String] {
    changes.filter { $0.kind == kind }.map(\.path)
  }

  private let doublePath = "Exercises/Chapter09_Small/Ex9_1_Double.swift"

  @Test func `A new workspace has stubs, copies of the checks, a package and a journal`() throws {
    try withSmallCourse { small in
      let changes = try Workspace.make(at: small.workspace.root, course: small.course)
      #expect(paths(changes, .added).contains(doublePath))
      let stub = try text(small.workspace.file(doublePath))
      #expect(stub.contains("unwritten()"))
      #expect(!stub.contains("2 * x"))
      let checks = try text(small.workspace.file("Checks/Ex9_1_DoubleChecks.swift"))
      #expect(checks.hasPrefix("/* A copy to read: the runner uses the course's own. */ import "))
      let package = try text(small.workspace.file("Package.swift"))
      #expect(package.contains(#".package(name: "Fledge", path: "..")"#))
      let main = try text(small.workspace.file("main.swift"))
      #expect(main.contains(#""9.1": checks9_1"#))
      #expect(try text(small.workspace.file(".gitignore")).contains(".learn/"))
      #expect(try small.workspace.journal().current == "9.1")
    }
  }

  @Test func `Outside the checkout the package names it by its whole path`() throws {
    try withSmallCourse { small in
      try withTemporaryDirectory { path in
        let root = URL(filePath: path).appending(path: "elsewhere")
        _ = try Workspace.make(at: root, course: small.course)
        let package = try text(root.appending(path: "Package.swift"))
        #expect(package.contains("path: \"\(small.root.path)"))

        let odd = SmallCourse.course(URL(filePath: #"/a "b\c"#), [])
        let texts = WorkspaceTexts(root: root, course: odd).fixed
        let quoted = try #require(texts.first { $0.path == "Package.swift" }).text
        #expect(quoted.contains(#"path: "/a \"b\\c")"#), "\(quoted)")
      }
    }
  }

  @Test func `A file that is missing and one that is no text are told apart`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      let file = workspace.file(doublePath)
      try Data([0xFF, 0xFE, 0x41]).write(to: file)
      #expect(throws: CourseError.unreadable(file.path)) {
        try workspace.text(of: SmallCourse.double, in: small.course)
      }
      try FileManager.default.removeItem(at: file)
      #expect(throws: CourseError.noExerciseFile("9.1", file.path)) {
        try workspace.text(of: SmallCourse.double, in: small.course)
      }
    }
  }

  @Test func `What to type next names a workspace that would not be found`() throws {
    try withSmallCourse { small in
      let root = small.root.appending(path: "My course")
      _ = try Workspace.make(at: root, course: small.course)
      let guide = Guide(course: small.course, workspace: Workspace(root: root))
      func command(_ environment: [String: String] = [:], from directory: URL) -> String {
        guide.command("test", environment: environment, directory: directory.path)
      }
      let outside = URL(filePath: "/")
      let named = "swift run learn test --workspace '\(root.standardizedFileURL.path)'"
      #expect(command(from: outside) == named)
      #expect(command([Workspace.variable: ""], from: outside) == named)
      #expect(command([Workspace.variable: root.path], from: outside) == "swift run learn test")
      #expect(command(from: root) == "swift run learn test")

      let standard = Workspace.standard(in: small.root)
      _ = try Workspace.make(at: standard, course: small.course)
      let usual = Guide(course: small.course, workspace: Workspace(root: standard))
      #expect(usual.command(environment: [:], directory: "/") == "swift run learn")
      #expect(command(from: outside) == named)
    }
  }

  @Test func `Nothing is made where something is`() throws {
    try withSmallCourse { small in
      let root = small.workspace.root
      _ = try Workspace.make(at: root, course: small.course)
      #expect(throws: CourseError.occupied(root.path)) {
        try Workspace.make(at: root, course: small.course)
      }
      #expect(throws: CourseError.occupied(root.path)) {
        try Workspace.make(at: root, course: small.course, keeping: true)
      }
      let other = small.root.appending(path: "Other")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      try "mine".write(to: other.appending(path: "notes"), atomically: true, encoding: .utf8)
      #expect(throws: CourseError.occupied(other.path)) {
        try Workspace.make(at: other, course: small.course)
      }
    }
  }

  @Test func `An update replaces what nobody has touched and never the learner's work`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      let mine = "func double(_ x: Double) -> Double { x + x }\n"
      try mine.write(to: workspace.file(doublePath), atomically: true, encoding: .utf8)
      #expect(try workspace.update(from: small.course) == [])

      try small.write("Ex9_1_Double.swift", SmallCourse.solution("double", remark: "Newer."))
      try small.write("Ex9_2_Quadruple.swift", SmallCourse.solution("quadruple", remark: "Newer."))
      let changes = try workspace.update(from: small.course)
      #expect(paths(changes, .kept) == [doublePath])
      #expect(
        paths(changes, .refreshed) == ["Exercises/Chapter09_Small/Ex9_2_Quadruple.swift"])
      #expect(try text(workspace.file(doublePath)) == mine)
      let other = workspace.file("Exercises/Chapter09_Small/Ex9_2_Quadruple.swift")
      #expect(try text(other).contains("Newer."))
    }
  }

  @Test func `An update brings new exercises and leaves those that are gone`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      let one = SmallCourse.course(small.root, [SmallCourse.double])
      _ = try Workspace.make(at: workspace.root, course: one)
      let changes = try workspace.update(from: small.course)
      #expect(
        paths(changes, .added) == [
          "Exercises/Chapter09_Small/Ex9_2_Quadruple.swift", "Checks/Ex9_2_QuadrupleChecks.swift",
        ])
      #expect(paths(changes, .refreshed) == ["main.swift"])
      let back = try workspace.update(from: one)
      #expect(
        paths(back, .orphaned) == [
          "Checks/Ex9_2_QuadrupleChecks.swift", "Exercises/Chapter09_Small/Ex9_2_Quadruple.swift",
        ])
      let left = workspace.file("Exercises/Chapter09_Small/Ex9_2_Quadruple.swift")
      #expect(FileManager.default.fileExists(atPath: left.path))
    }
  }

  @Test func `Edited copies of checks are set aside and made anew`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      let copy = workspace.file("Checks/Ex9_1_DoubleChecks.swift")
      try "edited".write(to: copy, atomically: true, encoding: .utf8)
      let changes = try workspace.update(from: small.course)
      #expect(paths(changes, .replaced) == ["Checks/Ex9_1_DoubleChecks.swift"])
      #expect(try text(copy).contains("checks9_1"))
      #expect(try text(copy.appendingPathExtension("bak")) == "edited")
    }
  }

  @Test func `A reset keeps what was there, each time under a name of its own`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      let file = workspace.file(doublePath)
      let stub = try text(file)
      #expect(try workspace.reset(SmallCourse.double, in: small.course) == nil)
      for (content, end) in [("one", "bak"), ("two", "bak2"), ("three", "bak3")] {
        try content.write(to: file, atomically: true, encoding: .utf8)
        try workspace.note { $0["9.1"].passed = TextHash(content) }
        let copy = try workspace.reset(SmallCourse.double, in: small.course)
        #expect(copy?.pathExtension == end)
        #expect(try copy.map(text) == content)
        #expect(try text(file) == stub)
        #expect(try !workspace.journal().hasPassed("9.1"))
      }
    }
  }

  @Test func `A workspace without its journal gets a new one and keeps its exercises`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      try "mine".write(to: workspace.file(doublePath), atomically: true, encoding: .utf8)
      try FileManager.default.removeItem(at: workspace.journalFile)
      _ = try Workspace.make(at: workspace.root, course: small.course, keeping: true)
      #expect(try text(workspace.file(doublePath)) == "mine")
      #expect(try workspace.journal().current == "9.1")
    }
  }

  @Test func `A workspace is found by name, by the environment, upwards, or in the checkout`()
    throws
  {
    try withSmallCourse { small in
      let named = small.workspace
      _ = try Workspace.make(at: named.root, course: small.course)
      let standard = Workspace(root: Workspace.standard(in: small.root))
      func find(_ path: String?, _ variable: String?, _ directory: URL) throws -> String {
        let environment = variable.map { [Workspace.variable: $0] } ?? [:]
        let found = try Workspace.find(
          named: path, environment: environment, directory: directory, checkout: small.root)
        return found.root.standardizedFileURL.path
      }
      let inside = named.root.appending(path: "Exercises/Chapter09_Small")
      #expect(try find("Mine", nil, small.root) == named.root.path)
      #expect(try find(nil, named.root.path, URL(filePath: "/")) == named.root.path)
      #expect(try find(nil, "", inside) == named.root.path)
      #expect(try find(nil, nil, inside) == named.root.path)
      #expect(throws: CourseError.noWorkspace(standard.root.path)) {
        try find(nil, nil, small.root)
      }
      #expect(throws: CourseError.self) { try find("Nowhere", nil, inside) }
      _ = try Workspace.make(at: standard.root, course: small.course)
      #expect(try find(nil, nil, small.root) == standard.root.standardizedFileURL.path)
      #expect(try find(named.root.path, standard.root.path, standard.root) == named.root.path)
    }
  }
}
