import FledgeCore
import Foundation
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

  @Test func `heads that are views give results in the same order of memory`() {
    // [B, T, H, D] seen as [B, H, T, D], as a Transformer has them.
    func heads(_ index: Int, _ rows: Int) -> Tensor {
      normal([2, rows, 3, 20], index).permuted([0, 2, 1, 3])
    }
    for (t, s) in [(70, 70), (7, 260)] {
      expectParity("[\(t), \(s)]", [heads(0, t), heads(1, s), heads(2, s)], tolerance: 1e-4) {
        attention($0[0], $0[1], $0[2], isCausal: true)
      }
    }
    // Few heads are cut by rows, each range of keys with its own part of dq.
    expectParity(
      "one head", (0..<3).map { normal([1, 400, 1, 24], $0).permuted([0, 2, 1, 3]) },
      tolerance: 1e-4
    ) { attention($0[0], $0[1], $0[2]) }

    // Back as [B, T, H · D] without a copy; a repeated key has no order of its own to keep.
    let q = heads(0, 70)
    let y = attention(q, q, q).permuted([0, 2, 1, 3])
    #expect(y.layout.isContiguous && y.reshaped([2, 70, 60]).storage === y.storage)
    let one = normal([2, 1, 5, 20], 3)
    expectParity("broadcast", [normal([2, 3, 5, 20]), one]) {
      let k = $0[1].broadcast(to: [2, 3, 5, 20])
      return attention($0[0], k, k)
    }
  }

  @Test func `exponentials at the ends of their range`() {
    let x: [Float] = [88.7228, 88.7229, -87.33655, -87.4, -100, -103.2, -103.97, -104, -110]
    let expected = x.map { Float(exp(Double($0))) }
    // Subnormal numbers round once, to whole steps of 2⁻¹⁴⁹; the copies fill whole vectors.
    let y = Tensor(x + x + x).exp().array(of: Float.self)
    for (value, exact) in zip(y, expected + expected + expected) where value != exact {
      #expect(abs(value - exact) <= max(exact * 0x1p-23, .leastNonzeroMagnitude), "\(exact)")
    }
    #expect(y[1] == .infinity && y[8] == 0 && y[4] == 27 * .leastNonzeroMagnitude)
  }

  @Test func `what is no number stays none, whatever its other bits say`() {
    let payloads: [UInt32] = [0x7fc0_0000, 0xffc0_0000, 0x7fc1_2345, 0xffff_ffff, 0x7fc0_00ff]
    let x = Tensor((payloads + payloads + payloads + payloads).map { Float(bitPattern: $0) })
    for (name, y) in [
      ("exp", x.exp()), ("expm1", expm1(x)), ("sigmoid", sigmoid(x)), ("tanh", tanh(x)),
      ("gelu", gelu(x)), ("silu", silu(x)), ("softmax", softmax(x)),
    ] {
      #expect(y.array().allSatisfy { $0.isNaN }, "\(name)")
    }
  }
}
