import FledgeCore
import Testing

/// Softmax and what is made of it, where the scores are so large that ln Σ eˣ has no digits left for the
/// sum, or are infinite.
@Suite struct LargeScoreTests {
  private func forAll(_ body: (DType) -> Void) {
    for dtype in [DType.float32, .float64, .float16, .bfloat16] {
      withBackend(.cpu) { body(dtype) }
      withBackend(.reference) { body(dtype) }
    }
  }

  @Test(arguments: [1e38, -1e38, 60_000, -60_000, 1e6])
  func `equal scores share, whatever their size`(score: Double) {
    forAll { dtype in
      if dtype == .float16 && score.magnitude > 65_504 { return }
      let x = Tensor([score, score, score, score], shape: [1, 4]).cast(to: dtype)
      expectElements(softmax(x), [0.25, 0.25, 0.25, 0.25])
      expectElements(logSoftmax(x), [Double](repeating: -1.3862944, count: 4), within: 4e-3)
      #expect(x.logSumExp(axis: 1).isClose(to: x[.all, 0], relativeTolerance: 1e-2))
      for smoothing in [0, 0.2] {
        let leaf = x.requiringGradients()
        let losses = crossEntropyLosses(leaf, Tensor([1] as [Int]), labelSmoothing: smoothing)
        expectElements(losses, [1.3862944], within: 4e-3)
        losses.sum().backward()
        let (rest, target) = (0.25 - smoothing / 4, 0.25 - (1 - smoothing) - smoothing / 4)
        expectElements(leaf.grad, [rest, target, rest, rest], within: 2e-3)
      }
    }
  }

  @Test func `keys with equal scores share the gradient of their values`() {
    forAll { dtype in
      // Scores of 4e4 and, in float32 and wider, of 4e12.
      for size in dtype == .float16 ? [200.0] : [200, 2e6] {
        let q = Tensor.full([1, 2, 1], size, dtype: dtype).requiringGradients()
        let k = Tensor.full([1, 4, 1], size, dtype: dtype).requiringGradients()
        let v = Tensor([1, 2, 3, 4], shape: [1, 4, 1]).cast(to: dtype).requiringGradients()
        let y = attention(q, k, v, scale: 1)
        expectElements(y, [2.5, 2.5])
        y.sum().backward()
        expectElements(v.grad, [0.5, 0.5, 0.5, 0.5])
      }
    }
  }

  @Test func `a score of ∞ makes its row NaN, and no other`() {
    forAll { dtype in
      let x = Tensor([Double.infinity, 1, 2, 3, 1, 2], shape: [2, 3]).cast(to: dtype)
      for y in [softmax(x), logSoftmax(x)] {
        #expect(y[0].array().allSatisfy { $0.isNaN } && y[1].array().allSatisfy { $0.isFinite })
      }
      let losses = crossEntropyLosses(x, Tensor([1, 1] as [Int])).array()
      #expect(losses[0].isNaN && losses[1].isFinite)
    }
  }

  @Test func `smoothing costs ∞ where a class is impossible, be it the target or another`() {
    forAll { dtype in
      let x = Tensor([0, -Double.infinity, 1, -.infinity], shape: [2, 2]).cast(to: dtype)
      expectElements(
        crossEntropyLosses(x, Tensor([0, 1] as [Int]), labelSmoothing: 0.1), [.infinity, .infinity])
    }
  }
}
