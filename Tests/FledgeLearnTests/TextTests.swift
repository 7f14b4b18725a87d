import FledgeCourse
import FledgePlots
import Foundation
import Testing

@testable import FledgeLearn

@Suite struct TextTests {
  private let plan = ["one is doubled", "three is doubled", "nothing stays nothing"]

  private func trial(_ verdict: Verdict, guess: Guess? = nil) -> Trial {
    Trial(
      exercise: SmallCourse.double, verdict: verdict,
      authorship: [
        Authorship(exercise: "9.1", author: .learner),
        Authorship(exercise: "8.2", author: .learner),
        Authorship(exercise: "8.3", author: .reference, hasChanged: true),
      ], guess: guess)
  }

  private func lines(_ trial: Trial, ink: Ink = .plain, showsChecks: Bool = true) -> [String] {
    let names = FileNames(workspace: URL(filePath: "/w"), directory: URL(filePath: "/w"))
    return VerdictText(trial, ink: ink, names: names).lines(showsChecks: showsChecks)
  }

  private var failure: Trial {
    trial(
      verdict(
        events(
          plan: plan, passed: [plan[0], plan[2]], failed: [(plan[1], "twice 3", "7")]), status: 1),
      guess: Guess(mutant: "adds-one", hint: "One too many.", isSure: true))
  }

  @Test
  func `A failing verdict says what was tried, expected and got, where, and what it looks like`() {
    let text = lines(failure).joined(separator: "\n")
    #expect(
      text.hasPrefix(
        """
        ✗ 9.1 Double: 2 of 3 checks pass

          ✓ one is doubled
          ✗ three is doubled
          ✓ nothing stays nothing

          three is doubled
            twice 3
            tried     x = 3
            expected  6
            got       7
            Ex9_1_DoubleChecks.swift:12

          This looks like: One too many.

        Tested: your 9.1, 8.2 · the reference's 8.3 (yours changed since it passed)
        """))
  }

  @Test func `In a small window the list of checks goes, and what went wrong stays`() {
    let text = lines(failure, showsChecks: false).joined(separator: "\n")
    #expect(!text.contains("nothing stays nothing"))
    #expect(text.contains("expected  6"))
  }

  @Test func `However small the window, the newest failure and the keys stay in sight`() {
    let names = FileNames(workspace: URL(filePath: "/w"), directory: URL(filePath: "/w"))
    var long = failure
    long.verdict.output = Array(repeating: "x", count: 30).joined(separator: "\n")
    let verdict = VerdictText(long, ink: .plain, names: names)
    let rest = ["", "the bar", "the keys"]
    #expect(verdict.lines(above: rest, rows: 100).contains("  ✓ one is doubled"))
    let shown = verdict.lines(above: rest, rows: 16)
    #expect(shown.count < 16)
    #expect(shown.contains("    expected  6") && shown.contains("    got       7"))
    #expect(shown.suffix(3) == rest[...])
  }

  @Test func `A loop and a memory that is full are told with the place`() {
    var loop = Verdict(outcome: .timedOut)
    loop.planned = plan
    loop.interrupted = plan[1]
    loop.runSeconds = 31.2
    loop.standing = Crash(file: "/w/Exercises/Ex9_1_Double.swift", line: 5)
    let text = lines(trial(loop)).joined(separator: "\n")
    #expect(text.contains("9.1 Double did not end in 31 s: 0 of 3 checks pass"))
    #expect(text.contains("    It stood here:\n    Exercises/Ex9_1_Double.swift:5"))
    loop.outcome = .outOfMemory
    #expect(lines(trial(loop))[0].contains("used more than 4000 MB of memory"))
  }

  @Test func `A crash without a word is told as far as it is known`() {
    func text(_ crash: Crash) -> String {
      var stopped = Verdict(outcome: .crashed)
      stopped.planned = plan
      stopped.interrupted = plan[1]
      stopped.crash = crash
      return lines(trial(stopped)).joined(separator: " ").split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
    }
    var full = Crash(signal: "Bad pointer dereference")
    #expect(text(full).contains("Bad pointer dereference: a number too large for its type, or mem"))
    #expect(!text(full).contains("recursion"))
    full.overflowedStack = true
    full.file = "/w/Exercises/Ex9_1_Double.swift"
    full.line = 5
    #expect(text(full).contains("without an end, or too often: the stack is full"))
    #expect(text(full).contains("Exercises/Ex9_1_Double.swift:5"))
    #expect(!text(full).contains("pointer"))
    #expect(text(Crash()).contains("a recursion too deep"))
  }

  @Test func `Plain text has no escape sequences, and colours change nothing else`() {
    let plain = lines(failure).joined(separator: "\n")
    let colored = lines(failure, ink: Ink(isColored: true)).joined(separator: "\n")
    #expect(!plain.contains("\u{1B}"))
    #expect(colored.contains("\u{1B}[31m"))
    #expect(colored.replacing(#/\u{1B}\[\d*m/#, with: "") == plain)
  }

  @Test func `What cannot be compiled is told with file, line and message`() {
    var uncompiled = Verdict(outcome: .uncompiled)
    uncompiled.messages = """
      /c/Sources/Exercises/Ex9_1_DoubleChecks.swift:9:5: error: cannot find 'double' in scope
      /w/Exercises/Chapter09_Small/Ex9_1_Double.swift:5:3: error: expected expression
      /w/Exercises/Chapter09_Small/Ex9_1_Double.swift:5:3: note: add missing case: '.add'
      """
    let text = lines(trial(uncompiled)).joined(separator: "\n")
    #expect(text.contains("9.1 Double does not compile yet"))
    #expect(
      text.contains("  Exercises/Chapter09_Small/Ex9_1_Double.swift:5:3\n    expected expression"))
    #expect(text.contains("    note: add missing case: '.add'"))
    #expect(!text.contains("DoubleChecks"))
  }

  @Test func `No line is wider than the terminal`() {
    var long = failure
    long.verdict.failures[0].what = Array(repeating: "word", count: 60).joined(separator: " ")
    long.verdict.failures[0].expected = Array(repeating: "1.5,", count: 60).joined(separator: " ")
    for line in lines(long).joined(separator: "\n").split(separator: "\n") {
      #expect(String(line).columns <= 80)
    }
  }

  @Test func `JSON of a verdict has what a script needs`() throws {
    let data = Data(try json(TrialReport(failure)).utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["exercise"] as? String == "9.1")
    #expect(object["passed"] as? Bool == false)
    #expect(object["outcome"] as? String == "failed")
    let checks = try #require(object["checks"] as? [[String: Any]])
    #expect(checks.map { $0["state"] as? String } == ["passed", "failed", "passed"])
    let first = try #require((object["failures"] as? [[String: Any]])?.first)
    #expect(first["got"] as? String == "7")
    #expect(first["tried"] as? String == "x = 3")
    #expect((object["guess"] as? [String: Any])?["mutant"] as? String == "adds-one")
    let tested = try #require(object["tested"] as? [[String: Any]])
    #expect(tested.map { $0["author"] as? String } == ["learner", "learner", "reference"])
  }

  @Test func `The overview tells passed, changed and open exercises apart`() throws {
    try withSmallCourse { small in
      let workspace = small.workspace
      _ = try Workspace.make(at: workspace.root, course: small.course)
      let stub = try workspace.text(of: SmallCourse.double, in: small.course)
      try workspace.note { journal in
        journal["9.1"].passed = TextHash(stub)
        journal["9.2"].passed = TextHash("something else")
        journal.current = "9.2"
      }
      let overview = try Overview(workspace, small.course)
      #expect(overview.passed == 2)
      #expect(overview.chapters[0].exercises.map(\.state) == [.passed, .changed])
      let list = overview.list(.plain)
      #expect(list.contains("  ✓ 9.1   Double"))
      #expect(list.contains("▸ ✓ 9.2   Quadruple  changed since it passed"))
    }
  }

  @Test func `Hints come one by one, and the solution to those who pass or ask twice`() throws {
    try withSmallCourse { small in
      _ = try Workspace.make(at: small.workspace.root, course: small.course)
      let guide = Guide(course: small.course, workspace: small.workspace)
      let exercise = SmallCourse.double
      #expect(try guide.nextHint(for: exercise) == ["first"])
      #expect(try guide.nextHint(for: exercise) == ["first", "second"])
      #expect(try guide.nextHint(for: exercise).count == 3)
      #expect(try guide.nextHint(for: exercise).count == 3)
      #expect(try guide.solution(of: exercise) == nil)
      #expect(try guide.solution(of: exercise)?.contains("2 * x") == true)
      try guide.workspace.note { $0["9.2"].passed = TextHash("x") }
      #expect(try guide.solution(of: SmallCourse.quadruple) != nil)
    }
  }

  @Test func `Who finishes a chapter is told what was written`() throws {
    try withSmallCourse { small in
      _ = try Workspace.make(at: small.workspace.root, course: small.course)
      let guide = Guide(course: small.course, workspace: small.workspace)
      let names = FileNames(workspace: small.workspace.root, directory: small.root)
      func lines() throws -> [String] {
        try guide.continuation(after: SmallCourse.double, ink: .plain, names: names)
      }
      try guide.workspace.note { $0["9.1"].passed = TextHash("x") }
      let before = try lines()
      #expect(!before.contains { $0.contains("is done") })
      try guide.workspace.note { $0["9.2"].passed = TextHash("x") }
      let after = try lines()
      #expect(after.contains("Chapter 9, Small, is done."))
      #expect(after.contains("  You wrote: Double · Quadruple."))
    }
  }

  @Test func `The learner's own earlier exercises are used where they pass, unchanged`() throws {
    try withSmallCourse { small in
      _ = try Workspace.make(at: small.workspace.root, course: small.course)
      let products = small.root.appending(path: "products")
      try FileManager.default.createDirectory(
        at: products.appending(path: "Modules/FledgeCourse.swiftmodule"),
        withIntermediateDirectories: true)
      let examiner = Examiner(
        course: small.course, compiler: try Compiler(products: products, root: small.root),
        workspace: small.workspace, fingerprints: Fingerprints())
      func authorship(mine: Bool = true) throws -> [Authorship] {
        try examiner.versions(of: [SmallCourse.double], mine: mine).authorship
      }
      let text = try small.workspace.text(of: SmallCourse.double, in: small.course)
      #expect(try authorship() == [Authorship(exercise: "9.1", author: .reference)])
      try small.workspace.note { $0["9.1"].passed = TextHash(text) }
      #expect(try authorship() == [Authorship(exercise: "9.1", author: .learner)])
      #expect(try authorship(mine: false) == [Authorship(exercise: "9.1", author: .reference)])
      try small.workspace.note { $0["9.1"].passed = TextHash("before") }
      #expect(
        try authorship()
          == [Authorship(exercise: "9.1", author: .reference, hasChanged: true)])
    }
  }

  @Test func `A chapter's text is cut at the exercise and rendered plainly`() throws {
    let markdown = """
      # Small

      ## 9.1 Double

      It is **very** short, see [the source](../x.swift) and `code`.
      The second line follows the first. **What is said loudly goes on over the end of a line, as it
      may, and further still.** Then `code that is as long`.

      - an item
      - another

      | g | *velocity* |
      |---|---|
      | 1 | **0.9** |
      | 10 | 2 * 3 * 4 |
      ```swift
      ## 9.9 no heading
      let x = 1
      ```
      ![a curve](../images/course/curve.svg)
      ### More

      ## 9.10 Other
      """
    let section = try #require(ChapterText.section(of: SmallCourse.double, in: markdown))
    #expect(section.hasPrefix("## 9.1 Double"))
    #expect(section.hasSuffix("### More\n"))
    let lines = ChapterText(markdown: section, ink: .plain).lines
    #expect(lines.contains("9.1 Double"))
    #expect(
      lines.contains("It is **very** short, see the source and `code`. The second line follows the")
        == false)
    #expect(lines.contains("    let x = 1"))
    #expect(lines.contains("  g   velocity"))
    #expect(lines.contains("  1   0.9") && lines.contains("  10  2 * 3 * 4"))
    #expect(lines.contains("(picture: a curve, docs/images/course/curve.svg)"))
    #expect(lines.contains { $0.hasPrefix("It is very short, see the source and code.") })
    #expect(!lines.contains { $0.contains("**") || $0.contains("`") })
    let loud = ChapterText(markdown: section, ink: Ink(isColored: true)).lines
    #expect(loud.contains { $0.contains("first. \u{1B}[1mWhat is") && $0.hasSuffix("\u{1B}[0m") })
    #expect(loud.contains { $0.hasPrefix("\u{1B}[1m") && $0.contains("still.\u{1B}[0m") })
    #expect(ChapterText.section(of: SmallCourse.quadruple, in: markdown) == nil)
  }
}
