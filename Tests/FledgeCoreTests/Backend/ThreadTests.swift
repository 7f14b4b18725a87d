import FledgeCore
import FledgeTestSupport
import Foundation
import Synchronization
import Testing

/// The same bits whatever the number of threads.
@Suite struct ThreadTests {
  /// Runs `body` for several numbers of threads; a process of its own, as the number is global.
  static func outcomes(_ body: () -> [Tensor]) -> [(threads: Int, tensors: [Tensor])] {
    [1, 2, 3, 7].map { threads in
      ThreadPool.threadCount = threads
      return (threads, body())
    }
  }

  static func expectSameBits(_ label: String, _ body: () -> [Tensor]) {
    let all = outcomes(body)
    for (threads, tensors) in all.dropFirst() {
      for (a, b) in zip(tensors, all[0].tensors) where !a.isIdentical(to: b) {
        Issue.record("\(label): \(threads) threads differ from one")
      }
    }
  }

  /// Outputs and gradients of a function of leaves.
  static func passes(_ inputs: [Tensor], _ f: ([Tensor]) -> [Tensor]) -> [Tensor] {
    let leaves = inputs.map { $0.dtype.isFloatingPoint ? $0.requiringGradients() : $0 }
    let outputs = f(leaves)
    for y in outputs where y.requiresGradients {
      let dy = Tensor.uniform(y.shape, using: Generator(seed: 9)).cast(to: y.dtype)
      y.backward(gradient: dy, retainGraph: true)
    }
    return outputs.map { $0.detached() } + leaves.compactMap(\.grad)
  }

  @Test func `every primitive's samples`() async {
    await #expect(processExitsWith: .success) {
      for sample in Registry.primitives.flatMap({ $0.samples }) {
        let inputs = sample.tensors(.float32, using: Generator(seed: 7))
        ThreadTests.expectSameBits(sample.label) {
          ThreadTests.passes(inputs) { applied(sample.primitive, $0) }
        }
      }
    }
  }

  @Test func `sizes that are divided among threads`() async {
    await #expect(processExitsWith: .success) {
      let source = Generator(seed: 8)
      func normal(_ shape: Shape) -> Tensor { Tensor.normal(shape, using: source) }
      let cases: [(String, [Tensor], @Sendable ([Tensor]) -> [Tensor])] = [
        ("map", [normal([300_001])], { [gelu($0[0])] }),
        ("zip", [normal([700, 333]), normal([333])], { [$0[0] * $0[1]] }),
        ("matmul", [normal([257, 300]), normal([300, 513])], { [$0[0].matmul($0[1])] }),
        ("tall", [normal([2000, 64]), normal([64, 48])], { [$0[0].matmul($0[1])] }),
        ("row", [normal([1, 768]), normal([768, 3072])], { [$0[0].matmul($0[1])] }),
        ("batch", [normal([24, 40, 32]), normal([24, 32, 56])], { [$0[0].matmul($0[1])] }),
        ("sum", [normal([1_000_003])], { [$0[0].sum()] }),
        ("rows", [normal([1000, 777])], { [$0[0].sum(axis: 1), $0[0].max(axis: 1)] }),
        ("columns", [normal([777, 1000])], { [$0[0].sum(axis: 0), $0[0].mean(axis: 0)] }),
        ("softmax", [normal([500, 400])], { [softmax($0[0]), logSoftmax($0[0])] }),
        (
          "attention",
          [normal([2, 4, 130, 32]), normal([2, 4, 130, 32]), normal([2, 4, 130, 32])],
          { [attention($0[0], $0[1], $0[2], isCausal: true)] }
        ),
        (
          "layerNorm", [normal([900, 256]), normal([256]), normal([256])],
          { [layerNorm($0[0], weight: $0[1], bias: $0[2])] }
        ),
        (
          "crossEntropy", [normal([800, 500]), (Tensor.arange(800) * 7).cast(to: .float32)],
          { [crossEntropyLosses($0[0], ($0[1] - ($0[1] / 500).floor() * 500).cast(to: .int64))] }
        ),
        ("transpose", [normal([600, 700])], { [$0[0].transposed().contiguous()] }),
        ("take", [normal([1000, 300])], { [$0[0].take(Tensor.arange(900))] }),
        ("cast", [normal([200_000])], { [$0[0].cast(to: .float16), $0[0].cast(to: .bfloat16)] }),
      ]
      for (label, inputs, f) in cases {
        ThreadTests.expectSameBits(label) { ThreadTests.passes(inputs, f) }
      }
      ThreadTests.expectSameBits("draws") {
        [
          Tensor.normal([100_003], using: Generator(seed: 2)),
          Tensor.uniform([100_003], using: Generator(seed: 2)), Tensor.full([500_000], 3),
        ]
      }
    }
  }

  @Test func `tensors are shared by many tasks at once`() async {
    let x = Tensor.normal([64, 64], using: Generator(seed: 5))
    let leaf = x.requiringGradients()
    let expected = passesOnce(leaf.detached())
    await withTaskGroup(of: Bool.self) { group in
      for i in 0..<40 {
        group.addTask {
          var mine = x
          mine += Double(i)
          let product = self.passesOnce(leaf.detached())
          leaf.sum().backward()
          return product.isIdentical(to: expected) && (mine - x)[0, 0].item().rounded() == Double(i)
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(leaf.grad!.isIdentical(to: Tensor.full([64, 64], 40)))
    #expect(x.isIdentical(to: Tensor.normal([64, 64], using: Generator(seed: 5))))
  }

  private func passesOnce(_ x: Tensor) -> Tensor {
    valueAndGradient(at: x) { softmax($0.matmul($0.transposed())).square().sum() }.gradient
  }

  @Test func `one graph is gone backward through by many tasks at once`() async {
    let x = Tensor.ones([1000]).requiringGradients()
    let shared = x.exp().sin()
    await withTaskGroup(of: Void.self) { group in
      for i in 1...32 {
        group.addTask { (shared * Double(i)).sum().backward(retainGraph: true) }
      }
    }
    let one = (Foundation.cos(M_E) * M_E) * Double(32 * 33 / 2)
    #expect(x.grad!.isClose(to: Tensor.full([1000], one), relativeTolerance: 1e-4))
  }

  @Test(arguments: [0, 1, 100, 32_768, 32_769, 49_152, 98_304, 98_305, 400_001, 1 << 20])
  func `elements are divided into even shares of whole cache lines`(count: Int) {
    let ranges = Mutex<[Range<Int>]>([])
    ThreadPool.forElements(count) { range in ranges.withLock { $0.append(range) } }
    let all = ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
    #expect(all.flatMap { Array($0) } == Array(0..<count))
    #expect(all.allSatisfy { $0.lowerBound % 64 == 0 && $0.count <= ThreadPool.grain })
    if count > ThreadPool.grain {
      #expect(all.count % 2 == 0)
      #expect(all.dropLast().allSatisfy { $0.count == all[0].count })
      // Two threads end together: the halves differ by less than a line of each range.
      let half = all.prefix(all.count / 2).reduce(0) { $0 + $1.count }
      #expect(abs(2 * half - count) <= 64 * all.count)
    }
  }
}
