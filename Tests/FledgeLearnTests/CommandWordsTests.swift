import Testing

@testable import FledgeLearn

@Suite struct CommandWordsTests {
  private func arranged(_ words: String...) throws -> [String] {
    try CommandWords(words, commands: ["test", "list"], hidden: ["prove"]).arranged
  }

  @Test func `Options may stand before the command`() throws {
    #expect(
      try arranged("--workspace", "X", "test", "0.1") == ["test", "0.1", "--workspace", "X"])
    #expect(try arranged("--json", "--workspace=X", "list") == ["list", "--json", "--workspace=X"])
    #expect(try arranged("test", "0.1", "--json") == ["test", "0.1", "--json"])
  }

  @Test func `Without a command the words stay as they are`() throws {
    #expect(try arranged() == [])
    #expect(try arranged("--workspace", "X") == ["--workspace", "X"])
    #expect(try arranged("--help") == ["--help"])
    let completion = ["--generate-completion-script", "bash"]
    #expect(try CommandWords(completion, commands: ["test"], hidden: []).arranged == completion)
    #expect(try arranged("prove", "1") == ["prove", "1"])
  }

  @Test func `A word that is no command is told what there is`() {
    let unknown = #expect(throws: CourseError.self) { try arranged("frobnicate") }
    #expect("\(unknown!)" == "there is no command 'frobnicate'; there are test, list")
    let exercise = #expect(throws: CourseError.self) { try arranged("--json", "1.2") }
    #expect("\(exercise!)".contains("`learn test 1.2` checks that exercise"))
  }
}
