import FledgeCore
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct VerificationTests {
  private static func sound() throws -> Graph {
    try Graph(
      parsing: """
        graph {
          argument %0 x: float32[2, 3]
          parameter %1 w: float32[4, 3]
          draw %2 place: int64[2]
          constant %3: float32[4] = [1.0, 2.0, 3.0, 4.0]
          %4: float32[2, 4] = linear %0, %1, %3
          %5: float32[2, 4] = relu %4
          update w = %1
          return %5
        }
        """)
  }

  static let faults: [(problem: String, break: @Sendable (inout Graph) -> Void)] = [
    ("%0 is defined a second time", { $0.inputs[1].value = .init(0) }),
    ("%1 is defined a second time", { $0.constants[0].value = .init(1) }),
    ("%4 is defined a second time", { $0.equations[1].outputs = [.init(4)] }),
    (
      "%4 is used and not defined before",
      {
        $0.equations.swapAt(0, 1); $0.outputs = []
      }
    ),
    ("%9 is used and not defined before", { $0.equations[0].inputs[0] = .init(9) }),
    ("%9 is used and not defined before", { $0.outputs = [.init(9)] }),
    ("%9 is used and not defined before", { $0.updates[0].value = .init(9) }),
    ("a value has a negative number", { $0.inputs[0].value = .init(-1) }),
    ("a name has letters, digits and _.- alone", { $0.inputs[0].name = "x y" }),
    ("a name has letters, digits and _.- alone", { $0.inputs[0].name = "" }),
    ("two inputs are named `x`", { $0.inputs[1].name = "x" }),
    (
      "a constant without elements",
      { $0.constants[0].tensor = Tensor(abstract: .init(shape: [4], dtype: .float32)) }
    ),
    ("each output has one type", { $0.equations[0].types = [] }),
    ("a region is not < 0", { $0.equations[0].region = -1 }),
    ("the shape rule makes [float32[2, 4]]", { $0.equations[0].types[0].shape = [2, 5] }),
    ("the shape rule makes [float32[2, 4]]", { $0.equations[1].types[0].dtype = .float64 }),
    ("batch axes differ", { $0.equations[0].inputs = [.init(0), .init(3)] }),
    ("index 0 is out of range for 0 elements", { $0.equations[1].inputs = [] }),
    ("it is updated twice", { $0.updates.append($0.updates[0]) }),
    ("has no name", { $0.updates[0].name = "" }),
    ("an input of kind `argument` has no updates", { $0.updates[0].name = "x" }),
    ("an input of kind `draw` has no updates", { $0.updates[0].name = "place" }),
    ("it is float32[4, 3], the new value is float32[2, 4]", { $0.updates[0].value = .init(5) }),
  ]

  @Test func `a sound graph passes`() throws { try Self.sound().verify() }

  @Test(arguments: faults.indices)
  func `each rule is checked`(index: Int) throws {
    var graph = try Self.sound()
    Self.faults[index].break(&graph)
    let error = #expect(throws: GraphError.self) { try graph.verify() }
    #expect(error?.description.contains(Self.faults[index].problem) == true, "\(error!)")
  }

  /// A graph from a file may ask any operation about anything.
  @Test func `no shape rule ends the program, whatever it is asked`() {
    let generator = Generator(seed: 2)
    let shapes: [Shape] = [[], [0], [3], [2, 3], [4, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5, 6]]
    var (taken, refused) = (0, 0)
    for sample in RandomGraph.samples {
      for _ in 0..<3 {
        var graph = Graph()
        let count = generator.integer(below: 5)
        for i in 0..<count {
          let type = TensorType(
            shape: shapes[generator.integer(below: shapes.count)],
            dtype: DType.allCases[generator.integer(below: DType.allCases.count)])
          graph.inputs.append(.init(.init(i), name: "x\(i)", kind: .argument, type: type))
        }
        graph.equations = [
          .init(
            sample.primitive, (0..<count).map { .init($0) }, [.init(9)],
            [
              .init(shape: [], dtype: .bool)
            ])
        ]
        do {
          try graph.verify()
          taken += 1
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 1000 && taken >= 0, "\(taken) taken, \(refused) refused")
  }
}
