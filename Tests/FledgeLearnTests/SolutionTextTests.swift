import FledgeCourse
import Testing

@testable import FledgeLearn

@Suite struct SolutionTextTests {
  private let source = """
    func f() -> Int {
      // solution
      let a = 1
      return a
      // end solution
    }

    func g() -> Int {
      // solution
      // stub: let a = 2
      // stub: return a
      return 3
      // end solution
    }

    struct S {
      // solution
      // stub:
      var x = 0
      // end solution
    }
    """

  @Test func `The stub has unwritten, or what the region says, in place of each region`() throws {
    let stub = try SolutionText(source, file: "a.swift").stub
    #expect(
      stub.hasSuffix(
        """
        func f() -> Int {
          unwritten()
        }

        func g() -> Int {
          let a = 2
          return a
        }

        struct S {
        }
        """))
    #expect(!stub.contains("let a = 1"))
    #expect(!stub.contains("// "))
  }

  @Test func `The solution has all regions and no marks`() throws {
    let text = try SolutionText(source, file: "a.swift")
    #expect(text.solution.contains("  let a = 1\n  return a\n}"))
    #expect(text.solution.contains("return 3"))
    #expect(!text.solution.contains("solution"))
    #expect(!text.solution.contains("stub"))
    #expect(text.regions.map(\.count) == [2, 1, 1])
  }

  @Test(arguments: [
    ("// solution\n// solution\nx\n// end solution", 2, "within"),
    ("let a = 1\n// end solution", 2, "no region"),
    ("// solution\n// end solution", 2, "empty"),
    ("// solution\n// stub: x\n// end solution", 3, "empty"),
    ("// solution\nx", nil, "not ended"),
    ("let a = 1", nil, "no region"),
  ])
  func `A file with wrong marks is named with the line`(
    text: String, line: Int?, word: String
  ) throws {
    let error = try #require(throws: CourseError.self) {
      try SolutionText(text, file: "Ex9_9_Broken.swift")
    }
    guard case .source(let file, let place, let message) = error else {
      Issue.record("another error: \(error)")
      return
    }
    #expect(file == "Ex9_9_Broken.swift")
    #expect(place == line)
    #expect(message.contains(word))
  }

  @Test func `A mutant replaces its text, and only where that stands once`() throws {
    let text = try SolutionText(source, file: "a.swift")
    let good = Mutant("good", hint: "", replace: "let a = 1", with: "let a = 9")
    #expect(try text.mutated(by: good).contains("let a = 9\n  return a"))
    let two = Mutant(
      "two", hint: "", edits: [("let a = 1", "let a = 9"), ("return 3", "return 4")])
    #expect(try text.mutated(by: two).contains("return 4"))
    #expect(text.mutated(by: good, and: two) == nil)
    let other = Mutant("other", hint: "", replace: "return 3", with: "return 4")
    let both = try #require(text.mutated(by: good, and: other))
    #expect(both.contains("let a = 9\n  return a") && both.contains("return 4"))
    for (piece, count) in [("return", "2 times"), ("nowhere", "0 times")] {
      let bad = Mutant("bad", hint: "", replace: piece, with: "")
      let error = try #require(throws: CourseError.self) { try text.mutated(by: bad) }
      #expect("\(error)".contains("bad"))
      #expect("\(error)".contains(count))
    }
  }
}
