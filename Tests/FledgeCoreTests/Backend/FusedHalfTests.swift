import FledgeCore
import FledgeTestSupport
import Testing

/// Fused operations on float16 and bfloat16: float32 from the first read to the last write.
@Suite struct FusedHalfTests {
  private static let names: Set<String> = [
    "attention", "avgPool2d", "batchNorm", "conv2d", "conv2dInputGradient", "conv2dWeightGradient",
    "crossEntropy", "dropout", "gru", "layerNorm", "logSoftmax", "logSoftmaxGradient", "lstm",
    "maxPool2d", "mean", "norm", "rmsNorm", "rnn", "rotary", "softmax", "softmaxGradient",
    "standardDeviation", "variance",
  ]
  static let samples = Registry.builtIn.filter { names.contains($0.name) }.flatMap { $0.samples }

  @Test(arguments: samples.indices, [DType.float16, .bfloat16])
  func `each output is the one of float32, rounded once`(index: Int, dtype: DType) {
    let sample = Self.samples[index]
    let halves = sample.tensors(dtype, using: Generator(seed: 7 &+ UInt64(index)))
    let wide = halves.map { $0.dtype == dtype ? $0.cast(to: .float32) : $0 }
    func outputs(_ inputs: [Tensor]) -> [[Tensor]] {
      [
        withBackend(.cpu) { applied(sample.primitive, inputs) },
        withBackend(.reference) { applied(sample.primitive, inputs) },
      ]
    }
    for (halves, wide) in zip(outputs(halves), outputs(wide)) {
      for (y, exact) in zip(halves, wide) {
        let expected = exact.dtype == .float32 ? exact.cast(to: dtype) : exact
        let isIdentical = y.isIdentical(to: expected)
        #expect(isIdentical, "\(sample.label) in \(dtype)")
      }
    }
    #expect(Self.names.count == Set(Self.samples.map { type(of: $0.primitive).name }).count)
  }

  @Test func `a mean of more numbers than float16 can count`() {
    for dtype in [DType.float16, .bfloat16] {
      let x = Tensor.ones([100_000], dtype: dtype).requiringGradients()
      let mean = x.mean()
      #expect(mean.item() == 1 && mean.dtype == dtype)
      mean.backward()
      // 10⁻⁵ in the half type, not 1 / ∞.
      let share = Tensor([1e-5]).cast(to: dtype).item()
      #expect(x.grad?.max().item() == share && x.grad?.min().item() == share && share > 0)
      #expect(x.variance(correction: 0).item() == 0)
    }
  }

  @Test func `the gradients of halves do not lose what float32 saved`() {
    // exp(x − log Σ eˣ) with log Σ eˣ = 40 kept in bfloat16 would be off by a tenth.
    let values: [Double] = [40, 39, 38.5, 37]
    for dtype in [DType.float16, .bfloat16] {
      let x = Tensor(values, shape: [1, 4]).cast(to: dtype).requiringGradients()
      crossEntropyLosses(x, Tensor([1] as [Int])).sum().backward()
      let exact = Tensor(values, shape: [1, 4]).requiringGradients()
      crossEntropyLosses(exact, Tensor([1] as [Int])).sum().backward()
      let tolerance = dtype == .float16 ? 1e-3 : 8e-3
      #expect(
        x.grad!.cast(to: .float64).isClose(
          to: exact.grad!, relativeTolerance: tolerance, absoluteTolerance: 0))
    }
  }
}
