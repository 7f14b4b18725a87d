import FledgeCore
import Testing

@testable import FledgeCompiler

@Suite struct MemoryOrderTests {
  @Test func `what frees a large value is done before another one is made`() throws {
    let graph = try Graph(
      parsing: """
        graph {
          argument %0 x: float32[64]
          %1: float32[64] = exp %0
          %2: float32[64] = tanh %0
          %3: float32[64] = cos %2
          %4: float32[] = sum[axes=[0], keepDims=false] %1
          %5: float32[64] = add %3, %4
          return %5
        }
        """)
    let footprints = graph.assumedFootprints
    let order = graph.orderForMemory(footprints, cleared: [])
    let better = graph.inOrder(order)
    try better.verify()
    let plans = (
      MemoryPlan(graph, footprints: footprints),
      MemoryPlan(better, footprints: order.map { footprints[$0] })
    )
    #expect(plans.0.leastBytes == 768 && plans.1.leastBytes == 516)
  }

  @Test(arguments: 0..<20)
  func `any graph in the order found is a graph that computes the same and needs no more`(
    seed: UInt64
  ) throws {
    let graph = RandomGraph.make(seed: seed, count: 40)
    let footprints = graph.assumedFootprints
    let order = graph.orderForMemory(footprints, cleared: [])
    #expect(order.sorted() == Array(graph.equations.indices))
    let better = graph.inOrder(order)
    try better.verify()
    #expect(
      MemoryPlan(better, footprints: order.map { footprints[$0] }).leastBytes
        <= MemoryPlan(graph, footprints: footprints).leastBytes)
  }

  @Test func `nothing passes an update in place`() {
    let step = TrainingStep.make("mlp")
    let graph = trace(step.types, step.body).graph
    let order = graph.orderForMemory(graph.assumedFootprints, cleared: [])
    let first = graph.equations.firstIndex { $0.name == "sgdUpdate" }!
    #expect(order[first...].elementsEqual(first..<graph.equations.count))
  }
}
