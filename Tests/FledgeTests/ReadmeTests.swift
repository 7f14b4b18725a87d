import Foundation
import Testing

@Suite struct ReadmeTests {
  /// The repository's root.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("The training loop in the README learns")
  func trainingLoop() {
    let losses = readmeTrainingLoop()
    #expect(losses.count == 4)
    #expect(losses[3] < 0.05 * losses[0], "\(losses)")
  }

  @Test("The training loop in the README is the one that is compiled here")
  func text() throws {
    let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    let marked = try #require(readme.components(separatedBy: "<!-- library-example -->").last)
    let block = try #require(marked.components(separatedBy: "```").dropFirst().first)
    let code = block.dropFirst("swift\n".count)

    let source = try String(
      contentsOf: Self.root.appending(path: "Tests/FledgeTests/ReadmeTrainingLoop.swift"),
      encoding: .utf8)
    let compiled = try #require(source.components(separatedBy: "// README\n").dropFirst().first)
    // The compiled one stands in a function, which gathers the losses instead of printing them.
    let indented = compiled.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasPrefix("  ") ? String($0.dropFirst(2)) : String($0)
    }.joined(separator: "\n").replacing(
      "losses.append(loss.item())", with: #"print("step \(step)  loss \(loss.item())")"#)
    #expect(
      String(code).trimmingCharacters(in: .whitespacesAndNewlines)
        == "import Fledge\n\n" + indented.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
