import FledgeCore
import FledgeNN
import Testing

@Suite struct LayerTests {
  @Test func `linear computes x Wᵀ + b over any leading axes`() {
    let layer = Linear(2, 3)
    layer.weight = Tensor([[1, 2], [3, 4], [5, 6]])
    layer.bias = Tensor([10, 20, 30])
    #expect(layer(Tensor([[[1, 1]], [[2, 0]]])).array() == [13, 27, 41, 12, 26, 40])
    #expect(layer(Tensor([[[1, 1]], [[2, 0]]])).shape == [2, 1, 3])
    #expect(layer(Tensor([1, 1])).shape == [3])
  }

  @Test func `linear starts within 1 / √inputs`() {
    let weights = Linear(16, 100).weight.array()
    #expect(weights.allSatisfy { abs($0) <= 0.25 })
    #expect(weights.contains { abs($0) > 0.24 })
  }

  @Test func `embedding looks rows up and their gradients add up`() {
    let layer = Embedding(3, 2)
    layer.weight = Tensor([[1, 2], [3, 4], [5, 6]])
    let y = layer(Tensor([2, 0, 2] as [Int]))
    #expect(y.array() == [5, 6, 1, 2, 5, 6])
    y.sum().backward()
    #expect(layer.$weight.grad?.array() == [1, 1, 0, 0, 2, 2])
  }

  @Test func `layer norm gives mean 0 and variance 1`() {
    let y = LayerNorm(4)(Tensor([[1, 2, 3, 4]])).array()
    let expected: [Float] = [-1.341635, -0.447212, 0.447212, 1.341635]
    for (a, b) in zip(y, expected) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func `dropout keeps the mean in training and everything in evaluation`() {
    let layer = Dropout(0.25)
    let x = Tensor.ones([10_000])
    let y = withGenerator(Generator(seed: 1)) { layer(x) }.array()
    let dropped = y.count { $0 == 0 }
    #expect((2_300...2_700).contains(dropped))
    #expect(y.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    layer.eval()
    #expect(layer(x).array() == x.array())
  }

  @Test func `causal attention does not see what comes later`() {
    let layer = MultiHeadAttention(8, heads: 2, isCausal: true)
    let x = Tensor.normal([1, 5, 8], using: Generator(seed: 3))
    var changed = x.array()
    for i in 32..<40 { changed[i] += 1 }
    let (a, b) = (layer(x).array(), layer(Tensor(changed, shape: [1, 5, 8])).array())
    for i in 0..<32 { #expect(abs(a[i] - b[i]) < 1e-6) }
    #expect((32..<40).contains { abs(a[$0] - b[$0]) > 1e-3 })
  }

  @Test func `sequential takes if, else and for`() {
    let deep = true
    let model = Sequential {
      Flatten()
      for _ in 0..<2 { Linear(4, 4) }
      if deep { Tanh() } else { ReLU() }
    }
    #expect(model.layers.count == 4)
    #expect(model(Tensor.zeros([3, 2, 2])).shape == [3, 4])
    #expect(model.namedParameters().first?.name == "layers.1.weight")
  }
}
