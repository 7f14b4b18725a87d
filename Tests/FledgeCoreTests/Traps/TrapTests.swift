import FledgeCore
import Testing

/// A programmer's mistake and the message it ends with.
struct Mistake: CustomTestStringConvertible, Sendable {
  let message: String
  /// Where the mistake is made in its file, give or take the lines of the case.
  let lines: ClosedRange<Int>
  let make: @Sendable () -> Void

  init(_ message: String, line: Int = #line, _ make: @escaping @Sendable () -> Void) {
    self.message = message
    lines = line...line + 6
    self.make = make
  }

  var testDescription: String { message }
}

/// What a user reads when a program is wrong: two lines, the operation with what it got and the
/// rule it broke, and the place in the user's own code. Each runs in a process of its own.
@Suite struct TrapTests {
  @Test(arguments: Mistake.inShapes.indices)
  func `a mistake in shapes or types ends with its message and its place`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in Mistake.inShapes[index].make()
    }
    expect(result, Mistake.inShapes[index], in: "Mistakes+Shapes.swift")
  }

  @Test(arguments: Mistake.inGraphs.indices)
  func `a mistake with gradients or equations ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in Mistake.inGraphs[index].make()
    }
    expect(result, Mistake.inGraphs[index], in: "Mistakes+Graphs.swift")
  }

  @Test(arguments: Mistake.inImages.indices)
  func `a mistake with images ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in Mistake.inImages[index].make()
    }
    expect(result, Mistake.inImages[index], in: "Mistakes+Images.swift")
  }

  @Test(arguments: Mistake.inSequences.indices)
  func `a mistake with sequences or activations ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in Mistake.inSequences[index].make()
    }
    expect(result, Mistake.inSequences[index], in: "Mistakes+Sequences.swift")
  }

  private func expect(
    _ result: ExitTest.Result?, _ mistake: Mistake, in file: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "Fledge: \(mistake.message)", sourceLocation: sourceLocation)
    let place = lines.dropFirst().first?.split(separator: ":")
    #expect(place?.first == "  at \(file)", sourceLocation: sourceLocation)
    let line = place?.last.flatMap { Int($0) } ?? 0
    #expect(mistake.lines.contains(line), sourceLocation: sourceLocation)
    #expect(lines.dropFirst(2) == [""], "nothing comes after", sourceLocation: sourceLocation)
  }
}
