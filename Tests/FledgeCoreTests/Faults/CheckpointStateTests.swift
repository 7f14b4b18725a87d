import FledgeCore
import Foundation
import Synchronization
import Testing

/// A checkpoint computes a part twice, and everything beside its gradients is as if it had done so
/// once: generators, counters, what observers see.
@Suite struct CheckpointStateTests {
  /// A generator that the scope, the rank or the code itself brings.
  enum Source: CaseIterable {
    case scope, rank, named

    func run<R>(_ generator: Generator, _ body: (Generator?) -> R) -> R {
      switch self {
      case .scope: withGenerator(generator) { body(nil) }
      case .rank: withRank(0, of: 1, generator: generator) { body(nil) }
      case .named: body(generator)
      }
    }
  }

  /// Dropout of ones: the gradient must have the mask of the output.
  private static func hasItsOwnMask(_ generator: Generator?) -> Bool {
    let x = Tensor.ones([64]).requiringGradients()
    let y = checkpoint(x) { dropout($0, probability: 0.5, using: generator) }
    y.sum().backward()
    return x.grad!.isIdentical(to: y.detached())
  }

  @Test(arguments: Source.allCases)
  func `two trainings draw from one generator at once`(source: Source) async {
    let (generator, passes) = (Generator(seed: 1), 400)
    let right = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<2 {
        group.addTask {
          source.run(generator) { named in
            (0..<passes).count { _ in Self.hasItsOwnMask(named) }
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(right == 2 * passes)
    // Each pass took its 16 blocks once, and none was taken twice.
    #expect(generator.state == GeneratorState(key: 1, block: UInt64(2 * passes * 16)))
  }

  @Test(arguments: Source.allCases)
  func `trainings side by side have the bits of each alone`(source: Source) async {
    @Sendable func trained(_ seed: UInt64) -> [Float] {
      source.run(Generator(seed: seed)) { named in
        var weight = Tensor.normal([8, 8], using: Generator(seed: 9))
        for _ in 0..<20 {
          let leaf = weight.requiringGradients()
          let x = Tensor.uniform([4, 8], using: named)
          let y = checkpoint(x) { dropout($0.matmul(leaf), probability: 0.3, using: named) }
          y.square().sum().backward()
          weight = weight - leaf.grad! * 0.01
        }
        return weight.array()
      }
    }
    let alone = [trained(1), trained(2)]
    let together = await withTaskGroup(of: (Int, [Float]).self) { group in
      for i in 0..<2 { group.addTask { (i, trained(UInt64(i + 1))) } }
      return await group.reduce(into: [[], []]) { $0[$1.0] = $1.1 }
    }
    #expect(together == alone)
  }

  @Test(arguments: Source.allCases)
  func `a generator stays where it is while a part is computed again`(source: Source) {
    let generator = Generator(seed: 2)
    source.run(generator) { named in
      let x = Tensor.ones([8]).requiringGradients()
      var seen: [GeneratorState] = []
      // Single draws, a list, a child and a state that is read: all as in the first run.
      func part(_ x: Tensor) -> Tensor {
        let own = named ?? ExecutionContext.current.generator ?? .default
        seen.append(own.state)
        let factor = own.uniform() + Double(own.permutation(5)[0])
        let child = own.split()
        seen.append(own.state)
        return x * factor * Tensor.uniform([8], using: child) * Tensor.uniform([8], using: named)
      }
      let y = checkpoint(x, part)
      let after = generator.state
      y.sum().backward()
      #expect(generator.state == after)
      #expect(seen.count == 4 && Array(seen[..<2]) == Array(seen[2...]))
      expectElements(x.grad, y.array(of: Double.self), within: 1e-5)
    }
  }

  @Test func `a seed set in a part is set once`() {
    let generator = Generator(seed: 2)
    let x = Tensor.ones([8]).requiringGradients()
    let y = checkpoint(x) {
      generator.state = GeneratorState(key: 7)
      return $0 * Tensor.uniform([8], using: generator)
    }
    generator.state = GeneratorState(key: 8)
    y.sum().backward()
    expectIdentical(x.grad, y.detached())
    #expect(generator.state == GeneratorState(key: 8))
  }

  @Test func `a part that draws more the second time goes on in the stream`() {
    let generator = Generator(seed: 3)
    var runs = 0
    let x = Tensor.ones([1]).requiringGradients()
    var second: [Double] = []
    let y = checkpoint(x) {
      runs += 1
      let draws = (0..<2 * runs).map { _ in generator.uniform() }
      if runs == 2 { second = draws }
      return $0 * draws[0]
    }
    y.sum().backward()
    let stream = Generator(seed: 3)
    #expect(second == (0..<4).map { _ in stream.uniform() })
  }

  @Test func `the second run knows that it is one`() {
    var runs: [[Bool]] = [[], []]
    func note(_ level: Int) { runs[level].append(ExecutionContext.current.isRecomputation) }
    let x = Tensor.ones([2]).requiringGradients()
    let y = checkpoint(x) { x in
      note(0)
      return checkpoint(x * 2) { x in
        note(1)
        return x * 3
      }
    }
    #expect(runs == [[false], [false]])
    y.sum().backward()
    #expect(runs[0] == [false, true])
    #expect(runs[1].first == false && runs[1].dropFirst().allSatisfy { $0 })
    #expect(!ExecutionContext.current.isRecomputation)
    expectElements(x.grad, [6, 6])
  }

  @Test func `observers of the forward pass see a part once`() {
    let q = Tensor.normal([1, 3, 4], using: Generator(seed: 1)).requiringGradients()
    func run(_ isCheckpointed: Bool) -> (maps: Int, nodes: Int) {
      func part(_ q: Tensor) -> Tensor { attention(q, q, q) * 2 }
      func loss() -> Tensor { (isCheckpointed ? checkpoint(q, part) : part(q)).sum() }
      let (_, maps) = withAttentionMaps { loss().backward() }
      let (_, graph) = recordingGraph { loss().backward() }
      return (maps.count, graph.nodes.count { $0.name == "attention" })
    }
    #expect(run(false) == (1, 1))
    #expect(run(true) == (1, 1))
  }

  @Test func `scopes end where they began, also if the body throws`() {
    struct Stop: Error {}
    let before = ExecutionContext.current
    let scopes: [(() throws -> Void) throws -> Void] = [
      { try withoutGradients($0) }, { try withGradients($0) }, { try withBackend(.reference, $0) },
      { try withGenerator(Generator(seed: 1), $0) }, { try withMemoryTag(.parameter, $0) },
      { try withAbstractTensors($0) }, { try withLedger(Ledger("scope"), $0) },
      { try withRank(1, of: 2, $0) }, { try autocast(.bfloat16, $0) },
      { _ = try withProfiler($0) }, { _ = try withMemoryTimeline($0) },
      { _ = try withAttentionMaps($0) },
    ]
    for scope in scopes {
      #expect(throws: Stop.self) {
        try scope {
          #expect(ExecutionContext.current !== before)
          throw Stop()
        }
      }
      #expect(ExecutionContext.current === before)
    }
  }
}
