import FledgeCore
import Testing

/// Sizes and values at the edges of the kernels' tiles and blocks, against the reference.
@Suite struct KernelEdgeTests {
  static let seed: UInt64 = 20_261_127

  private func normal(_ shape: Shape, _ index: Int = 0) -> Tensor {
    Tensor.normal(shape, using: Generator(seed: Self.seed).split(UInt64(index)))
  }

  /// Compares outputs, and the gradients of all inputs for random output gradients.
  private func expectParity(
    _ label: String, _ inputs: [Tensor], tolerance: Double = 2e-5, _ f: ([Tensor]) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func passes() -> [Tensor] {
      let leaves = inputs.map { $0.requiringGradients() }
      let y = f(leaves)
      y.backward(gradient: normal(y.shape, 99))
      return [y.detached()] + leaves.map { $0.grad! }
    }
    let (actual, expected) = (withBackend(.cpu, passes), withBackend(.reference, passes))
    for (i, (a, e)) in zip(actual, expected).enumerated() {
      let isClose = a.isClose(to: e, relativeTolerance: tolerance, absoluteTolerance: tolerance)
      #expect(
        isClose, "\(label), \(i == 0 ? "output" : "gradient \(i)"), seed \(Self.seed)",
        sourceLocation: sourceLocation)
    }
  }

  private static let lengths = [
    1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 1023, 1025, 4097, 20_000,
  ]

  @Test(arguments: lengths) func `reductions and rows of every length`(n: Int) {
    let x = normal([3, n])
    expectParity("sum", [x]) { $0[0].sum(axis: 1) }
    expectParity("columns", [normal([n, 5])]) { $0[0].sum(axis: 0) }
    expectParity("softmax", [x]) { softmax($0[0]) }
    expectParity("logSoftmax", [x]) { logSoftmax($0[0]) }
    expectParity("max", [x]) { $0[0].max(axis: 1) }
    expectParity("min", [x]) { $0[0].min(axis: 1) }
    expectParity("logSumExp", [x]) { $0[0].logSumExp(axis: 1) }
    expectParity("crossEntropy", [x]) {
      crossEntropyLosses($0[0], Tensor([0, n - 1, n / 2] as [Int]), labelSmoothing: 0.1)
    }
    #expect(x.argmax(axis: 1).isIdentical(to: withBackend(.reference) { x.argmax(axis: 1) }))
    if n > 1 {
      expectParity("layerNorm", [x, normal([n], 1), normal([n], 2)], tolerance: 1e-4) {
        layerNorm($0[0], weight: $0[1], bias: $0[2])
      }
    }
  }

  @Test(arguments: [5_000, 65_537, 100_003, 1_000_001])
  func `long sums join their blocks without losing digits`(n: Int) {
    let x = Tensor.uniform([n], using: Generator(seed: Self.seed))
    let exact = x.array(of: Double.self).reduce(0, +)
    #expect(abs(x.sum().item() - exact) <= 1e-6 * exact)
    #expect(Tensor.ones([n]).sum().item() == Double(n))
  }

  @Test func `large logits neither overflow nor vanish`() {
    let x = Tensor([[1000, 999, -1000], [-5000, -5001, -5002], [88, 89, 90]])
    expectParity("softmax", [x]) { softmax($0[0]) }
    expectParity("logSoftmax", [x]) { logSoftmax($0[0]) }
    let targets = Tensor([0, 1, 2] as [Int])
    let losses = withBackend(.reference) { crossEntropyLosses(x, targets) }
    #expect(crossEntropyLosses(x, targets).isClose(to: losses, relativeTolerance: 1e-6))
    #expect(softmax(x).array().allSatisfy { $0.isFinite })
    #expect(softmax(x)[0].array().prefix(2) == [0.7310586, 0.26894143])
  }

  @Test func `a large mean leaves the layer norm its digits`() {
    expectParity("layerNorm", [normal([4, 100]) + 100], tolerance: 1e-3) { layerNorm($0[0]) }
  }

  @Test func `products of every small size`() {
    for (m, k, n) in [
      (1, 1, 1), (2, 65, 3), (5, 130, 6), (4, 300, 3), (7, 9, 17), (6, 3, 33), (13, 1, 15),
      (1, 64, 63), (16, 16, 16), (17, 17, 17), (33, 65, 31),
    ] {
      expectParity("\(m)×\(k)×\(n)", [normal([m, k]), normal([k, n], 1)]) { $0[0].matmul($0[1]) }
      expectParity("\(m)×\(k)×\(n) transposed", [normal([k, m]), normal([n, k], 1)]) {
        $0[0].transposed().matmul($0[1].transposed())
      }
    }
  }

  @Test func `attention over every edge of its tiles`() {
    for (t, s) in [(1, 1), (1, 70), (5, 5), (7, 64), (48, 65), (49, 49), (65, 130), (193, 193)] {
      for isCausal in [false, true] {
        let inputs = [normal([2, t, 20]), normal([2, s, 20], 1), normal([2, s, 20], 2)]
        expectParity("[\(t), \(s)] causal: \(isCausal)", inputs, tolerance: 1e-4) {
          attention($0[0], $0[1], $0[2], isCausal: isCausal)
        }
      }
    }
  }
}
