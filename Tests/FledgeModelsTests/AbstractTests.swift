import FledgeCore
import FledgeModels
import FledgeNN
import Foundation
import Testing

/// Shapes alone through everything that the library has: what a tracer, a planner of memory or a
/// summary of a model too large for the machine needs.
@Suite struct AbstractTests {
  private static func type(_ x: Tensor) -> TensorType { TensorType(shape: x.shape, dtype: x.dtype) }

  /// The types of what comes out of a piece, and of the gradients of its parameters.
  private func types(of piece: AbstractPiece) -> (forward: [TensorType], backward: [TensorType]) {
    var result: (forward: [TensorType], backward: [TensorType]) = ([], [])
    let (module, outputs) = withGenerator(Generator(seed: 1)) { piece.run() }
    result.forward = outputs.map(Self.type)
    let differentiable = outputs.filter(\.requiresGradients)
    if let first = differentiable.first {
      let total = differentiable.dropFirst().reduce(first.sum()) { $0 + $1.sum() }
      total.backward()
      result.backward = module?.parameters().compactMap { $0.grad.map(Self.type) } ?? []
    }
    return result
  }

  @Test(arguments: AbstractPiece.all.indices)
  func `shapes pass everywhere that elements do, and take no memory`(index: Int) {
    let piece = AbstractPiece.all[index]
    let real = types(of: piece)
    let ledger = Ledger("abstract")
    let abstract = withLedger(ledger) { withAbstractTensors { types(of: piece) } }
    #expect(abstract.forward == real.forward, "\(piece.covers)")
    #expect(abstract.backward == real.backward, "\(piece.covers)")
    #expect(!real.forward.isEmpty)
    #expect(ledger.statistics.peakBytes == 0, "\(piece.covers): \(ledger)")
    #expect(ledger.statistics.allocations == 0, "\(piece.covers)")
  }

  @Test func `a model that no machine here could hold is only its shapes`() {
    let ledger = Ledger("abstract")
    withLedger(ledger) {
      withAbstractTensors {
        let model = GPT(.gpt3)
        #expect(model.parameterCount == 174_604_259_328)
        let tokens = Tensor.zeros([1, 2048], dtype: .int64)
        #expect(model(tokens).shape == [1, 2048, 50257])
      }
    }
    #expect(ledger.statistics.peakBytes == 0)
  }

  // MARK: Completeness

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What a pattern's first group finds in the Swift files below some folders.
  private static func names(_ pattern: String, in folders: [String]) throws -> Set<String> {
    let expression = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
    var found: Set<String> = []
    for folder in folders {
      let url = root.appendingPathComponent(folder)
      let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)
      for case let file as URL in files! where file.pathExtension == "swift" {
        let text = try String(contentsOf: file, encoding: .utf8)
        let matches = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
        for match in matches { found.insert(String(text[Range(match.range(at: 1), in: text)!])) }
      }
    }
    return found
  }

  @Test func `no layer, loss or model is missing from the list`() throws {
    let nn = ["Layers", "Losses", "Adapters"].map { "Sources/FledgeNN/\($0)" }
    let classes = try Self.names(
      #"^public (?:final |open )*class (\w+)"#, in: nn + ["Sources/FledgeModels"])
    let functions = try Self.names(#"^public func (\w+)"#, in: nn)
    let expected = classes.union(functions)
    #expect(expected.count > 60, "the sources were found")
    #expect(Set(AbstractPiece.all.flatMap(\.covers)) == expected)
  }

  // MARK: Elements

  static let questions: [(operation: String, ask: @Sendable () -> Void)] = [
    ("item", { _ = MLP(sizes: [2, 1])(.zeros([1, 2])).sum().item() }),
    ("array", { _ = Linear(2, 3).weight.array() }),
    ("array", { _ = GPT(.init(vocabulary: 5)).generate([1], count: 1) }),
  ]

  @Test(arguments: questions.indices)
  func `asking for an element names the operation and the caller`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in withAbstractTensors { AbstractTests.questions[index].ask() }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let lines = text.split(separator: "\n")
    let operation = Self.questions[index].operation
    #expect(
      lines.first?.hasPrefix("Fledge: \(operation): asks for the elements of an abstract tensor")
        == true, "\(text)")
    #expect(text.contains("AbstractTests.swift"), "the caller: \(text)")
  }
}
