import FledgeCourse
import FledgeTestSupport
import Foundation

@testable import FledgeLearn

/// A course of two exercises in a folder of its own, and a place for a workspace beside it.
struct SmallCourse {
  let root: URL
  var course: CourseFiles

  var workspace: Workspace { Workspace(root: root.appending(path: "Mine")) }

  static let double = exercise("9.1", "Ex9_1_Double", "Double")
  static let quadruple = exercise("9.2", "Ex9_2_Quadruple", "Quadruple", needs: ["9.1"])

  static func exercise(
    _ id: String, _ file: String, _ title: String, needs: [String] = []
  ) -> Exercise {
    Exercise(
      id, file: file, title: title, goal: "Compute it.", needs: needs, source: "none",
      hints: ["first", "second", "third"],
      mutants: [
        Mutant("adds-one", hint: "One too many.", replace: "2 * x", with: "2 * x + 1"),
        Mutant("triples", hint: "Three times.", replace: "2 * x", with: "3 * x"),
        Mutant("forgets", hint: "Nothing happened.", replace: "2 * x", with: "x"),
      ])
  }

  init(root: URL) throws {
    self.root = root
    course = Self.course(root, [Self.double, Self.quadruple])
    try write("Ex9_1_Double.swift", Self.solution("double"))
    try write("Ex9_1_DoubleChecks.swift", "import FledgeCourse\n\nlet checks9_1: [Check] = []\n")
    try write("Ex9_2_Quadruple.swift", Self.solution("quadruple"))
    try write(
      "Ex9_2_QuadrupleChecks.swift", "import FledgeCourse\n\nlet checks9_2: [Check] = []\n")
  }

  static func course(_ root: URL, _ exercises: [Exercise]) -> CourseFiles {
    CourseFiles(
      root: root,
      chapters: [
        Chapter(
          9, "Small", folder: "Chapter09_Small", text: "09-small.md", exercises: exercises)
      ])
  }

  static func solution(_ name: String, remark: String = "Twice.") -> String {
    """
    import FledgeCourse

    /// \(remark)
    func \(name)(_ x: Double) -> Double {
      // solution
      2 * x
      // end solution
    }

    """
  }

  func write(_ name: String, _ text: String) throws {
    let folder = root.appending(path: "Sources/Exercises/Chapter09_Small")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }
}

func withSmallCourse<R>(_ body: (SmallCourse) throws -> R) throws -> R {
  try withTemporaryDirectory { path in try body(SmallCourse(root: URL(filePath: path))) }
}

func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

/// Events as a run of checks writes them.
func events(
  plan: [String], passed: [String] = [], failed: [(check: String, what: String, got: String)] = [],
  unwritten: String? = nil
) -> [CheckEvent] {
  var events: [CheckEvent] = []
  func add(_ kind: CheckEvent.Kind, _ change: (inout CheckEvent) -> Void) {
    var event = CheckEvent(kind)
    change(&event)
    events.append(event)
  }
  add(.plan) { $0.checks = plan }
  for check in plan {
    let failure = failed.first { $0.check == check }
    guard passed.contains(check) || failure != nil || unwritten == check else { continue }
    add(.begin) { $0.check = check }
    if let failure {
      add(.failure) {
        $0.check = check
        $0.what = failure.what
        $0.expected = "6"
        $0.got = failure.got
        $0.context = "x = 3"
        $0.place = "Exercises/Ex9_1_DoubleChecks.swift:12"
      }
    }
    if unwritten == check {
      add(.unwritten) {
        $0.check = check
        $0.what = "double(_:)"
        $0.place = "/somewhere/Ex9_1_Double.swift:5"
      }
      return events
    }
    add(.end) {
      $0.check = check
      $0.passed = failure == nil
      $0.expectations = 3
    }
  }
  return events
}

/// The verdict on such events, of a process that ended as `run` says.
func verdict(_ events: [CheckEvent], status: Int32 = 0, crashed: Bool = false, errors: String = "")
  -> Verdict
{
  var verdict = Verdict(outcome: .failed)
  verdict.take(events)
  verdict.conclude(
    Subprocess(
      status: status, output: "", errors: errors, timedOut: false, crashed: crashed, seconds: 0.1))
  return verdict
}
