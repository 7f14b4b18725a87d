import FledgeCore
import Foundation
import Testing

/// Where the formulas of fused operations meet −∞, NaN, and rows of no elements: kernels and composed
/// forms alike, in every floating type.
@Suite struct FusedCornerTests {
  private static let infinity = Double.infinity

  private func forAll(_ body: (DType) -> Void) {
    for dtype in [DType.float32, .float64, .float16, .bfloat16] {
      withBackend(.cpu) { body(dtype) }
      withBackend(.reference) { body(dtype) }
    }
  }

  private func tensor(_ values: [Double], _ shape: Shape, _ dtype: DType) -> Tensor {
    Tensor(values, shape: shape).cast(to: dtype)
  }

  private func areZero(_ x: Tensor?) -> Bool {
    x.map { $0.array(of: Double.self).allSatisfy { $0 == 0 } } ?? false
  }

  @Test func `softmax of −∞ is 0, and of nothing else it is NaN`() {
    forAll { dtype in
      let x = tensor(
        [1, -Self.infinity, 1, -Self.infinity, -Self.infinity, -Self.infinity], [2, 3], dtype)
      let (y, log) = (softmax(x), logSoftmax(x))
      expectElements(y[0], [0.5, 0, 0.5], within: 1e-3)
      expectElements(log[0], [-0.6931472, -Self.infinity, -0.6931472], within: 4e-3)
      #expect(y[1].array().allSatisfy { $0.isNaN } && log[1].array().allSatisfy { $0.isNaN })
      let leaf = x[0].requiringGradients()
      (softmax(leaf) * tensor([1, 2, 3], [3], dtype)).sum().backward()
      expectElements(leaf.grad, [-0.5, 0, 0.5], within: 1e-2)
    }
  }

  @Test func `one NaN makes its row NaN, and no other`() {
    forAll { dtype in
      for place in 0..<3 {
        var values: [Double] = [1, 2, 3, 1, 2, 3]
        values[place] = .nan
        for y in [
          softmax(tensor(values, [2, 3], dtype)), logSoftmax(tensor(values, [2, 3], dtype)),
        ] {
          #expect(y[0].array().allSatisfy { $0.isNaN } && y[1].array().allSatisfy { $0.isFinite })
        }
      }
    }
  }

  @Test func `rows of no elements, and no rows`() {
    forAll { dtype in
      for shape in [[3, 0], [0, 3]] as [Shape] {
        let x = Tensor.zeros(shape, dtype: dtype)
        #expect(softmax(x).shape == shape && logSoftmax(x).shape == shape)
      }
      let none = Tensor.zeros([2, 0], dtype: dtype)
      expectElements(none.logSumExp(axis: 1), [-Self.infinity, -Self.infinity])
      #expect(none.mean(axis: 1).array().allSatisfy { $0.isNaN })
      #expect(none.variance(axis: 1).array().allSatisfy { $0.isNaN })
      let rows = Tensor.zeros([0, 4], dtype: dtype).requiringGradients()
      let weight = Tensor.ones([4], dtype: dtype).requiringGradients()
      layerNorm(rows, weight: weight).sum().backward()
      #expect(areZero(weight.grad) && rows.grad?.shape == [0, 4])
      let losses = crossEntropyLosses(rows, Tensor.zeros([0], dtype: .int64))
      #expect(losses.shape == [0] && losses.dtype == dtype)
    }
  }

  @Test func `a class that is impossible costs nothing unless it is the target`() {
    forAll { dtype in
      let x = tensor([0, -Self.infinity, 0, -Self.infinity], [2, 2], dtype).requiringGradients()
      let losses = crossEntropyLosses(x, Tensor([0, 1] as [Int]))
      expectElements(losses, [0, Self.infinity])
      losses[0].backward()
      #expect(areZero(x.grad))
      // Smoothing gives every class a share of the target.
      let smooth = crossEntropyLosses(x, Tensor([0, 0] as [Int]), labelSmoothing: 0.1)
      expectElements(smooth, [Self.infinity, Self.infinity])
    }
  }

  @Test func `an ignored row counts for nothing, whatever it holds`() {
    forAll { dtype in
      let x = tensor([.nan, 1, -Self.infinity, -Self.infinity, 1, 1], [3, 2], dtype)
        .requiringGradients()
      let losses = crossEntropyLosses(x, Tensor([-1, -1, 1] as [Int]), ignoreIndex: -1)
      expectElements(losses, [0, 0, 0.6931472], within: 2e-3)
      losses.sum().backward()
      expectElements(x.grad, [0, 0, 0, 0, 0.5, -0.5], within: 1e-3)
    }
  }

  @Test func `a query that sees no key gets 0 and passes nothing on`() {
    forAll { dtype in
      func heads(_ rows: Int, _ seed: UInt64) -> Tensor {
        Tensor.normal([1, rows, 4], using: Generator(seed: seed)).cast(to: dtype)
          .requiringGradients()
      }
      let (q, k, v) = (heads(3, 1), heads(2, 2), heads(2, 3))
      let hidden = tensor(
        [0, 0, -Self.infinity, -Self.infinity, 0, -Self.infinity], [3, 2], dtype)
      // The second query by a mask; the first of three by its place before both keys.
      for (row, mask) in [(1, hidden), (0, nil)] {
        let y = attention(q, k, v, mask: mask, isCausal: mask == nil)
        #expect(areZero(y[0][row]) && y.array().allSatisfy { $0.isFinite })
        let first = gradients(of: y.square().sum(), withRespectTo: [q, k, v], createGraph: true)
        #expect(areZero(first[0][0][row]))
        #expect(first.allSatisfy { $0.array().allSatisfy { $0.isFinite } })
        let second = gradients(
          of: first.reduce(Tensor(0, dtype: dtype)) { $0 + $1.square().sum() },
          withRespectTo: [q, k, v])
        #expect(areZero(second[0][0][row]))
        #expect(second.allSatisfy { $0.array().allSatisfy { $0.isFinite } })
      }
      let nothing = attention(
        q, Tensor.zeros([1, 0, 4], dtype: dtype), Tensor.zeros([1, 0, 4], dtype: dtype))
      #expect(areZero(nothing) && nothing.shape == [1, 3, 4])
      let mask = tensor([0, -Self.infinity], [2], dtype)
      // All see the first key alone, so its value is what comes out.
      let one = attention(q, k, v, mask: mask)
      #expect(one[0][2].isClose(to: v[0][0], relativeTolerance: 1e-2, absoluteTolerance: 1e-2))
    }
  }

  @Test func `a trained mask that hides all keys of a query has a gradient of 0 there`() {
    for dtype in [DType.float32, .float64] {
      let q = Tensor.normal([2, 4], using: Generator(seed: 1)).cast(to: dtype)
      let mask = tensor([-Self.infinity, -Self.infinity, 0.5, 0], [2, 2], dtype)
        .requiringGradients()
      attention(q, q, q, mask: mask).square().sum().backward()
      #expect(areZero(mask.grad?[0]) && !areZero(mask.grad?[1]))
    }
  }

  // MARK: Mean and variance

  @Test func `a mean is one operation, and has the bits of a sum divided`() {
    let x = Tensor.normal([37, 41], using: Generator(seed: 5))
    let log = OperationLog()
    let y = withTransformation(log) { x.mean(axis: 1) }
    #expect(log.names == ["mean"])
    #expect(y.isIdentical(to: x.sum(axis: 1) / 41))
    #expect(x.mean().isIdentical(to: x.sum() / (37 * 41)))
    #expect(x.mean(axis: 0, keepDims: true).isIdentical(to: x.sum(axis: 0, keepDims: true) / 37))
    #expect(Tensor.zeros([0]).mean().item().isNaN)
  }

  @Test func `a large mean leaves the variance its digits`() {
    let small = Tensor.normal([3, 1000], using: Generator(seed: 6))
    for backend in [0, 1] {
      let variance = { (small + 4096).variance(axis: 1) }
      let found = backend == 0 ? withBackend(.cpu, variance) : withBackend(.reference, variance)
      let exact = ((small + 4096).cast(to: .float64)).variance(axis: 1).cast(to: .float32)
      #expect(found.isClose(to: exact, relativeTolerance: 1e-5, absoluteTolerance: 0))
    }
  }

  @Test func `the variance of one element is 0, or unknown where it is to be unbiased`() {
    forAll { dtype in
      let x = tensor([3, 5], [2, 1], dtype)
      #expect(areZero(x.variance(axis: 1, correction: 0)))
      #expect(x.variance(axis: 1).array().allSatisfy { $0.isNaN })
      #expect(x.variance(axis: 1, correction: 3).array().allSatisfy { $0.isNaN })
      expectElements(x.variance(), [2])
      let log = OperationLog()
      withTransformation(log) { _ = x.variance() }
      #expect(log.names == ["variance"])
    }
  }
}
