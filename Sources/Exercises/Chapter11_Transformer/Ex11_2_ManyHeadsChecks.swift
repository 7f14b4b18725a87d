import FledgeCore
import FledgeCourse
import FledgeNN

let checks11_2: [Check] = checksOfSplitting + checksOfHeads

private let checksOfSplitting: [Check] = [
  Check("neighbouring channels are a head") { c in
    let x = Tensor((0..<12).map(Float.init), shape: [1, 3, 4])
    let y = splitIntoHeads(x, heads: 2)
    c.expect(y.shape, equals: [1, 2, 3, 2], "the shape of [1, 3, 4] in 2 heads")
    guard y.shape == [1, 2, 3, 2] else { return }
    c.expect(y[0, 0], near: Tensor([[0, 1], [4, 5], [8, 9]]), "head 0 of rows of 0 … 11")
    c.expect(y[0, 1], near: Tensor([[2, 3], [6, 7], [10, 11]]), "head 1")
  },
  Check("joining is the way back") { c in
    let heads = Tensor([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11], shape: [1, 2, 3, 2])
    c.expect(
      joinHeads(heads), near: Tensor((0..<12).map(Float.init), shape: [1, 3, 4]),
      "heads of 0, 1, 4, 5, 8, 9 and 2, 3, 6, 7, 10, 11 joined")
    c.forRandomCases(10) { generator in
      let (heads, depth) = (1 + generator.integer(below: 4), 1 + generator.integer(below: 4))
      let x = Tensor.normal(
        [1 + generator.integer(below: 3), 1 + generator.integer(below: 5), heads * depth],
        using: generator)
      c.trying("\(x.shape), \(heads) heads") {
        c.expect(joinHeads(splitIntoHeads(x, heads: heads)), near: x, "split and joined")
      }
    }
  },
]

private let checksOfHeads: [Check] = [
  Check("it has two layers, with biases or without") { c in
    let layer = MyAttention(6, heads: 2, isCausal: false)
    c.expect(layer.qkv.weight.shape, equals: [18, 6], "the weight of qkv for 6 channels")
    c.expect(layer.projection.weight.shape, equals: [6, 6], "that of the projection")
    c.expect(layer.parameterCount, equals: 4 * 36 + 4 * 6, "parameters")
    c.expect(
      MyAttention(6, heads: 2, isCausal: false, bias: false).parameterCount, equals: 4 * 36,
      "parameters without biases")
    c.expect(
      MyAttention(6, heads: 3, isCausal: false).parameterCount, equals: 4 * 36 + 4 * 6,
      "more heads are not more parameters")
  },
  Check("queries, keys and values come in this order") { c in
    let layer = MyAttention(4, heads: 2, isCausal: false)
    layer.qkv.weight = Tensor.zeros([12, 4])
    layer.qkv.bias = Tensor((0..<12).map(Float.init))
    let (q, k, v) = layer.parts(of: Tensor.zeros([1, 1, 4]))
    for (name, part, first) in [("queries", q, 0), ("keys", k, 4), ("values", v, 8)] {
      c.expect(part.shape, equals: [1, 2, 1, 2], "the shape of the \(name)")
      c.expect(
        part.detached().array(of: Double.self), near: (0..<4).map { Double(first + $0) },
        "the \(name) of the biases 0 … 11")
    }
  },
  Check("each head attends for itself") { c in
    // The values of head 1 are 0, and the projection is the identity: channels 2 and 3 are 0, whatever
    // head 0 does.
    let layer = withGenerator(Generator(seed: 1)) {
      MyAttention(4, heads: 2, isCausal: false, bias: false)
    }
    layer.projection.weight = identity(4)
    var weight = layer.qkv.weight.detached()
    weight[10..<12] = Tensor.zeros([2, 4])
    layer.qkv.weight = weight
    let y = layer(mixedNumbers([1, 3, 4])).detached()
    c.expect(
      y[.all, .all, 2...], near: Tensor.zeros([1, 3, 2]), "what head 1 gives, whose values are 0")
    c.expect(y[.all, .all, 0..<2].abs().max().item() > 0.01, "head 0 gives something")
  },
  Check("its weights are those of its heads") { c in
    let layer = withGenerator(Generator(seed: 2)) { MyAttention(6, heads: 3, isCausal: true) }
    let weights = layer.weights(mixedNumbers([2, 4, 6])).detached()
    c.expect(weights.shape, equals: [2, 3, 4, 4], "the shape for 3 heads and 4 positions")
    c.expect(weights.sum(axis: -1), near: Tensor.ones([2, 3, 4]), "their sums over the keys")
    c.expect(
      weights.upperTriangle(diagonal: 1), near: Tensor.zeros([2, 3, 4, 4]),
      "nothing is taken from later positions")
  },
  Check("only a causal one keeps later positions from earlier ones") { c in
    for isCausal in [true, false] {
      let layer = withGenerator(Generator(seed: 5)) {
        MyAttention(8, heads: 2, isCausal: isCausal)
      }
      let x = mixedNumbers([1, 5, 8])
      var other = x
      other[0, 3] = Tensor.ones([8])
      let change = (layer(other) - layer(x)).detached().abs().max(axes: [0, 2])
      c.trying(isCausal ? "causal, position 3 of 5 changed" : "not causal, position 3 changed") {
        c.expect(
          change.array().map { $0 > 0 },
          equals: isCausal
            ? [false, false, false, true, true] : [true, true, true, true, true],
          "the positions whose results change")
      }
    }
  },
  Check("values are not turned") { c in
    let layer = withGenerator(Generator(seed: 6)) { MyAttention(4, heads: 2, isCausal: false) }
    let x = mixedNumbers([1, 3, 4])
    let plain = layer.parts(of: x).v.detached()
    layer.turn = { $0 * 10 }
    c.expect(
      layer.parts(of: x).v.detached(), near: plain, "values, where `turn` multiplies by 10")
  },
  Check("queries and keys are turned, in heads") { c in
    let layer = withGenerator(Generator(seed: 6)) { MyAttention(4, heads: 2, isCausal: false) }
    let x = mixedNumbers([1, 3, 4])
    let plain = layer.parts(of: x)
    var shapes: [String] = []
    layer.turn = {
      shapes.append("\($0.shape)")
      return $0 * 10
    }
    let turned = layer.parts(of: x)
    c.expect(turned.q.detached(), near: (plain.q * 10).detached(), "queries, turned by a factor 10")
    c.expect(turned.k.detached(), near: (plain.k * 10).detached(), "keys")
    c.expect(
      shapes, equals: ["[1, 2, 3, 2]", "[1, 2, 3, 2]"], "what `turn` was given, queries and keys")
    let y = layer(x).detached()
    layer.turn = { $0 }
    c.expect(
      (layer(x).detached() - y).abs().max().item() > 1e-3, "the layer's result depends on `turn`")
  },
  Check("with the same parameters it is the framework's layer") { c in
    for (heads, isCausal, bias) in [(1, false, true), (2, true, true), (4, true, false)] {
      let mine = withGenerator(Generator(seed: 3)) {
        MyAttention(8, heads: heads, isCausal: isCausal, bias: bias)
      }
      let theirs = MultiHeadAttention(8, heads: heads, isCausal: isCausal, bias: bias)
      let own = mine.parameters()
      guard c.expect(own.count, equals: theirs.parameters().count, "the number of parameters")
      else { return }
      for (own, other) in zip(own, theirs.parameters()) { other.value = own.value }
      let x = Tensor.normal([2, 5, 8], using: Generator(seed: 4))
      c.trying("8 channels, \(heads) heads, \(isCausal ? "causal" : "not causal")") {
        c.expect(mine(x).detached(), near: theirs(x).detached(), "the result")
        mine(x).square().sum().backward()
        theirs(x).square().sum().backward()
        for ((name, own), other) in zip(mine.namedParameters(), theirs.parameters()) {
          c.expect(
            own.grad ?? Tensor.zeros([0]), near: other.grad!, tolerance: 1e-4,
            "the gradient of \(name)")
        }
      }
    }
  },
]

private func identity(_ size: Int) -> Tensor {
  Tensor((0..<size * size).map { $0 % (size + 1) == 0 ? Float(1) : 0 }, shape: [size, size])
}
