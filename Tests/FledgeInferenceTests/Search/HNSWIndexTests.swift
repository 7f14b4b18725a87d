import FledgeCore
import Testing

@testable import FledgeInference

@Suite struct HNSWIndexTests {
  /// Vectors of length 1 around a few centres, as those of texts are.
  private func vectors(_ count: Int, _ dimensions: Int, seed: UInt64) -> [[Float]] {
    let generator = Generator(seed: seed)
    let centres = Tensor.normal([20, dimensions], using: generator)
    return (0..<count).map { _ in
      let x = centres[generator.integer(below: 20)] + Tensor.normal([dimensions], using: generator)
      return (x / x.square().sum().sqrt()).array(of: Float.self)
    }
  }

  private func index(_ vectors: [[Float]]) -> HNSWIndex {
    var index = HNSWIndex(dimensions: vectors[0].count)
    for vector in vectors { index.add(vector) }
    return index
  }

  @Test func `Of the ten nearest at least 95 in 100 are found, by looking at few`() {
    let all = vectors(1200, 24, seed: 1)
    let index = index(all)
    let questions = vectors(60, 24, seed: 1 << 32)
    var found = 0
    for question in questions {
      let exact = index.exactNearest(to: question, count: 10)
      let near = index.nearest(to: question, count: 10)
      #expect(near.count == 10)
      for (a, b) in zip(near, near.dropFirst()) { #expect(a.similarity >= b.similarity) }
      found += near.count { exact.contains($0) }
    }
    #expect(Double(found) / 600 >= 0.95, "recall \(Double(found) / 600)")
    // A greedy walk alone would not do: the effort counts.
    let hasty = questions.reduce(0) { sum, question in
      let exact = index.exactNearest(to: question, count: 10)
      return sum + index.nearest(to: question, count: 10, effort: 10).count { exact.contains($0) }
    }
    #expect(hasty < found)
  }

  @Test func `The exact nearest are the greatest products, the first of equal ones first`() {
    var index = HNSWIndex(dimensions: 2)
    for vector: [Float] in [[1, 0], [0, 1], [0.6, 0.8], [0, 1]] { index.add(vector) }
    #expect(index.exactNearest(to: [0, 1], count: 3).map(\.number) == [1, 3, 2])
    #expect(index.nearest(to: [0, 1], count: 9).map(\.number) == [1, 3, 2, 0])
    #expect(index.nearest(to: [1, 0], count: 1) == [.init(number: 0, similarity: 1)])
    #expect(index.nearest(to: [1, 0], count: 0).isEmpty)
    #expect(HNSWIndex(dimensions: 2).nearest(to: [1, 0], count: 3).isEmpty)
  }

  @Test func `A graph that was written is the same, also where it grows, and a broken one is none`()
  {
    let all = vectors(200, 8, seed: 3)
    let whole = index(all)
    let half = index(Array(all[..<100]))
    var again = HNSWIndex(vectors: half.vectors, graph: half.graph, dimensions: 8)
    for vector in all[100...] { again?.add(vector) }
    #expect(again?.graph == whole.graph && again?.vectors == whole.vectors)
    let graph = half.graph
    for change: (inout [Int32]) -> Void in [
      { $0.removeLast() }, { $0.append(0) }, { $0[0] = 0 }, { $0[0] = -1 }, { $0[1] = 1 << 30 },
      { $0[1] = -5 }, { $0[2] = 100 }, { $0[2] = -1 }, { $0 = [] },
    ] {
      var broken = graph
      change(&broken)
      #expect(HNSWIndex(vectors: half.vectors, graph: broken, dimensions: 8) == nil)
    }
    #expect(HNSWIndex(vectors: [1, 2, 3], graph: [1, 0], dimensions: 2) == nil)
    #expect(HNSWIndex(vectors: [1, .nan], graph: [1, 0], dimensions: 2) == nil)
  }
}
