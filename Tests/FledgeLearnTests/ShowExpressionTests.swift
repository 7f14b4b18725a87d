import Fledge
import FledgeLearn
import Testing

@Suite struct ShowExpressionTests {
  private func value(_ text: String, _ values: [String: Double] = [:]) throws -> Double {
    let tensors = values.mapValues { Tensor($0, dtype: .float64) }
    return try Expression(text).evaluated(tensors, in: text).item()
  }

  @Test(arguments: [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("8 / 4 / 2", 1), ("2 - 3 - 4", -5), ("-2^2", -4),
    ("2^3^2", 512), ("2**-1", 0.5), ("--3", 3), ("1e-2 + .5", 0.51), ("2 * -3", -6),
    ("maximum(2, 3) - minimum(2, 3)", 1), ("exp(log(5))", 5), ("relu(-1) + relu(2)", 2),
  ])
  func `Operations bind as in mathematics`(text: String, expected: Double) throws {
    #expect(abs(try value(text) - expected) < 1e-12, "\(text)")
  }

  @Test(arguments: [
    ("", 0, "expected a number"), ("a*b + tanh(", 11, "expected a number"), ("1 2", 2, "the end"),
    ("(1", 2, "')'"), ("f(1, 2", 6, "',' or ')'"), ("1.2.3", 0, "not a number"), ("a $ b", 2, "$"),
    ("a + c", 4, "c=0.5"), ("a + sinus(b)", 4, "there is no function 'sinus'"),
    ("tanh(a, b)", 0, "takes 1"), ("v + w", 2, "do not broadcast"), ("v @ w", 2, "3 rows"),
    ("transpose(v)", 0, "matrix"),
  ])
  func `A mistake names its place`(text: String, column: Int, message: String) throws {
    let values = [
      "a": Tensor(1), "b": Tensor(2), "v": Tensor([1, 2]), "w": Tensor([1, 2, 3]),
    ]
    let mistake = try #require(throws: Mistake.self) {
      _ = try Expression(text).evaluated(values, in: text)
    }
    #expect(mistake.column == column, "\(mistake)")
    #expect(mistake.message.contains(message), "\(mistake)")
    #expect(mistake.description.hasSuffix(String(repeating: " ", count: column + 2) + "^"))
  }

  @Test func `Nesting is bounded, not the stack`() {
    let text = String(repeating: "(", count: 100_000)
    #expect(throws: Mistake.self) { try Expression(text) }
    #expect(throws: Mistake.self) { try Expression(String(repeating: "-", count: 100_000) + "1") }
  }

  @Test func `The graph has the values and gradients of the formula`() throws {
    let values = [("a", 2.0), ("b", -3.0), ("c", 0.5)].map { ($0, Tensor($1, dtype: .float64)) }
    let graph = try Expression.graph(
      "a*b + tanh(c)", values: values.map { (name: $0.0, value: $0.1) })
    let gradients = graph.nodes.filter { $0.kind == .leaf }.map { ($0.name, $0.gradient!.item()) }
    #expect(gradients.map(\.0) == ["a", "b", "c"])
    #expect(gradients[0].1 == -3 && gradients[1].1 == 2)
    #expect(abs(gradients[2].1 - 0.786447733) < 1e-8)
  }

  @Test func `Of several results the sum goes backward; without names nothing does`() throws {
    let v = (name: "v", value: Tensor([1, 2, 3], dtype: .float64))
    let graph = try Expression.graph("v * v", values: [v])
    #expect(graph.nodes.last?.name == "sum")
    #expect(graph.nodes[0].gradient?.array(of: Double.self) == [2, 4, 6])
    #expect(try Expression.graph("1 + 2", values: []).nodes.allSatisfy { $0.gradient == nil })
  }

  @Test func `A formula without an operation, and values that it does not have, are mistakes`() {
    #expect(throws: Mistake.self) { try Expression.graph("a", values: [("a", Tensor(1))]) }
    #expect(throws: Mistake.self) { try Expression.graph("3", values: []) }
    #expect(throws: Mistake.self) {
      try Expression.graph("a * a", values: [("a", Tensor(1)), ("b", Tensor(1))])
    }
  }

  @Test func `Names come in the order in which they are first used`() throws {
    #expect(try Expression("b + f(a, b) * c").names == ["b", "a", "c"])
  }
}

@Suite struct ShowTensorTests {
  @Test func `Numbers and nested lists`() throws {
    #expect(try Tensor(reading: "-0.5").item() == -0.5)
    let matrix = try Tensor(reading: " [[1, 2], [3,4e1] ] ")
    #expect(matrix.shape == [2, 2] && matrix.array(of: Double.self) == [1, 2, 3, 40])
    #expect(try Tensor(reading: "[[[]]]".replacing("[]", with: "[7]")).shape == [1, 1, 1])
  }

  @Test(arguments: [
    ("", 0), ("[1, 2", 5), ("[[1, 2], [3]]", 9), ("[1, x]", 4), ("[1] 2", 4), ("[]", 1),
    ("[[[[[[[[[1]]]]]]]]]", 9),
  ])
  func `A mistake names its place`(text: String, column: Int) throws {
    let mistake = try #require(throws: Mistake.self) { try Tensor(reading: text) }
    #expect(mistake.column == column, "\(mistake)")
  }
}
