import FledgeCore
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct GraphTextTests {
  /// The constants that a text leaves out.
  private func large(_ graph: Graph) -> [Tensor] {
    graph.constants.map(\.tensor).filter { $0.count > Graph.printedElements }
  }

  @Test func `every operation of the registry comes back from its text`() throws {
    var count = 0
    for sample in RandomGraph.samples {
      let graph = RandomGraph.make(sample)
      let again = try Graph(parsing: graph.description, constants: large(graph))
      #expect(again == graph, "\(graph)")
      count += 1
    }
    #expect(count > 400, "\(count) samples")
  }

  @Test(arguments: 0..<30)
  func `random graphs come back from their text`(seed: UInt64) throws {
    let graph = RandomGraph.make(seed: seed, count: 40)
    try graph.verify()
    let again = try Graph(parsing: graph.description, constants: large(graph))
    #expect(again == graph)
    #expect(again.description == graph.description)
  }

  @Test func `a graph reads as its description`() throws {
    let text = """
      graph {
        argument %0 x: float32[2, 3]
        parameter %1 head.weight: float32[4, 3]
        constant %2: float32[2] = [0.1, -inf]
        %3: float32[2, 4] = matmul[transposesLeft=false, transposesRight=true] %0, %1
        %4: float32[2] = sum[axes=[1], keepDims=false] %3
        %5: float32[2] = add %4, %2 in region 1
        update head.weight = %1
        update head.weight.grad = none
        return %5, %0
      }

      """
    // 0.1 is not a float32: what is read is the nearest, and prints as it is.
    let exact = text.replacing("0.1,", with: "0.10000000149011612,")
    #expect(try Graph(parsing: text).description == exact)
    #expect(try Graph(parsing: exact).description == exact)
    #expect(try Graph(parsing: text).operationCounts == ["matmul": 1, "sum": 1, "add": 1])
  }

  @Test func `graphs that differ in a constant or an attribute are not equal`() throws {
    let text = "graph {\nconstant %0: float32[2] = [0.5, nan]\n%1: float32[] = "
    func graph(_ operation: String) throws -> Graph {
      try Graph(parsing: text + operation + " %0\nreturn %1\n}")
    }
    let sum = try graph("sum[axes=[0], keepDims=false]")
    #expect(try sum == graph("sum[axes=[0], keepDims=false]"))
    #expect(try sum != graph("mean[axes=[0], keepDims=false]"))
    var other = sum
    other.constants[0].tensor = Tensor([0.5, 0.5] as [Float])
    #expect(other != sum)
    var large = Graph(constants: [.init(.init(0), Tensor.zeros([100]))], outputs: [.init(0)])
    let before = large
    large.constants[0].tensor = Tensor([Float](repeating: -0.0, count: 100))
    #expect(large.description == before.description && large != before, "bits count")
  }

  static let malformed: [(text: String, line: Int, problem: String)] = [
    ("", 1, "the graph has no end"),
    ("argument %0 x: float32[2]", 1, "begins with `graph {`"),
    ("graph {\nthing %0 x: float32[2]", 2, "`thing` is no kind of line"),
    ("graph {\nargument %0 x: float33[2]", 2, "`float33` is no dtype"),
    ("graph {\nargument %0 x: float32[2", 2, "expected `,`"),
    ("graph {\nargument %0 x: float32[-2]", 2, "expected a size"),
    ("graph {\nargument %x x: float32[2]", 2, "expected a number"),
    ("graph {\nargument %0 x: float32[2] y", 2, "`y` is too much"),
    ("graph {\nargument %0 x: float32[4294967296, 4294967296]", 2, "too many elements"),
    ("graph {\nargument %0 x: float32[1, 1, 1, 1, 1, 1, 1, 1, 1]", 2, "too many axes"),
    ("graph {\nargument %99999999999999999999 x: float32[]", 2, "expected a number"),
    ("graph {\nconstant %0: float32[2] = [1, 2, 3]", 2, "3 elements do not fill float32[2]"),
    ("graph {\nconstant %0: int8[1] = [128]", 2, "out of the range of int8"),
    ("graph {\nconstant %0: int64[1] = [1.5]", 2, "`1.5` is no element of int64"),
    ("graph {\nconstant %0: float32[20]", 2, "pass them in `constants:`"),
    ("graph {\n%0: float32[] = nosuch", 2, "there is no operation named `nosuch`"),
    ("graph {\n%0: float32[] = sum", 2, "the attribute `axes` is missing"),
    ("graph {\n%0: float32[] = add[slope=1]", 2, "the operation has no attribute `slope`"),
    ("graph {\n%0: float32[] = sum[axes=1, axes=2]", 2, "`axes` is given twice"),
    ("graph {\n%0: float32[] = sum[axes=[1.5]]", 2, "`1.5` is no integer"),
    ("graph {\n%0: float32[] = sum[axes=\"a]", 2, "a string has no end"),
    ("graph {\nreturn\nreturn", 3, "nothing but `}` follows"),
    ("graph {\nreturn\n}\nreturn", 4, "nothing but `}` follows"),
    ("graph {\nupdate a = none\nargument %0 x: float32[]", 3, "in this order"),
    ("graph {\n}", 2, "`return` is missing"),
    ("graph {\nreturn\n}\ngraph {", 4, "a second graph"),
  ]

  @Test(arguments: malformed.indices)
  func `a malformed text names its line and what is wrong`(index: Int) throws {
    let (text, line, problem) = Self.malformed[index]
    let error = #expect(throws: GraphError.self) { try Graph(parsing: text) }
    #expect(error?.description.hasPrefix("line \(line): ") == true, "\(error!)")
    #expect(error?.description.contains(problem) == true, "\(error!)")
  }

  @Test func `damaged texts never end the program`() {
    let generator = Generator(seed: 5)
    var (read, refused) = (0, 0)
    for seed in 0..<12 as Range<UInt64> {
      let graph = RandomGraph.make(seed: seed, count: 12)
      let text = Array(graph.description)
      for _ in 0..<60 {
        var damaged = text
        for _ in 0...generator.integer(below: 2) {
          let place = generator.integer(below: damaged.count)
          switch generator.integer(below: 3) {
          case 0: damaged.remove(at: place)
          case 1: damaged[place] = text[generator.integer(below: text.count)]
          default: damaged.insert(text[generator.integer(below: text.count)], at: place)
          }
        }
        do {
          _ = try Graph(parsing: String(damaged), constants: large(graph))
          read += 1
        } catch {
          refused += 1
        }
      }
    }
    #expect(read > 0 && refused > 300, "\(read) read, \(refused) refused")
  }

  @Test func `the picture has every operation and its connections`() throws {
    let graph = try Graph(
      parsing: """
        graph {
          argument %0 x: float32[2]
          state %1 mean: float32[2]
          constant %2: float32[] = [2.0]
          %3: float32[2] = multiply %0, %2
          %4: float32[2] = cast[dtype=float32] %3
          update mean = %3
          return %4
        }
        """)
    let dot = graph.dot()
    #expect(dot.contains("v0 [label=\"argument\\nx\", shape=box]"))
    #expect(dot.contains("v0 -> e0 [label=\"float32[2]\""))
    #expect(dot.contains("v2 -> e0 [label=\"float32[]\""))
    #expect(dot.contains("e0 -> e1") && dot.contains("e0 -> u0") && dot.contains("e1 -> r0"))
    #expect(dot.contains("e1 [label=\"cast\\n[dtype=float32]\"]"))
    #expect(dot.hasPrefix("digraph {") && dot.hasSuffix("}\n"))
  }
}
