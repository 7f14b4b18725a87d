import FledgeCore
import FledgeNN
import Testing

@Suite struct RecurrentTests {
  private let x = Tensor.normal([6, 3, 4], using: Generator(seed: 1))

  @Test func `a sequence in two pieces equals the whole`() {
    let layer = LSTM(4, 5, layers: 2)
    let whole = layer(x, state: nil)
    let first = layer(x[0..<2], state: nil)
    let second = layer(x[2..<6], state: first.state)
    let joined = Tensor.concatenate([first.y, second.y])
    #expect(joined.isClose(to: whole.y, absoluteTolerance: 1e-6))
    #expect(second.state.c.isClose(to: whole.state.c, absoluteTolerance: 1e-6))
  }

  @Test func `what lies behind a sequence's end changes nothing`() {
    let layer = GRU(4, 5, isBidirectional: true)
    let other = Tensor.concatenate([x[0..<2], Tensor.full([4, 3, 4], 9)])
    let lengths = [2, 2, 0]
    let (a, b) = (
      layer(x, state: nil, lengths: lengths), layer(other, state: nil, lengths: lengths)
    )
    #expect(a.y.isIdentical(to: b.y))
    #expect(a.state.isIdentical(to: b.state))
    #expect(a.y[2...].abs().sum().item() == 0)
    #expect(a.y[.all, 2].abs().sum().item() == 0)
    // And each sequence is what it is alone.
    let alone = layer(x[0..<2, 0..<1], state: nil)
    #expect(a.y[0..<2, 0..<1].isClose(to: alone.y, absoluteTolerance: 1e-6))
  }

  @Test func `the gradient reaches the first step, and truncation cuts it off`() {
    let layer = RNN(4, 5)
    let leaf = x.requiringGradients()
    let first = layer(leaf[0..<3], state: nil)
    layer(leaf[3..<6], state: first.state).y.sum().backward(retainGraph: true)
    #expect(leaf.grad![0].abs().sum().item() > 0)
    leaf.zeroGrad()
    layer(leaf[3..<6], state: first.state.detached()).y.sum().backward()
    #expect(leaf.grad![0..<3].abs().sum().item() == 0)
  }

  @Test func `dropout falls between the layers, in training only`() {
    let layer = LSTM(4, 5, layers: 2, dropout: 0.5)
    let kept = withGenerator(Generator(seed: 3)) { layer(x) }
    #expect(!kept.isClose(to: withGenerator(Generator(seed: 4)) { layer(x) }))
    layer.eval()
    #expect(layer(x).isIdentical(to: layer(x)))
    let one = LSTM(4, 5, dropout: 0.5)
    #expect(one(x).isIdentical(to: one(x)), "a single layer has nothing between")
  }

  @Test func `the summary says what a layer is`() {
    #expect(LSTM(4, 5).details == "4 → 5")
    #expect(GRU(4, 5, layers: 2, isBidirectional: true).details == "4 → 5, 2 layers, bidirectional")
  }
}
