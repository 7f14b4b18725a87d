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
      let outputs = equation.outputs.map { _ -> Footprint.Origin in
        if !equation.inputs.isEmpty && generator.bernoulli(0.4) {
          return .input(generator.integer(below: equation.inputs.count))
        }
        if generator.bernoulli(0.05) { return .outside }
        buffers.append(1 + generator.integer(below: 500))
        return .buffer(buffers.count - 1)
      }
      return Footprint(buffers: buffers, outputs: outputs)
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
      for index in own {
        for byte in plan.blocks[index].range ?? 0..<0 { arena[byte] = index }
      }
      for value in equation.inputs {
        guard let index = buffers[value] else { continue }
        let isWhole = (plan.blocks[index].range ?? 0..<0).allSatisfy { arena[$0] == index }
        #expect(isWhole, "\(value) is overwritten before `\(equation)`")
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
      where plan.blocks[a].lifetime.overlaps(plan.blocks[b].lifetime) {
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
      Footprint(buffers: [128], outputs: [.buffer(0)]),
      Footprint(buffers: [], outputs: [.input(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)]),
      Footprint(buffers: [128], outputs: [.buffer(0)]),
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
        "0..<128, scratch 40", "128..<256", "view in 128..<256", "0..<128", "own memory",
        "0..<128", "own memory",
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
    let view = problem(footprints) { $0.blocks[3].offset = 128 }
    #expect(view.contains("is needed") && view.contains("%5: float32[4, 8] = exp %0"))
  }

  @Test func `without footprints each output has a buffer of its own`() throws {
    let graph = try Graph(parsing: Self.text)
    let plan = MemoryPlan(graph)
    try plan.verify(for: graph)
    #expect(plan.blocks.map(\.byteCount) == [128, 128, 128, 128, 128, 128, 4])
    #expect(plan.blocks.map { $0.offset == nil } == [false, false, false, false, true, false, true])
    #expect(plan.arenaBytes == 256)
  }

  @Test func `an empty graph needs nothing`() throws {
    let plan = MemoryPlan(Graph())
    try plan.verify(for: Graph())
    #expect(plan.arenaBytes == 0 && plan.leastBytes == 0 && plan.blocks.isEmpty)
  }
}
