import FledgeCore
import Testing

@testable import FledgeCompiler

@Suite struct MemoryPlanTests {
  /// A graph of random operations with random footprints: views of inputs, scratch, buffers of any size.
  private func random(_ seed: UInt64) -> (graph: Graph, footprints: [Footprint]) {
    let graph = RandomGraph.make(seed: seed, count: 40)
    let generator = Generator(seed: seed + 1000)
    let footprints = graph.equations.map { equation -> Footprint in
      var buffers = (0..<generator.integer(below: 3)).map { _ in generator.integer(below: 500) }
      let sizes = [0, 64, 100, 400]
      let outputs = equation.outputs.map { _ -> Footprint.Origin in
        if !equation.inputs.isEmpty && generator.bernoulli(0.4) {
          return .input(generator.integer(below: equation.inputs.count))
        }
        if generator.bernoulli(0.05) { return .outside }
        buffers.append(sizes[generator.integer(below: sizes.count)])
        return .buffer(buffers.count - 1)
      }
      return Footprint(
        buffers: buffers, outputs: outputs,
        overwritable: equation.inputs.indices.filter { _ in generator.bernoulli(0.7) })
    }
    return (graph, footprints)
  }

  @Test(arguments: 0..<40)
  func `no two values that are alive share a byte`(seed: UInt64) throws {
    let (graph, footprints) = random(seed)
    let plan = MemoryPlan(graph, footprints: footprints)
    try plan.verify(for: graph, footprints: footprints)
    #expect(plan.leastBytes <= plan.arenaBytes)
    // The arena as a list of marks: each buffer writes its own, and whoever reads finds it.
    var arena = [Int](repeating: -1, count: plan.arenaBytes)
    var buffers: [Graph.Value: Int] = [:]
    for (position, equation) in graph.equations.enumerated() {
      let own = plan.blocks.indices.filter { plan.blocks[$0].equation == position }
      // An output that overwrites an input is written when that is read, all else before.
      for index in own where plan.blocks[index].predecessor == nil {
        for byte in plan.blocks[index].range ?? 0..<0 { arena[byte] = index }
      }
      for value in equation.inputs {
        guard let index = buffers[value] else { continue }
        let isWhole = (plan.blocks[index].range ?? 0..<0).allSatisfy { arena[$0] == index }
        #expect(isWhole, "\(value) is overwritten before `\(equation)`")
      }
      for index in own {
        guard let before = plan.blocks[index].predecessor else { continue }
        #expect(plan.blocks[before].range == plan.blocks[index].range)
        let isAllowed = equation.inputs.indices.contains {
          footprints[position].overwritable.contains($0) && buffers[equation.inputs[$0]] == before
        }
        #expect(isAllowed && Set(equation.inputs.filter { buffers[$0] == before }).count == 1)
        for byte in plan.blocks[index].range ?? 0..<0 { arena[byte] = index }
      }
      for (value, origin) in zip(equation.outputs, footprints[position].outputs) {
        switch origin {
        case .buffer(let buffer): buffers[value] = own[buffer]
        case .input(let input): buffers[value] = buffers[equation.inputs[input]]
        case .outside: continue
        }
      }
    }
    for value in graph.results {
      #expect(buffers[value].map { plan.blocks[$0].offset == nil } ?? true)
    }
  }

  @Test func `some outputs overwrite an input`() {
    let count = (0..<40).reduce(0) { count, seed in
      let (graph, footprints) = random(UInt64(seed))
      return count
        + MemoryPlan(graph, footprints: footprints).blocks.count { $0.predecessor != nil }
    }
    #expect(count > 10)
  }

  /// Whether one output may lie in the place of the other, which is read no more.
  private func isOverwriting(
    _ next: MemoryPlan.Block, _ block: MemoryPlan.Block, _ footprints: [Footprint]
  ) -> Bool {
    next.byteCount == block.byteCount && block.lifetime.upperBound == next.equation
      && !footprints[next.equation].overwritable.isEmpty
  }

  @Test(arguments: 0..<10)
  func `a plan in which two values that are alive share bytes is refused`(seed: UInt64) throws {
    let (graph, footprints) = random(seed)
    let plan = MemoryPlan(graph, footprints: footprints)
    let placed = plan.blocks.indices.filter {
      plan.blocks[$0].offset != nil && plan.blocks[$0].byteCount > 0
    }
    var count = 0
    for (i, a) in placed.enumerated() {
      for b in placed[(i + 1)...]
      where plan.blocks[a].lifetime.overlaps(plan.blocks[b].lifetime)
        && !isOverwriting(plan.blocks[b], plan.blocks[a], footprints)
      {
        var broken = plan
        broken.blocks[b].offset = broken.blocks[a].offset
        broken.arenaBytes += 500
        #expect(throws: GraphError.self) {
          try broken.verify(for: graph, footprints: footprints)
        }
        count += 1
      }
    }
    #expect(count > 0)
  }

  static let text = """
    graph {
      argument %0 x: float32[4, 8]
      parameter %1 w: float32[8, 8]
      %2: float32[4, 8] = matmul[transposesLeft=false, transposesRight=true] %0, %1
      %3: float32[4, 8] = tanh %2
      %4: float32[32] = reshape[shape=(32)] %3
      %5: float32[4, 8] = exp %0
      %6: float32[4, 8] = exp %5
      %7: float32[32] = multiply %4, %4
      %8: float32[] = sum[axes=[0], keepDims=false] %7
      update w = %1
      return %8, %6
    }
    """

  private var footprints: [Footprint] {
    [
      Footprint(buffers: [40, 128], outputs: [.buffer(1)]),
      Footprint(buffers: [128], outputs: [.buffer(0)], overwritable: [0]),
      Footprint(buffers: [], outputs: [.input(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)], overwritable: [0, 1]),
      Footprint(buffers: [4], outputs: [.buffer(0)]),
    ]
  }

  @Test func `a graph is printed with the place of each value`() throws {
    let graph = try Graph(parsing: Self.text)
    let plan = MemoryPlan(graph, footprints: footprints)
    try plan.verify(for: graph, footprints: footprints)
    let lines = plan.description(of: graph, footprints: footprints).split(separator: "\n")
    #expect(
      lines.compactMap { $0.split(separator: "@ ").dropFirst().first.map(String.init) } == [
        "0..<128, scratch 40", "0..<128 in place", "view in 0..<128", "128..<256", "own memory",
        "0..<128 in place", "own memory",
      ])
    #expect(
      lines.last
        == "arena: 256 bytes, of which 256 are needed at once; without sharing 552; results: 132")
    #expect(plan.leastBytes == 256 && plan.resultBytes == 132)
  }

  @Test func `what is wrong with a plan is told`() throws {
    let graph = try Graph(parsing: Self.text)
    let plan = MemoryPlan(graph, footprints: footprints)
    func problem(_ footprints: [Footprint], _ change: (inout MemoryPlan) -> Void) -> String {
      var plan = plan
      change(&plan)
      do {
        try plan.verify(for: graph, footprints: footprints)
        return "none"
      } catch { return "\(error)" }
    }
    let footprints = footprints
    #expect(problem(footprints) { _ in } == "none")
    #expect(problem(footprints) { $0.blocks.removeLast() }.contains("its buffer 0 has no plan"))
    #expect(problem(footprints) { $0.blocks[2].byteCount = 1 }.contains("its size is wrong"))
    #expect(problem(footprints) { $0.blocks.append($0.blocks[2]) }.contains("planned twice"))
    #expect(problem(footprints) { $0.arenaBytes -= 1 }.contains("not within the 255 of the arena"))
    #expect(problem(footprints) { $0.blocks[2].offset = 100 }.contains("not aligned"))
    #expect(problem(footprints) { $0.blocks[2].offset = -64 }.contains("not within"))
    let result = problem(footprints) { plan in
      plan.blocks[4].offset = 256
      plan.arenaBytes = 512
    }
    #expect(result == "`%6`: it outlives the run and lies in the arena, at 256..<384")
    // %5 is planned where %3 is, which only its view %4 is read of.
    let view = problem(footprints) { $0.blocks[3].offset = 0 }
    #expect(view.contains("is needed") && view.contains("%5: float32[4, 8] = exp %0"))
    // An output that overwrites an input whose elements lie elsewhere, or that is read once more.
    var others = footprints
    others[1].overwritable = []
    #expect(problem(others) { _ in }.contains("%3: float32[4, 8] = tanh %2"))
    var later = graph
    later.equations[3].inputs = [.init(2)]
    #expect(throws: GraphError.self) { try plan.verify(for: later, footprints: footprints) }
  }

  @Test func `what the next run clears first lies in the arena until then`() throws {
    let graph = try Graph(
      parsing: """
        graph {
          argument %0 x: float32[32]
          %1: float32[32] = exp %0
          %2: float32[32] = tanh %1
          %3: float32[32] = exp %2
          update w.grad = %1
          update v.grad = %3
          update mean = %2
          return %3
        }
        """)
    let plan = MemoryPlan(graph, cleared: ["w.grad", "v.grad"])
    try plan.verify(for: graph)
    // %3 is returned as well.
    #expect(plan.blocks.map(\.offset) == [0, nil, nil])
    #expect(plan.arenaBytes == 128 && plan.resultBytes == 256)
    var broken = plan
    broken.blocks[1].offset = 0
    #expect(throws: GraphError.self) { try broken.verify(for: graph) }
  }

  @Test func `without footprints each output has a buffer of its own`() throws {
    let graph = try Graph(parsing: Self.text)
    let plan = MemoryPlan(graph)
    try plan.verify(for: graph)
    #expect(plan.blocks.map(\.byteCount) == [128, 128, 128, 128, 128, 128, 4])
    #expect(
      plan.blocks.map { $0.offset == nil } == [false, false, false, false, true, false, true])
    #expect(plan.arenaBytes == 256)
  }

  @Test func `an empty graph needs nothing`() throws {
    let plan = MemoryPlan(Graph())
    try plan.verify(for: Graph())
    #expect(plan.arenaBytes == 0 && plan.leastBytes == 0 && plan.blocks.isEmpty)
  }
}
