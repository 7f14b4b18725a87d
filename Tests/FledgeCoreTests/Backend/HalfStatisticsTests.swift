import FledgeCore
import Testing

/// What summarizes many halves, primitive or not, computes in float32 from the first read to the last
/// write, in its gradient, too.
@Suite struct HalfStatisticsTests {
  struct Member: Sendable {
    let shape: Shape
    /// Values lie in 0.5 … 1.5 times this; the squares of 300 are no float16.
    let scale: Double
    let function: @Sendable (Tensor) -> Tensor

    init(
      _ shape: Shape, scale: Double = 300, _ function: @escaping @Sendable (Tensor) -> Tensor
    ) {
      (self.shape, self.scale, self.function) = (shape, scale, function)
    }
  }

  private static func weight(_ x: Tensor, _ count: Int) -> Tensor {
    Tensor.full([count], 1.5, dtype: x.dtype)
  }

  static let reductions: [String: Member] = {
    var result: [String: Member] = [
      "sum": Member([6, 8]) { $0.sum(axis: 1) },
      "mean": Member([6, 8]) { $0.mean(axis: 0) },
      "prod": Member([6, 8], scale: 1) { $0.prod(axis: 1) },
      "max": Member([6, 8]) { $0.max(axis: 1) },
      "min": Member([6, 8]) { $0.min(axis: 0) },
      "variance": Member([6, 8], scale: 30) { $0.variance(axis: 1) },
      "standardDeviation": Member([6, 8]) { $0.standardDeviation(axes: [1]) },
      "logSumExp": Member([6, 8], scale: 8) { $0.logSumExp(axis: 1) },
    ]
    for p in [0, 0.5, 1, 2, 3, -1, .infinity, -.infinity] {
      result["norm \(p)"] = Member([6, 8]) { $0.norm(p, axes: [1]) }
    }
    return result
  }()

  static let norms: [String: Member] = [
    "rmsNorm": Member([6, 8]) { rmsNorm($0, weight: weight($0, 8)) },
    "layerNorm": Member([6, 8]) { layerNorm($0, weight: weight($0, 8), bias: weight($0, 8)) },
    "batchNorm": Member([6, 2, 4]) {
      batchNorm($0, weight: weight($0, 2), bias: weight($0, 2)).y
    },
    "groupNorm": Member([3, 4, 5]) {
      groupNorm($0, groups: 2, weight: weight($0, 4), bias: weight($0, 4))
    },
    "instanceNorm": Member([3, 4, 5]) { instanceNorm($0, weight: weight($0, 4)) },
    "layerNorm of two axes": Member([6, 2, 4]) { layerNorm($0, over: [2, 4]) },
    "batchNorm without bias": Member([6, 2, 4]) { batchNorm($0, weight: weight($0, 2)).y },
    "selu": Member([6, 8], scale: 1) { selu($0 - 1) },
    "glu": Member([6, 8], scale: 2) { glu($0) },
    "crossEntropy": Member([6, 8], scale: 8) {
      crossEntropyLosses($0, Tensor([0, 1, 7, 3, 2, 5] as [Int]), labelSmoothing: 0.1)
    },
  ]

  static let images: [String: Member] = [
    "avgPool2d": Member([2, 2, 7, 6]) { avgPool2d($0, kernel: 3, stride: 2, padding: 1) },
    "avgPool2d inside": Member([2, 2, 7, 6]) {
      avgPool2d($0, kernel: 3, stride: 1, padding: 1, countsPadding: false)
    },
    "maxPool2d": Member([2, 2, 7, 6]) { maxPool2d($0, kernel: 3, stride: 1, padding: 1) },
    "adaptiveAvgPool2d": Member([2, 2, 7, 6]) { adaptiveAvgPool2d($0, to: Size2d(3, 4)) },
    "adaptiveAvgPool2d one": Member([2, 2, 7, 6]) { adaptiveAvgPool2d($0, to: 1) },
    "resized": Member([2, 2, 7, 6]) {
      resized($0, to: Size2d(5, 11), interpolation: .bilinear)
    },
    "resized nearest": Member([2, 2, 7, 6]) { resized($0, by: Scale2d(2.5, 3)) },
    "resized bicubic": Member([2, 2, 7, 6]) {
      resized($0, to: Size2d(5, 11), interpolation: .bicubic)
    },
    "avgPool2d of ceil mode": Member([2, 2, 7, 6]) {
      avgPool2d($0, kernel: 3, stride: 2, padding: 1, ceilMode: true)
    },
    "maxPool2d of ceil mode": Member([2, 2, 8, 6]) {
      maxPool2d($0, kernel: 3, stride: 2, ceilMode: true)
    },
    "adaptiveMaxPool2d": Member([2, 2, 7, 6]) { adaptiveMaxPool2d($0, to: Size2d(4, 5)) },
    "padded": Member([2, 7, 6]) { $0.padded([(0, 0), (2, 3), (5, 1)], mode: .reflect) },
    "conv3d": Member([1, 2, 4, 3, 3]) {
      conv3d($0, weight: Tensor.full([2, 2, 3, 2, 2], 0.375, dtype: $0.dtype), padding: 1)
    },
    "convTranspose3d": Member([1, 2, 4, 3, 3]) {
      convTranspose3d($0, weight: Tensor.full([2, 2, 3, 2, 2], 0.375, dtype: $0.dtype))
    },
  ]

  static let all = reductions.merging(norms) { a, _ in a }.merging(images) { a, _ in a }

  @Test(arguments: all.keys, [DType.float16, .bfloat16])
  func `value and gradient are those of float32, rounded once`(name: String, dtype: DType) {
    let member = Self.all[name]!
    let values = Tensor.uniform(member.shape, in: 0.5...1.5, using: Generator(seed: 3))
    let x = (values * member.scale).cast(to: dtype)
    func run(_ x: Tensor) -> (y: Tensor, gradient: Tensor) {
      let leaf = x.requiringGradients()
      let y = member.function(leaf)
      y.backward(gradient: Tensor.ones(y.shape, dtype: y.dtype))
      return (y.detached(), leaf.grad!)
    }
    func check() {
      let (narrow, wide) = (run(x), run(x.cast(to: .float32)))
      expectIdentical(narrow.y, wide.y.cast(to: dtype), "\(name) of \(dtype)")
      expectIdentical(narrow.gradient, wide.gradient.cast(to: dtype), "gradient of \(name)")
      #expect(narrow.gradient.array().allSatisfy { $0.isFinite }, "\(name)")
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `what a half cannot hold on the way does not show in the result`(dtype: DType) {
    func tensor(_ values: [Double]) -> Tensor { Tensor(values, dtype: dtype) }
    #expect(tensor([300, 400]).norm().item() == 500)
    #expect(tensor([0, 600]).standardDeviation(correction: 0).item() == 300)
    #expect(rmsNorm(Tensor.full([2, 5], 300, dtype: dtype)).array().allSatisfy { $0 == 1 })
    let batch = batchNorm(Tensor.full([4, 2], 300, dtype: dtype))
    #expect(batch.y.array().allSatisfy { $0 == 0 } && batch.mean.array() == [300, 300])
    // ±300 are a deviation of 300 from their mean, whose square is no float16.
    let wide = batchNorm(Tensor([300, -300, 300, -300], shape: [4, 1], dtype: dtype))
    #expect(wide.y.array() == [1, -1, 1, -1])
    #expect(Tensor.ones([100_000], dtype: dtype).mean().item() == 1)
    let many = Tensor.zeros([100_000], dtype: dtype)
    #expect(abs(many.logSumExp().item() - 11.5129) < 0.04)
    // A share of 10⁻⁵, not 1 / ∞.
    let equal = many.requiringGradients()
    equal.max().backward()
    #expect(abs(equal.grad![0].item() - 1e-5) < 1e-7)
    // The products 300 · 300 and 10⁻³ · 10⁻³ are no float16, what the others multiply is.
    let factors = tensor([300, 1e-3, 300, 1e-3]).requiringGradients()
    factors.prod().backward()
    #expect(abs(factors.grad![1].item() - 90) < 1)
  }
}
