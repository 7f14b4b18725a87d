import FledgeCore
import FledgeCourse
import FledgeNN

/// The sizes of a language model.
struct GPTSizes: Hashable, Sendable {
  /// How many tokens there are, V.
  var vocabulary: Int
  /// How many of them it sees at most.
  var context: Int
  /// How many blocks it has.
  var layers: Int
  var heads: Int
  /// C; a multiple of `heads`.
  var channels: Int
  var style = BlockStyle.gpt2
  var dropout = 0.0

  /// How many parameters such a model has, counted without making one. GPT-2 has 124,439,808; nobody makes
  /// them to count them.
  var parameterCount: Int {
    // solution
    let (c, width) = (channels, MyFeedForward.width(channels, style))
    switch style {
    case .gpt2: return (vocabulary + context + 2) * c + layers * (12 * c * c + 13 * c)
    case .llama: return (vocabulary + 1) * c + layers * (4 * c * c + 3 * c * width + 2 * c)
    }
    // end solution
  }
}

/// A language model of your blocks, as GPT-2 (Radford et al. 2019) or Llama (Touvron et al. 2023).
///
///     x = dropout(token[tokens] + position)      [B, T, C]; without positions for `.llama`
///     x = block(x), for each block
///     logits = norm(x) · tokenᵀ                  [B, T, V]
///
/// The table of tokens is used twice: it says what a token means, and how much a result looks like it.
final class MyGPT: Module, Layer {
  let sizes: GPTSizes
  /// [V, C]
  let token: Embedding
  /// nil for `.llama`.
  let position: MyLearnedPositions?
  let dropout: Dropout
  let blocks: [MyBlock]
  let norm: any Layer

  /// How the weights start: those of the table and of all linear layers as N(0, 0.02²), but the two of each
  /// block that write to the stream, `attention.projection` and `feedForward.down`, as
  /// N(0, 0.02² / (2 · layers)), so that the stream does not grow with the number of blocks. Biases start
  /// at 0. Then at first all tokens are about equally likely, and the loss is about ln V.
  ///
  /// The `weight` and the `bias` (nil for none) of a `Linear` and the `weight` of an `Embedding` can be set;
  /// positions start right already.
  init(_ sizes: GPTSizes) {
    self.sizes = sizes
    token = Embedding(sizes.vocabulary, sizes.channels)
    position = sizes.style == .gpt2 ? MyLearnedPositions(sizes.context, sizes.channels) : nil
    dropout = Dropout(sizes.dropout)
    blocks = (0..<sizes.layers).map { _ in
      MyBlock(sizes.channels, heads: sizes.heads, style: sizes.style, dropout: sizes.dropout)
    }
    norm = sizes.style.norm(sizes.channels)
    super.init()
    // solution
    let (deviation, narrow) = (0.02, 0.02 / Double(2 * sizes.layers).squareRoot())
    func start(_ layer: Linear?, _ deviation: Double) {
      guard let layer else { return }
      layer.weight = .normal(layer.weight.shape, mean: 0, standardDeviation: deviation)
      if let bias = layer.bias { layer.bias = .zeros(bias.shape) }
    }
    token.weight = .normal(token.weight.shape, mean: 0, standardDeviation: deviation)
    for block in blocks {
      start(block.attention.qkv, deviation)
      start(block.attention.projection, narrow)
      start(block.feedForward.up, deviation)
      start(block.feedForward.gate, deviation)
      start(block.feedForward.down, narrow)
    }
    // end solution
  }

  /// The logits of the token after each one.   Shape: int64 [B, T] → [B, T, V], T ≤ context
  ///
  /// `x.matmul(table.transposed())` compares each of x with each row of a table.
  func callAsFunction(_ tokens: Tensor) -> Tensor {
    // solution
    var x = token(tokens)
    if let position { x = position(x) }
    x = dropout(x)
    for block in blocks { x = block(x) }
    return norm(x).matmul(token.weight.transposed())
    // end solution
  }

  /// The logits of the token that comes after all of these, V numbers. Of a text longer than the context the
  /// model sees the last `context` tokens. It runs in evaluation mode and without a graph, and is then in
  /// the mode in which it was.
  ///
  /// `evaluating { … }` does the latter two and returns what the closure returns.
  func nextLogits(after tokens: [Int]) -> [Double] {
    // solution
    let seen = Array(tokens.suffix(sizes.context))
    return evaluating {
      self(Tensor(seen, shape: [1, seen.count]))[0, -1].array(of: Double.self)
    }
    // end solution
  }
}
