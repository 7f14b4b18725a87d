import Fledge

extension Curve {
  static let all: [Curve] = [
    Curve(
      name: "attention-length", about: "attention of 4 heads of 64, causal, forward and backward",
      meaning: "Every token attends to every earlier one, so twice the length is four times "
        + "the work; the T × T weights are never all in memory, so the memory only "
        + "doubles.",
      axis: "sequence length T", sizes: doubling(from: 64, to: 4096), expected: 2,
      expectedMemory: 1
    ) { length in
      let leaves = (0..<3).map { _ in Tensor.normal([1, 4, length, 64]).requiringGradients() }
      let dy = Tensor.normal([1, 4, length, 64])
      return {
        for leaf in leaves { leaf.zeroGrad() }
        attention(leaves[0], leaves[1], leaves[2], isCausal: true).backward(gradient: dy)
      }
    },
    Curve(
      name: "width", about: "a Transformer block on 4 sequences of 64, forward and backward",
      meaning: "A block has 12 C² weights, each multiplied with every token; at small C the "
        + "linear terms (norms, activations) still matter.",
      axis: "channels C", sizes: doubling(from: 32, to: 1024), expected: 2, expectedMemory: 2
    ) { block(channels: $0, batch: 4) },
    Curve(
      name: "batch", about: "a Transformer block of 128 channels, T 64, forward and backward",
      meaning: "Twice the sequences are twice the work and twice the activations: no work is "
        + "done for pairs of sequences.",
      axis: "sequences in a batch B", sizes: doubling(from: 1, to: 128), expected: 1,
      expectedMemory: 1
    ) { block(channels: 128, batch: $0) },
    Curve(
      name: "depth", about: "a chain of tanh on 4×4, forward and backward",
      meaning:
        "From ten thousand operations on, where a graph no longer fits into the caches, each "
        + "costs the same forward, backward and when the graph is freed; no stack grows "
        + "with the depth.",
      axis: "operations", sizes: thirds(from: 100, to: 1_000_000), expected: 1, expectedMemory: 1
    ) { depth in
      let x = Tensor.normal([4, 4]).requiringGradients()
      return {
        x.zeroGrad()
        var y = x
        for _ in 0..<depth { y = tanh(y) }
        y.sum().backward()
      }
    },
    Curve(
      name: "optimizer", about: "a step of AdamW on parameters of 64 numbers",
      meaning: "A step visits each parameter once, without any search.",
      axis: "parameter tensors", sizes: thirds(from: 10, to: 10_000), expected: 1,
      expectedMemory: 1
    ) { count in
      let parameters = parameters(count)
      for parameter in parameters { parameter.grad = .normal([64]) }
      let optimizer = AdamW(parameters, learningRate: 1e-6)
      return { optimizer.step() }
    },
    Curve(
      name: "parameters",
      about: "zeroGrad, the sum of all parameters of 64 numbers, backward, clipping, AdamW",
      meaning: "Everything that a training step does with a parameter: clearing its gradient, "
        + "recording its use, computing its gradient, the norm, the step.",
      axis: "parameter tensors", sizes: thirds(from: 10, to: 10_000), expected: 1,
      expectedMemory: 1
    ) { count in
      let parameters = parameters(count)
      let optimizer = AdamW(parameters, learningRate: 1e-6)
      return {
        optimizer.zeroGrad()
        let first = parameters[0].wrappedValue
        parameters.dropFirst().reduce(first) { $0 + $1.wrappedValue }.sum().backward()
        clipGradientNorm(parameters, maximum: 1)
        optimizer.step()
      }
    },
    Curve(
      name: "dataset", about: "an epoch of a shuffled loader, 64 images of 8×8 a batch",
      meaning: "The order of an epoch is drawn once, and a batch costs the same wherever its "
        + "examples are.",
      axis: "examples", sizes: thirds(from: 1000, to: 1_000_000), expected: 1, expectedMemory: nil
    ) { count in
      let images = LabelledImages(
        pixels: Array(repeating: 7, count: 64 * count), labels: Array(repeating: 1, count: count),
        rows: 8, columns: 8)
      let loader = DataLoader(images, batchSize: 64, seed: 1)
      return { for _ in loader {} }
    },
  ]

  private static func block(channels: Int, batch: Int) -> () -> Void {
    let block = TransformerBlock(channels, heads: channels / 32, isCausal: true)
    let parameters = block.parameters()
    let x = Tensor.normal([batch, 64, channels]).requiringGradients()
    let dy = Tensor.normal([batch, 64, channels])
    return {
      x.zeroGrad()
      for parameter in parameters { parameter.zeroGrad() }
      block(x).backward(gradient: dy)
    }
  }

  private static func parameters(_ count: Int) -> [Parameter<Tensor>] {
    (0..<count).map { _ in Parameter(wrappedValue: .normal([64])) }
  }

  /// first, 2 first, 4 first, … last.
  private static func doubling(from first: Int, to last: Int) -> [Int] {
    Array(sequence(first: first) { $0 < last ? 2 * $0 : nil })
  }

  /// first, 3 first, 10 first, 30 first, … last: two sizes to a power of ten.
  private static func thirds(from first: Int, to last: Int) -> [Int] {
    let tens = sequence(first: first) { $0 < last ? 10 * $0 : nil }
    return tens.flatMap { $0 < last ? [$0, 3 * $0] : [$0] }
  }
}
