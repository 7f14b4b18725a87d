import FledgeCore
import FledgeCourse
import FledgeNN

/// The two recipes of the last years. Both are norm-first, and differ in their parts:
///
///     .gpt2     LayerNorm   GELU       width 4 C                   biases      positions before the blocks
///     .llama    RMSNorm     SwiGLU     see `MyFeedForward.width`   no biases   queries and keys are turned
enum BlockStyle: Hashable, Sendable {
  case gpt2
  case llama

  /// The norm of C channels.
  func norm(_ channels: Int) -> any Layer {
    switch self {
    case .gpt2: LayerNorm(channels)
    case .llama: RMSNorm(channels)
    }
  }
}

/// Two layers for each position alone.   Shape: [*, C] → [*, C]
///
///     .gpt2      down(gelu(up(x)))
///     .llama     down(silu(gate(x)) · up(x))       (SwiGLU, Shazeer 2020)
///
/// `gelu` and `silu` are functions of the framework.
final class MyFeedForward: Module, Layer {
  /// C → width.
  let up: Linear
  /// C → width; nil for `.gpt2`.
  let gate: Linear?
  /// width → C.
  let down: Linear

  /// How many numbers each position has in between: 4 C for `.gpt2`. A gate is a third matrix; to have about
  /// as many parameters, `.llama` takes 8 C / 3, rounded up to a multiple of 64.
  static func width(_ channels: Int, _ style: BlockStyle) -> Int {
    // solution
    switch style {
    case .gpt2: 4 * channels
    case .llama: (8 * channels + 191) / 192 * 64
    }
    // end solution
  }

  /// The three layers, with biases for `.gpt2` only.
  init(_ channels: Int, _ style: BlockStyle) {
    let (width, bias) = (Self.width(channels, style), style == .gpt2)
    up = Linear(channels, width, bias: bias)
    gate = style == .llama ? Linear(channels, width, bias: false) : nil
    down = Linear(width, channels, bias: bias)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    guard let gate else { return down(gelu(up(x))) }
    return down(silu(gate(x)) * up(x))
    // end solution
  }
}

/// A block: attention moves information between positions, the feed-forward part works on each; both read
/// the stream of x through a norm of their own, and add to it what they make.
///
///     x = x + dropout(attention(norm1(x)))
///     x = x + dropout(feedForward(norm2(x)))
///
/// Shape: [B, T, C] → [B, T, C]
final class MyBlock: Module, Layer {
  let norm1: any Layer
  let attention: MyAttention
  let norm2: any Layer
  let feedForward: MyFeedForward
  let dropout: Dropout

  /// The attention of `.llama` has no biases, and its `turn` is your `turnedByPosition`, from position 0 on.
  init(
    _ channels: Int, heads: Int, isCausal: Bool = true, style: BlockStyle = .gpt2,
    dropout: Double = 0
  ) {
    self.dropout = Dropout(dropout)
    // solution
    norm1 = style.norm(channels)
    norm2 = style.norm(channels)
    attention = MyAttention(channels, heads: heads, isCausal: isCausal, bias: style == .gpt2)
    if style == .llama { attention.turn = { turnedByPosition($0) } }
    feedForward = MyFeedForward(channels, style)
    // end solution
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    // solution
    let attended = x + dropout(attention(norm1(x)))
    return attended + dropout(feedForward(norm2(attended)))
    // end solution
  }
}
