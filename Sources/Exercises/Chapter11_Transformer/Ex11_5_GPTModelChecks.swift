import FledgeCore
import FledgeCourse
import FledgeModels
import FledgeNN
import FledgeOptim
import Foundation

let checks11_5: [Check] = checksOfSizes + checksOfTheModel + checksOfNextLogits

private func small(_ style: BlockStyle = .gpt2, dropout: Double = 0) -> GPTSizes {
  GPTSizes(
    vocabulary: 11, context: 6, layers: 2, heads: 2, channels: 8, style: style, dropout: dropout)
}

private func model(_ sizes: GPTSizes, seed: UInt64 = 1) -> MyGPT {
  withGenerator(Generator(seed: seed)) { MyGPT(sizes) }
}

private let tokens = Tensor([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], shape: [2, 6])

private let checksOfSizes: [Check] = [
  Check("parameters are counted without a model") { c in
    let gpt2 = GPTSizes(vocabulary: 50_257, context: 1024, layers: 12, heads: 12, channels: 768)
    c.expect(gpt2.parameterCount, equals: 124_439_808, "of GPT-2")
    var large = gpt2
    (large.layers, large.heads, large.channels) = (48, 25, 1600)
    c.expect(large.parameterCount, equals: 1_557_611_200, "of GPT-2 XL")
    let stories = GPTSizes(
      vocabulary: 32, context: 64, layers: 2, heads: 4, channels: 64, style: .llama)
    c.expect(
      stories.parameterCount, equals: 33 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 192 + 2 * 64),
      "of a small Llama, whose blocks are 192 wide")
  },
  Check("a model has as many as were counted") { c in
    c.forRandomCases(6) { generator in
      func one(of count: Int) -> Int { 1 + generator.integer(below: count) }
      let heads = one(of: 3)
      for style in [BlockStyle.gpt2, .llama] {
        let sizes = GPTSizes(
          vocabulary: one(of: 20), context: one(of: 9), layers: one(of: 3), heads: heads,
          channels: heads * 2 * one(of: 4), style: style)
        c.trying("\(sizes)") {
          c.expect(sizes.parameterCount, equals: MyGPT(sizes).parameterCount, "parameters")
        }
      }
    }
  },
]

private let checksOfTheModel: [Check] = [
  Check("weights start as they should") { c in
    for style in [BlockStyle.gpt2, .llama] {
      let net = model(
        GPTSizes(
          vocabulary: 60, context: 16, layers: 8, heads: 2, channels: 64, style: style))
      c.trying("\(style), 8 layers") {
        c.expect(deviation(net.token.weight), near: 0.02, tolerance: 0.001, "the table of tokens")
        for block in [net.blocks[0], net.blocks[7]] {
          let (attention, part) = (block.attention, block.feedForward)
          for (name, layer) in [("qkv", attention.qkv), ("up", part.up)] {
            c.expect(deviation(layer.weight), near: 0.02, tolerance: 0.001, name)
          }
          if let gate = part.gate {
            c.expect(deviation(gate.weight), near: 0.02, tolerance: 0.001, "gate")
          }
          for (name, layer) in [("projection", attention.projection), ("down", part.down)] {
            c.expect(
              deviation(layer.weight), near: 0.005, tolerance: 0.0004,
              "\(name), which writes to the stream: 0.02 / √16")
          }
          for layer in [attention.qkv, attention.projection, part.up, part.down] {
            c.expect(
              layer.bias.map { $0.abs().max().item() } ?? 0, equals: 0, "the largest bias")
          }
        }
      }
    }
  },
  Check("the first loss is about ln V") { c in
    for style in [BlockStyle.gpt2, .llama] {
      let net = model(
        GPTSizes(
          vocabulary: 40, context: 16, layers: 3, heads: 4, channels: 32, style: style))
      let generator = Generator(seed: 2)
      let inputs = Tensor((0..<128).map { _ in generator.integer(below: 40) }, shape: [8, 16])
      let targets = Tensor((0..<128).map { _ in generator.integer(below: 40) }, shape: [8, 16])
      c.expect(
        crossEntropy(net(inputs), targets).item(), near: log(40), tolerance: 0.02,
        "the loss of a new \(style) of 40 tokens, ln 40 = 3.689")
    }
  },
  Check("with the same parameters it is the framework's GPT") { c in
    let mine = model(small())
    let theirs = GPT(
      GPTConfiguration(vocabulary: 11, context: 6, layers: 2, heads: 2, channels: 8))
    for own in mine.parameters() {
      own.value = Tensor.normal(own.value!.shape, standardDeviation: 0.3, using: Generator(seed: 3))
    }
    for (own, other) in zip(mine.parameters(), theirs.parameters()) { other.value = own.value }
    c.expect(mine(tokens).shape, equals: [2, 6, 11], "the shape of the logits of [2, 6] tokens")
    c.expect(
      mine(tokens).detached(), near: theirs(tokens).detached(), tolerance: 1e-4, "the logits")
    let short = tokens[.all, 0..<4]
    c.expect(
      mine(short).detached(), near: theirs(short).detached(), tolerance: 1e-4,
      "those of fewer tokens than the context")
  },
  Check("Llama is its parts") { c in
    let net = model(small(.llama))
    c.expect(net.position == nil, "it has no table of positions")
    var x = net.token(tokens)
    for block in net.blocks { x = block(x) }
    c.expect(
      net(tokens).detached(),
      near: net.norm(x).matmul(net.token.weight.transposed()).detached(), "the logits")
  },
  Check("no logit knows a later token") { c in
    for style in [BlockStyle.gpt2, .llama] {
      let net = model(small(style))
      let before = net(tokens).detached()
      for t in 0..<6 {
        var other = tokens
        other[0, t] = Tensor.full([], 10, dtype: .int64)
        let after = net(other).detached()
        c.trying("\(style), token \(t) of 6 changed") {
          c.expect(
            after[0, 0..<t].array() == before[0, 0..<t].array(), "the logits before it, to the bit")
          c.expect(
            after[0, 5].array() != before[0, 5].array(), "the last logits change")
        }
      }
    }
  },
  Check("embeddings are dropped, too, in training only") { c in
    let net = model(small(dropout: 0.5))
    for block in net.blocks {
      for layer in [block.attention.projection, block.feedForward.down] {
        layer.weight = Tensor.zeros(layer.weight.shape)
      }
    }
    let first = withGenerator(Generator(seed: 4)) { net(tokens).detached() }
    let second = withGenerator(Generator(seed: 5)) { net(tokens).detached() }
    c.expect(
      !first.isClose(to: second), "two calls in training differ, though the blocks add nothing")
    // Token 0 says nothing, tokens 1 … 8 read the stream out; each position adds the same number to all
    // channels, of which the norm leaves nothing unless some were dropped.
    var table = Tensor.zeros([11, 8])
    for channel in 0..<8 { table[channel + 1, channel] = Tensor.ones([]) }
    net.token.weight = table
    net.position?.weight = Tensor.ones([6, 8])
    let silence = Tensor.zeros([1, 6], dtype: .int64)
    c.expect(net(silence).detached().abs().max().item() > 0.1, "positions are dropped as well")
    net.eval()
    c.expect(
      net(silence).detached(), near: Tensor.zeros([1, 6, 11]), tolerance: 1e-3,
      "in evaluation nothing is dropped")
  },
  Check("it learns one batch by heart") { c in
    for style in [BlockStyle.gpt2, .llama] {
      let net = model(
        GPTSizes(
          vocabulary: 12, context: 8, layers: 2, heads: 2, channels: 32, style: style))
      let generator = Generator(seed: 6)
      let text = (0..<36).map { _ in generator.integer(below: 12) }
      let rows = (0..<4).map { Array(text[$0 * 9..<$0 * 9 + 9]) }
      let inputs = Tensor(rows.flatMap { $0.dropLast() }, shape: [4, 8])
      let targets = Tensor(rows.flatMap { $0.dropFirst() }, shape: [4, 8])
      let optimizer = Adam(net.parameters(), learningRate: 1e-2)
      var loss = 0.0
      for _ in 0..<60 {
        optimizer.zeroGrad()
        let value = crossEntropy(net(inputs), targets)
        value.backward()
        optimizer.step()
        loss = value.item()
      }
      c.expect(
        loss < 0.1, "\(style): the loss of 32 random tokens after 60 steps, \(loss), is below 0.1")
    }
  },
]

private let checksOfNextLogits: [Check] = [
  Check("the next logits are those after the last token") { c in
    let net = model(small())
    c.expect(
      net.nextLogits(after: [3, 1, 4]), near: net(tokens)[0, 2].array(of: Double.self),
      tolerance: 1e-5, "after 3, 1, 4")
    c.expect(
      net.nextLogits(after: [7]).count, equals: 11, "numbers after a single token")
  },
  Check("of a long text it sees the end") { c in
    let net = model(small())
    c.expect(
      net.nextLogits(after: [9, 9, 9, 3, 1, 4, 1, 5, 9]),
      near: net(tokens)[0, 5].array(of: Double.self), tolerance: 1e-5,
      "after nine tokens, of which it sees the last six")
  },
  Check("it asks in evaluation mode and without a graph, and leaves the mode as it was") { c in
    let net = model(small(dropout: 0.5))
    let first = net.nextLogits(after: [1, 2, 3])
    c.expect(net.nextLogits(after: [1, 2, 3]), near: first, "a second call: nothing is dropped")
    c.expect(net.isTraining && net.blocks[0].dropout.isTraining, "it trains again afterwards")
    net.eval()
    _ = net.nextLogits(after: [1])
    c.expect(!net.isTraining, "one in evaluation mode stays there")
    var operations = 0
    let watched = model(small())
    for block in watched.blocks {
      block.attention.turn = {
        if $0.graphNode != nil { operations += 1 }
        return $0
      }
    }
    _ = watched.nextLogits(after: [1, 2])
    c.expect(operations, equals: 0, "queries and keys that are part of a graph")
  },
]

private func deviation(_ x: Tensor) -> Double { x.square().mean().item().squareRoot() }
