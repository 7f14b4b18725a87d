import FledgeCore
import FledgeCourse
import FledgeNN

let checks11_4: [Check] = checksOfFeedForward + checksOfBlocks

private let checksOfFeedForward: [Check] = [
  Check("a feed-forward part is as wide as its recipe says") { c in
    for (channels, style, expected) in [
      (1, BlockStyle.gpt2, 4), (48, .gpt2, 192), (768, .gpt2, 3072), (24, .llama, 64),
      (25, .llama, 128), (64, .llama, 192), (72, .llama, 192), (4096, .llama, 10_944),
    ] {
      c.expect(
        MyFeedForward.width(channels, style), equals: expected, "\(style), \(channels) channels")
    }
  },
  Check("GPT-2's is gelu between two layers") { c in
    let part = withGenerator(Generator(seed: 1)) { MyFeedForward(6, .gpt2) }
    let x = mixedNumbers([2, 3, 6])
    c.expect(
      part(x).detached(), near: part.down(gelu(part.up(x))).detached(), "down(gelu(up(x)))")
  },
  Check("Llama's is a gate that goes through silu, times what is not gated") { c in
    let part = withGenerator(Generator(seed: 2)) { MyFeedForward(6, .llama) }
    c.expect(part.gate != nil, "there is a gate")
    guard let gate = part.gate else { return }
    let x = mixedNumbers([1, 2, 6])
    c.expect(
      part(x).detached(), near: part.down(silu(gate(x)) * part.up(x)).detached(),
      "down(silu(gate(x)) · up(x))")
  },
]

private let checksOfBlocks: [Check] = [
  Check("a block has its parts, and no parameter more") { c in
    let gpt = MyBlock(8, heads: 2)
    c.expect(gpt.parameterCount, equals: 12 * 64 + 13 * 8, "GPT-2's of 8 channels: 12 C² + 13 C")
    c.expect(
      MyBlock(8, heads: 2, style: .llama).parameterCount, equals: 4 * 64 + 3 * 8 * 64 + 2 * 8,
      "Llama's of 8 channels, 64 wide: 4 C² + 3 · 64 · C + 2 C")
    c.expect(gpt.attention.isCausal, "a block is causal unless it is told otherwise")
    c.expect(
      !MyBlock(8, heads: 2, isCausal: false).attention.isCausal, "one that is told otherwise is not"
    )
    c.expect(MyBlock(8, heads: 4).attention.heads, equals: 4, "the heads of its attention")
  },
  Check("with the same parameters GPT-2's block is the framework's") { c in
    for isCausal in [true, false] {
      let mine = withGenerator(Generator(seed: 3)) {
        MyBlock(8, heads: 2, isCausal: isCausal)
      }
      let theirs = TransformerBlock(8, heads: 2, isCausal: isCausal)
      for (own, other) in zip(mine.parameters(), theirs.parameters()) { other.value = own.value }
      let x = Tensor.normal([2, 5, 8], using: Generator(seed: 4))
      c.trying(isCausal ? "causal" : "not causal") {
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
  Check("Llama's block is its parts, with positions in its attention") { c in
    let block = withGenerator(Generator(seed: 5)) { MyBlock(8, heads: 2, style: .llama) }
    c.expect(block.norm1 is RMSNorm && block.norm2 is RMSNorm, "both norms are RMS norms")
    let attention = MultiHeadAttention(
      8, heads: 2, isCausal: true, bias: false, rotaryBase: 10_000)
    attention.qkv.weight = block.attention.qkv.weight
    attention.projection.weight = block.attention.projection.weight
    let x = Tensor.normal([2, 5, 8], using: Generator(seed: 6))
    let attended = x + attention(block.norm1(x))
    let expected = attended + block.feedForward(block.norm2(attended))
    c.expect(block(x).detached(), near: expected.detached(), "the result")
  },
  Check("each part reads through a norm of its own") { c in
    let block = withGenerator(Generator(seed: 7)) { MyBlock(8, heads: 2) }
    (block.norm1 as? LayerNorm)?.weight = Tensor.full([8], 2)
    (block.norm2 as? LayerNorm)?.weight = Tensor.full([8], 3)
    let x = Tensor.normal([1, 4, 8], using: Generator(seed: 8))
    let attended = x + block.attention(block.norm1(x))
    c.expect(
      block(x).detached(),
      near: (attended + block.feedForward(block.norm2(attended))).detached(),
      "the result, where the norms have the weights 2 and 3")
  },
  Check("where both parts make nothing, x goes through") { c in
    let block = MyBlock(8, heads: 2, dropout: 0.5)
    for layer in [block.attention.projection, block.feedForward.down] {
      layer.weight = Tensor.zeros(layer.weight.shape)
      layer.bias = Tensor.zeros([8])
    }
    let x = mixedNumbers([1, 2, 8])
    c.expect(block(x).detached(), near: x, "x, also in training with a dropout of one half")
  },
  Check("dropout takes from what the parts make, in training only") { c in
    let block = withGenerator(Generator(seed: 9)) { MyBlock(16, heads: 2, dropout: 0.9) }
    let plain = withGenerator(Generator(seed: 9)) { MyBlock(16, heads: 2) }
    let x = Tensor.normal([4, 16, 16], using: Generator(seed: 10))
    let change = withGenerator(Generator(seed: 11)) { (block(x) - x).detached() }
    let still = (change .== 0).cast(to: .float32).mean().item()
    c.expect(
      still, near: 0.81, tolerance: 0.04,
      "the part of the elements where neither part adds anything, with a dropout of 0.9")
    block.eval()
    c.expect(block(x).detached(), near: plain(x).detached(), "in evaluation nothing is dropped")
  },
  Check("a change of one position leaves everything before it as it was") { c in
    for style in [BlockStyle.gpt2, .llama] {
      let block = withGenerator(Generator(seed: 12)) { MyBlock(8, heads: 2, style: style) }
      let x = mixedNumbers([1, 5, 8])
      var other = x
      other[0, 2] = Tensor.ones([8])
      let (before, after) = (block(x).detached(), block(other).detached())
      c.trying("\(style), position 2 of 5 changed") {
        c.expect(
          before[0, 0..<2].array() == after[0, 0..<2].array(), "the results of 0 and 1, to the bit")
        c.expect(
          (before - after)[0, 4].abs().max().item() > 1e-5, "the result of the last one changes")
      }
    }
  },
  Check("Llama's block knows the order of what it reads, GPT-2's does not") { c in
    let x = mixedNumbers([1, 4, 8])
    let order = Tensor([2, 0, 1, 3] as [Int])
    for (style, knows) in [(BlockStyle.gpt2, false), (.llama, true)] {
      let block = withGenerator(Generator(seed: 13)) {
        MyBlock(8, heads: 2, isCausal: false, style: style)
      }
      let change = (block(x.take(order, axis: 1))[0, 3] - block(x)[0, 3]).detached()
      c.expect(
        change.abs().max().item() > 1e-4, equals: knows,
        "\(style): whether the last result changes where the ones before change places")
    }
  },
]
