import FledgeCore
import FledgeNN
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct PassTests {
  private func graph(_ lines: String) throws -> Graph {
    try Graph(
      parsing: "graph {\nargument %0 x: float32[2, 3]\nargument %1 y: float32[2, 3]\n\(lines)\n}")
  }

  /// The lines of operations after one pass.
  private func operations(_ pass: some GraphPass, _ lines: String) throws -> [String] {
    let before = try graph(lines)
    let (result, changes) = pass(before)
    try result.verify()
    #expect(changes.isEmpty == (result == before), "a change is told, and only a change")
    return result.constants.map { "\($0)" } + result.equations.map { "\($0)" }
      + ["return " + result.outputs.map { "\($0)" }.joined(separator: ", ")]
  }

  @Test func `dead code goes, with what only it has read`() throws {
    let found = try operations(
      DeadCode(),
      """
      constant %2: float32[] = [2.0]
      constant %3: float32[] = [3.0]
      %4: float32[2, 3] = multiply %0, %2
      %5: float32[2, 3] = multiply %0, %3
      %6: float32[2, 3] = exp %5
      %7: float32[2, 3] = add %4, %1
      return %7
      """)
    #expect(
      found == [
        "constant %2: float32[] = [2.0]", "%4: float32[2, 3] = multiply %0, %2",
        "%7: float32[2, 3] = add %4, %1", "return %7",
      ])
  }

  @Test func `what only an update or a second output needs stays`() throws {
    let text = """
      graph {
        argument %0 x: float32[2, 3]
        state %1 mean: float32[2, 3]
        %2: float32[2, 3] = add %0, %1
        %3: float32[2, 1], %4: float32[2, 2] = split[axis=1, sizes=[1, 2]] %0
        update mean = %2
        return %4
      }
      """
    let graph = try Graph(parsing: text)
    let (result, changes) = DeadCode()(graph)
    #expect(result == graph && changes.isEmpty)
  }

  @Test func `what is computed twice is computed once`() throws {
    let found = try operations(
      CommonSubexpressions(),
      """
      constant %2: float32[] = [2.0]
      constant %3: float32[] = [2.0]
      %4: float32[2, 3] = multiply %0, %2
      %5: float32[2, 3] = multiply %0, %3
      %6: float32[2, 3] = exp %4
      %7: float32[2, 3] = exp %5
      %8: float32[2] = sum[axes=[1], keepDims=false] %6
      %9: float32[3] = sum[axes=[0], keepDims=false] %7
      %10: float32[2, 3] = exp %4 in region 1
      return %8, %9, %10
      """)
    #expect(
      found == [
        "constant %2: float32[] = [2.0]", "%4: float32[2, 3] = multiply %0, %2",
        "%6: float32[2, 3] = exp %4", "%8: float32[2] = sum[axes=[1], keepDims=false] %6",
        "%9: float32[3] = sum[axes=[0], keepDims=false] %6",
        "%10: float32[2, 3] = exp %4 in region 1", "return %8, %9, %10",
      ])
  }

  @Test func `what depends on constants alone is computed now`() throws {
    let lines = """
      constant %2: float32[2] = [1.0, 2.0]
      %3: float32[2] = add %2, %2
      %4: float32[2, 1] = reshape[shape=(2, 1)] %3
      %5: float32[2, 3] = multiply %0, %4
      %6: float32[100] = fill[shape=(100), value=1.0, dtype=float32]
      %7: float32[2] = negate %2 in region 1
      return %5, %6, %7
      """
    let found = try operations(ConstantFolding(), lines)
    #expect(found.contains("constant %4: float32[2, 1] = [2.0, 4.0]"))
    #expect(found.filter { $0.contains(" = ") && !$0.hasPrefix("constant") }.count == 3)
    let all = try operations(ConstantFolding(largestCount: 100), lines)
    #expect(all.contains("constant %6: float32[100]"))
  }

  static let rules: [(before: String, after: String)] = [
    ("%9: float32[2, 3] = multiply %0, %2\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = multiply %2, %0\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = divide %0, %2\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = subtract %0, %3\nreturn %9", "return %0"),
    ("%8: float32[2, 3] = negate %0\n%9: float32[2, 3] = negate %8\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = cast[dtype=float32] %0\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = reshape[shape=(2, 3)] %0\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = broadcast[shape=(2, 3)] %0\nreturn %9", "return %0"),
    ("%9: float32[2, 3] = permute[order=[0, 1]] %0\nreturn %9", "return %0"),
    (
      "%8: float32[6] = reshape[shape=(6)] %0\n%9: float32[3, 2] = reshape[shape=(3, 2)] %8\nreturn %9",
      "%9: float32[3, 2] = reshape[shape=(3, 2)] %0"
    ),
    (
      "%8: float32[3, 2] = permute[order=[1, 0]] %0\n%9: float32[2, 3] = permute[order=[1, 0]] %8\n"
        + "return %9", "%9: float32[2, 3] = permute[order=[0, 1]] %0"
    ),
    (
      "%8: float32[3, 2] = permute[order=[1, 0]] %1\n"
        + "%9: float32[2, 2] = matmul[transposesLeft=false, transposesRight=false] %0, %8\nreturn %9",
      "%9: float32[2, 2] = matmul[transposesLeft=false, transposesRight=true] %0, %1"
    ),
    (
      "%8: float32[3, 2] = permute[order=[1, 0]] %1\n"
        + "%9: float32[3, 3] = matmul[transposesLeft=false, transposesRight=false] %8, %0\nreturn %9",
      "%9: float32[3, 3] = matmul[transposesLeft=true, transposesRight=false] %1, %0"
    ),
  ]

  @Test(arguments: rules.indices)
  func `each rule of algebra is applied`(index: Int) throws {
    let (before, after) = Self.rules[index]
    let constants = "constant %2: float32[] = [1.0]\nconstant %3: float32[] = [0.0]\n"
    let found = try operations(AlgebraicRules(), constants + before)
    #expect(found.contains(after), "\(found)")
  }

  static let noRules = [
    "%9: float32[2, 3] = add %0, %3\nreturn %9",
    "%9: float32[2, 3] = subtract %0, %4\nreturn %9",
    "%9: float32[2, 3] = multiply %0, %3\nreturn %9",
    "%9: float32[2, 3] = subtract %3, %0\nreturn %9",
    "%9: float32[2, 3] = divide %2, %0\nreturn %9",
    "%9: float32[2] = multiply %5, %5\nreturn %9",
    "%9: float32[4, 2, 3] = multiply %0, %6\nreturn %9",
    "%8: float32[2, 3] = negate %0\n%9: float32[2, 3] = negate %8 in region 1\nreturn %9",
    "%9: float32[2, 3] = cast[dtype=float32] %7\nreturn %9",
    "%9: float32[3, 2] = permute[order=[1, 0]] %0\nreturn %9",
  ]

  @Test(arguments: noRules.indices)
  func `what would change a bit, a type or a region stays`(index: Int) throws {
    let constants = """
      constant %2: float32[] = [1.0]
      constant %3: float32[] = [0.0]
      constant %4: float32[] = [-0.0]
      constant %5: float32[2] = [1.0, 2.0]
      constant %6: float32[4, 1, 1] = [1.0, 1.0, 1.0, 1.0]
      constant %7: int64[2, 3] = [1, 2, 3, 4, 5, 6]

      """
    let graph = try graph(constants + Self.noRules[index])
    let (result, changes) = AlgebraicRules()(graph)
    #expect(result == graph && changes.isEmpty, "\(changes)")
  }

  @Test(arguments: TrainingStep.names)
  func `a step after all passes does what the ordinary one does, bit by bit`(name: String) throws {
    let (ordinary, traced) = (TrainingStep.make(name), TrainingStep.make(name))
    let generators = (Generator(seed: 11), Generator(seed: 11))
    for _ in 1...2 {
      let expected = withGenerator(generators.0) { ordinary.body(ordinary.arguments) }
      let program = withGenerator(generators.1) { trace(traced.types, traced.body) }
      let (graph, reports) = program.graph.optimized()
      try graph.verify()
      #expect(graph.equations.count < program.graph.equations.count)
      #expect(
        reports.allSatisfy { !$0.changes.isEmpty && $0.equations.after <= $0.equations.before })
      let found = withGenerator(generators.1) { program.run(traced.arguments, graph) }
      for (x, y) in zip(expected, found) { #expect(x.detached().isIdentical(to: y)) }
      #expect(differences(ordinary.state, traced.state) == [])
    }
  }

  @Test(arguments: 0..<20)
  func `random graphs compute the same after all passes`(seed: UInt64) throws {
    // Elementwise operations of one shape, so that every value can be computed and many are equal.
    let generator = Generator(seed: seed)
    var graph = Graph(inputs: [
      .init(.init(0), name: "x", kind: .argument, type: .float32([2, 3]))
    ])
    graph.constants = [.init(.init(1), .ones([2, 3])), .init(.init(2), .zeros([2, 3]))]
    let choices: [(String, Int)] = [
      ("add", 2), ("multiply", 2), ("subtract", 2), ("negate", 1), ("tanh", 1), ("maximum", 2),
    ]
    for index in 3..<40 {
      let (name, count) = choices[generator.integer(below: choices.count)]
      graph.equations.append(
        .init(
          try Registry.make(name, [:]),
          (0..<count).map { _ in .init(generator.integer(below: min(index, 8))) }, [.init(index)],
          [.float32([2, 3])]))
    }
    graph.outputs = [.init(39), .init(20), .init(21)]
    try graph.verify()
    let (small, reports) = graph.optimized()
    try small.verify()
    #expect(small.equations.count < graph.equations.count, "\(reports)")
    let x = Tensor([0.5, -0.0, .infinity, -1, 0, .nan] as [Float], shape: [2, 3])
    let (a, b) = (Interpreter(graph).run([x]), Interpreter(small).run([x]))
    for (x, y) in zip(a.outputs, b.outputs) { #expect(x.isIdentical(to: y)) }
    #expect(small.optimized().reports.isEmpty, "a second time there is nothing to do")
  }

  @Test func `a report says what each pass has done`() throws {
    let lines = "constant %2: float32[] = [1.0]\n%3: float32[2, 3] = multiply %0, %2\nreturn %3"
    let (_, reports) = try graph(lines).optimized()
    #expect(
      reports.map(\.description) == [
        "algebra: 1 → 0 operations\n  x · 1 = x: %3 is %0",
        "dead code: 0 → 0 operations\n  removed constant %2: float32[] = [1.0]",
      ])
  }
}
