import FledgeCore
import FledgeNN
import Testing

@Suite struct AttentionTests {
  private let x = Tensor.normal([2, 5, 8], using: Generator(seed: 1))

  @Test func `attention weights are dropped in training only, and keep the mean`() {
    for heads in [4, 2] {
      let layer = MultiHeadAttention(
        8, heads: 4, keyValueHeads: heads, isCausal: true, dropout: 0.3)
      let keyMask = Tensor([true, true, true, true, false, true, true, false, false, false])
        .reshaped([2, 5])
      layer.eval()
      let expected = layer(x, mask: nil, keyMask: keyMask)
      layer.train()
      var mean = Tensor.zeros(like: expected)
      withGenerator(Generator(seed: 5)) {
        for _ in 0..<2000 { mean += withoutGradients { layer(x, mask: nil, keyMask: keyMask) } }
      }
      #expect((mean / 2000).isClose(to: expected, absoluteTolerance: 0.06))
    }
  }

  @Test func `padding changes nothing where it is masked`() {
    let layer = MultiHeadAttention(8, heads: 2, rotaryBase: 10_000)
    let keyMask = Tensor([true, true, true, false, false, true, true, true, false, false])
      .reshaped([2, 5])
    let other = Tensor.concatenate([x[.all, 0..<3], Tensor.full([2, 2, 8], 7)], axis: 1)
    let (a, b) = (
      layer(x, mask: nil, keyMask: keyMask), layer(other, mask: nil, keyMask: keyMask)
    )
    #expect(a[.all, 0..<3].isClose(to: b[.all, 0..<3], absoluteTolerance: 1e-6))
    #expect(a[.all, 0..<3].isClose(to: layer(x[.all, 0..<3]), absoluteTolerance: 1e-5))
    let additive = Tensor.zeros([5, 5]).lowerTriangle()
    #expect(
      layer(x, mask: additive, keyMask: keyMask)
        .isClose(to: a, absoluteTolerance: 1e-6))
  }

  @Test(arguments: [2, 7]) func `values may be of another width than keys`(width: Int) {
    let (q, k) = (Tensor.normal([2, 3, 4]), Tensor.normal([2, 5, 4]))
    let v = Tensor.normal([2, 5, width])
    // As the kernel does it, in parts of the keys' width with zeros at the end.
    let zeros = Tensor.zeros([2, 5, 8 - width])
    let parts = Tensor.concatenate([v, zeros], axis: -1).split(sizes: [4, 4], axis: -1)
    let whole = parts.map { attention(q, k, $0, isCausal: true) }
    let y = attention(q, k, v, isCausal: true)
    #expect(y.shape == [2, 3, width])
    #expect(
      y.isClose(
        to: Tensor.concatenate(whole, axis: -1).sliced(axis: -1, from: 0, count: width),
        absoluteTolerance: 1e-5))
  }

  @Test func `shared key heads equal as many copies of them`() {
    let shared = MultiHeadAttention(8, heads: 4, keyValueHeads: 2, isCausal: true)
    let full = MultiHeadAttention(8, heads: 4, isCausal: true)
    func spread(_ w: Tensor) -> Tensor {
      let parts = w.split(sizes: [8, 4, 4])
      func twice(_ p: Tensor) -> Tensor {
        let rows = p.shape.dimensions.dropFirst()
        return p.reshaped(Shape([2, 2] + rows)).repeated(2, axis: 0)
          .reshaped(Shape([8] + rows))
      }
      return Tensor.concatenate([parts[0], twice(parts[1]), twice(parts[2])])
    }
    full.qkv.weight = spread(shared.qkv.weight)
    full.qkv.bias = spread(shared.qkv.bias!)
    full.projection.weight = shared.projection.weight
    full.projection.bias = shared.projection.bias
    let masks: [Tensor?] = [
      nil, Tensor.normal([5, 5]), Tensor.normal([2, 1, 5, 5]), Tensor.normal([2, 4, 5, 5]),
    ]
    for mask in masks {
      #expect(shared(x, mask: mask).isClose(to: full(x, mask: mask), absoluteTolerance: 1e-5))
    }
  }

  @Test func `rotary products depend on the distance only`() {
    let (q, k) = (Tensor.normal([1, 8]), Tensor.normal([1, 8]))
    func product(_ i: Int, _ j: Int) -> Double {
      (rotary(q, offset: i) * rotary(k, offset: j)).sum().item()
    }
    #expect(abs(product(7, 3) - product(104, 100)) < 1e-4)
    #expect(abs(product(7, 3) - product(7, 4)) > 1e-3)
    #expect(rotary(q).isClose(to: q))
  }

  @Test func `rows turn by positions of their own`() {
    let x = Tensor.normal([3, 2, 4, 6])
    let positions = Tensor([0, 1, 2, 3, 7, 8, 9, 10, 5, 5, 0, 100] as [Int], shape: [3, 4])
    let y = rotary(x, base: 50, positions: positions)
    #expect(y[0].isClose(to: rotary(x[0], base: 50), absoluteTolerance: 1e-6))
    #expect(y[1].isClose(to: rotary(x[1], base: 50, offset: 7), absoluteTolerance: 1e-6))
    #expect(
      y[2, .all, 3...].isClose(
        to: rotary(x[2, .all, 3...], base: 50, offset: 100), absoluteTolerance: 1e-5))
    let single = rotary(x[.all, 0, 1..<2], positions: Tensor([4, 0, 2] as [Int], shape: [3, 1]))
    #expect(single[0].isClose(to: rotary(x[0, 0, 1..<2], offset: 4), absoluteTolerance: 1e-6))
    #expect(rotary(x[0..<0], positions: positions[0..<0]).shape == [0, 2, 4, 6])
  }

  @Test func `learned and sinusoidal positions count from where each row stands`() {
    let x = Tensor.zeros([2, 3, 4])
    let (learned, waves) = (LearnedPositions(9, 4), SinusoidalPositions())
    for positions in [
      Tensor([2, 5] as [Int]), Tensor([2, 3, 4, 5, 6, 7] as [Int], shape: [2, 3]),
    ] {
      let y = learned(x, positions: positions)
      #expect(y[0].isIdentical(to: learned.weight[2..<5]))
      #expect(y[1].isIdentical(to: learned.weight[5..<8]))
      let z = waves(x, positions: positions)
      #expect(z[1].isIdentical(to: sinusoidalPositions(8, channels: 4)[5..<8]))
    }
  }

  @Test func `sinusoidal positions are waves of every length`() {
    let p = sinusoidalPositions(50, channels: 6)
    #expect(p[0].array() == [0, 1, 0, 1, 0, 1])
    #expect(abs(p[7, 0].item() - 0.6569866) < 1e-6)
    #expect(abs(p[7, 1].item() - 0.7539023) < 1e-6)
    #expect(SinusoidalPositions()(Tensor.zeros([1, 50, 6]))[0].isClose(to: p))
    let learned = LearnedPositions(9, 4)
    #expect(learned(Tensor.zeros([2, 3, 4]))[1].isIdentical(to: learned.weight[0..<3]))
  }

  @Test func `summaries say how attention is built`() {
    let layer = MultiHeadAttention(
      8, heads: 4, keyValueHeads: 2, isCausal: true, rotaryBase: 10_000)
    #expect(layer.details == "8, 4 heads, 2 for keys and values, causal, rotary positions")
    #expect(FeedForward(8, function: .swiGLU).details == "8 → 32, swiGLU")
  }
}
