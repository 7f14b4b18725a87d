import FledgeCore
import FledgeCourse
import Foundation

let checks11_1: [Check] = checksOfMasks + checksOfWeights + checksOfAttention

private let checksOfMasks: [Check] = [
  Check("a mask shows each query its own position and those before") { c in
    for (queries, keys, expected) in [
      (1, 1, [[1]]), (3, 3, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
      (2, 5, [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]), (1, 4, [[1, 1, 1, 1]]),
    ] {
      let mask = ScaledAttention.causalMask(queries: queries, keys: keys)
      c.picture("the mask:") { rows(mask.cast(to: .float32)) }
      c.expect(mask.dtype, equals: .bool, "the type of a mask")
      c.expect(
        mask.cast(to: .float32),
        near: Tensor(expected.joined().map(Float.init), shape: [queries, keys]),
        "\(queries) queries, the last of \(keys) positions")
    }
  }
]

private let checksOfWeights: [Check] = [
  Check("products are divided by √D, and become a softmax") { c in
    // √4 = 2, so the scores are ln 3 and 0.
    let q = Tensor([2, 0, 0, 0] as [Double], shape: [1, 4])
    let k = Tensor([log(3.0), 5, 0, 0, 0, -1, 7, 0] as [Double], shape: [2, 4])
    c.expect(
      ScaledAttention.weights(q, k), near: Tensor([0.75, 0.25] as [Double], shape: [1, 2]),
      "the weights of scores ln 3 and 0")
    c.expect(
      ScaledAttention.attend(q, k, Tensor([4, 8] as [Double], shape: [2, 1])),
      near: Tensor([5] as [Double], shape: [1, 1]), "of the values 4 and 8, three quarters and one")
  },
  Check("the weights of each query add up to 1, over the keys") { c in
    let (q, k) = (mixedNumbers([2, 3, 4]), mixedNumbers([2, 5, 4]))
    let weights = ScaledAttention.weights(q, k)
    c.expect(weights.shape, equals: [2, 3, 5], "the shape for 3 queries and 5 keys, twice")
    guard weights.shape == [2, 3, 5] else { return }
    c.expect(weights.sum(axis: -1), near: Tensor.ones([2, 3]), "the sums over the keys")
    c.expect(weights.min().item() >= 0, "no weight is negative")
  },
  Check("large products give no infinity and no NaN") { c in
    let q = Tensor([[1000, 0]])
    c.expect(
      ScaledAttention.weights(q, Tensor([[1000, 0], [999, 0]])), near: Tensor([[1, 0]]),
      "the weights of scores of 700,000")
  },
  Check("what is hidden has a weight of exactly 0, and the rest adds up to 1") { c in
    let (q, k) = (mixedNumbers([2, 4]), mixedNumbers([3, 4]))
    let mask = Tensor([1, 0, 1, 0, 0, 1] as [Float], shape: [2, 3]) .> 0
    let weights = ScaledAttention.weights(q, k, mask: mask)
    c.picture("the weights:") { rows(weights) }
    c.expect(
      weights.masked(where: mask, with: 0).array() == [Float](repeating: 0, count: 6),
      "three hidden weights are 0, and not only small")
    c.expect(weights.sum(axis: -1), near: Tensor.ones([2]), "the sums over the keys")
    c.expect(
      weights[0, 0].item() / weights[0, 2].item(),
      near: ScaledAttention.weights(q, k)[0, 0].item()
        / ScaledAttention.weights(q, k)[0, 2].item(),
      tolerance: 1e-4, "how two that are seen compare, as without a mask")
    c.expect(
      ScaledAttention.weights(
        Tensor([[1000, 0]]), Tensor([[-1000, 0], [-1001, 0], [-999, 0]]),
        mask: Tensor([[1, 1, 0]]) .> 0),
      near: Tensor([[1, 0, 0]]), "the weights of scores of −707,000, the last of them hidden")
  },
  Check("who may look nowhere takes nothing, and no NaN comes of it") { c in
    let (q, k, v) = (mixedNumbers([2, 4]), mixedNumbers([3, 4]), mixedNumbers([3, 2]))
    let mask = Tensor([0, 0, 0, 1, 1, 0] as [Float], shape: [2, 3]) .> 0
    c.expect(
      ScaledAttention.weights(q, k, mask: mask)[0], near: Tensor.zeros([3]),
      "the weights of the query that sees none")
    let leaves = [q, k, v].map { $0.requiringGradients() }
    let y = ScaledAttention.attend(leaves[0], leaves[1], leaves[2], mask: mask)
    c.expect(y[0].detached(), near: Tensor.zeros([2]), "what it gets")
    y.sum().backward()
    for (name, leaf) in zip(["q", "k", "v"], leaves) {
      c.expect(
        leaf.grad.map { $0.array().allSatisfy(\.isFinite) } ?? false,
        "the gradient of \(name) is there, and finite")
    }
  },
]

private let checksOfAttention: [Check] = [
  Check("a change of one position leaves everything before it as it was") { c in
    let mask = ScaledAttention.causalMask(queries: 6, keys: 6)
    let x = mixedNumbers([6, 4])
    let before = ScaledAttention.attend(x, x, x, mask: mask)
    for t in 0..<6 {
      var other = x
      other[t] = other[t] + 1.5
      let after = ScaledAttention.attend(other, other, other, mask: mask)
      c.trying("position \(t) of 6 changed") {
        c.expect(
          after[0..<t].array() == before[0..<t].array(), "the results before it, to the last bit")
        for later in t..<6 {
          c.expect(
            (after[later] - before[later]).abs().max().item() > 1e-4,
            "the result at \(later) changes")
        }
      }
    }
  },
  Check("to attention, keys are a set: their order says nothing") { c in
    let (q, k, v) = (mixedNumbers([3, 4]), mixedNumbers([5, 4]), mixedNumbers([5, 2]))
    let order = Tensor([3, 1, 4, 0, 2] as [Int])
    c.expect(
      ScaledAttention.attend(q, k.take(order), v.take(order)),
      near: ScaledAttention.attend(q, k, v), "keys and their values in another order")
  },
  Check("a mask may be one for each example") { c in
    let (q, k, v) = (
      mixedNumbers([2, 2, 3, 4]), mixedNumbers([2, 2, 5, 4]), mixedNumbers([2, 2, 5, 3])
    )
    // The second example has only three keys; the rest is padding.
    let mask = Tensor([1, 1, 1, 1, 1, 1, 1, 1, 0, 0] as [Float], shape: [2, 1, 1, 5]) .> 0
    let y = ScaledAttention.attend(q, k, v, mask: mask)
    c.expect(y.shape, equals: [2, 2, 3, 3], "the shape for values of 3 numbers")
    guard y.shape == [2, 2, 3, 3] else { return }
    c.expect(
      y[0], near: ScaledAttention.attend(q[0], k[0], v[0]), "the example without padding")
    c.expect(
      y[1],
      near: ScaledAttention.attend(q[1], k[1][.all, 0..<3], v[1][.all, 0..<3]),
      "the one with two keys of padding, as if they were not there")
  },
  Check("it is the framework's attention") { c in
    c.forRandomCases(10) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      let (batch, queries, depth) = (one(of: 3), one(of: 5), one(of: 6))
      let keys = queries + one(of: 4) - 1
      let q = Tensor.normal([batch, queries, depth], using: generator)
      let k = Tensor.normal([batch, keys, depth], using: generator)
      let v = Tensor.normal([batch, keys, one(of: 4)], using: generator)
      c.trying("q \(q.shape), k \(k.shape), v \(v.shape)") {
        c.expect(ScaledAttention.attend(q, k, v), near: attention(q, k, v), "all see all")
        c.expect(
          ScaledAttention.attend(
            q, k, v, mask: ScaledAttention.causalMask(queries: queries, keys: keys)),
          near: attention(q, k, v, isCausal: true), "with the causal mask")
      }
    }
  },
  Check("gradients go through it") { c in
    let mask = ScaledAttention.causalMask(queries: 3, keys: 4)
    c.expectGradients(
      of: { ScaledAttention.attend($0[0], $0[1], $0[2], mask: mask) },
      at: [
        randomNumbers([3, 2], seed: 1), randomNumbers([4, 2], seed: 2),
        randomNumbers([4, 3], seed: 3),
      ], "attention with a mask")
  },
]

/// The rows of a matrix, or of the first one.
private func rows(_ x: Tensor) -> [[String]] {
  let matrix = x.rank == 2 ? x : x.reshaped([-1, x.shape[-1]])
  return (0..<matrix.shape[0]).map { row in
    matrix[row].array(of: Double.self).map { String(format: "%.3g", $0) }
  }
}
