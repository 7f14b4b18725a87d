import FledgeCore

/// A Transformer block: self-attention, then a feed-forward part, each added to the residual stream.
/// It belongs to an encoder, or if `isCausal` to a decoder without a memory (GPT).
///
///     x = x + dropout(attention(norm1(x)))                     with norms first, as GPT-2
///     x = x + dropout(down(gelu(up(norm2(x)))))
///
/// Shape: [B, T, C] → [B, T, C].
public final class TransformerBlock: Module, Layer {
  /// The layer norm of the attention.
  public let norm1: LayerNorm
  /// The attention of the sequence to itself.
  public let attention: MultiHeadAttention
  /// The layer norm of the feed-forward part.
  public let norm2: LayerNorm
  /// C → 4C.
  public let upProjection: Linear
  /// C → 4C, for SwiGLU.
  public let gate: Linear?
  /// 4C → C.
  public let downProjection: Linear
  /// The dropout of each part's result, in training.
  public let dropout: Dropout
  /// How it was built.
  public let options: TransformerOptions

  /// A block of C = `channels`, built as the options say.
  public init(
    _ channels: Int, heads: Int, isCausal: Bool = false, options: TransformerOptions
  ) {
    self.options = options
    norm1 = options.norm(channels)
    attention = options.attention(channels, heads: heads, isCausal: isCausal)
    norm2 = options.norm(channels)
    let part = options.feedForward(channels)
    (upProjection, gate, downProjection) = (part.upProjection, part.gate, part.downProjection)
    dropout = Dropout(options.dropout)
  }

  /// A block with norms first and GELU, as in GPT-2.
  public convenience init(
    _ channels: Int, heads: Int, isCausal: Bool = false, dropout: Double = 0, bias: Bool = true
  ) {
    self.init(
      channels, heads: heads, isCausal: isCausal,
      options: TransformerOptions(dropout: dropout, bias: bias))
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

  /// - Parameters:
  ///   - mask: Which positions see which, see ``MultiHeadAttention``.
  ///   - keyMask: bool [B, T], false for padding.
  ///   - cache: The positions that the attention has read before, see ``MultiHeadAttention``.
  ///   - positions: The positions of x for rotary encoding, see ``MultiHeadAttention``.
  public func callAsFunction(
    _ x: Tensor, mask: Tensor?, keyMask: Tensor? = nil, cache: (any AttentionCache)? = nil,
    positions: Tensor? = nil
  ) -> Tensor {
    let attended = options.residual(x, norm1, dropout) {
      attention($0, mask: mask, keyMask: keyMask, cache: cache, positions: positions)
    }
    return options.residual(attended, norm2, dropout) {
      feedForward($0, options.function, up: upProjection, gate: gate, down: downProjection)
    }
  }
}

/// A decoder block that attends to an encoder: causal self-attention, attention to the encoder's
/// memory, and a feed-forward part (Vaswani et al. 2017).
///
///     x = x + dropout(attention(norm1(x)))                     with norms first
///     x = x + dropout(crossAttention(norm2(x), memory))
///     x = x + dropout(down(gelu(up(norm3(x)))))
///
/// Shape: [B, T, C], memory [B, S, C] → [B, T, C].
public final class DecoderBlock: Module {
  /// The layer norm of the attention of the target to itself.
  public let norm1: LayerNorm
  /// The attention of the target to itself; causal.
  public let attention: MultiHeadAttention
  /// The layer norm of the attention to the memory.
  public let norm2: LayerNorm
  /// The attention of the target to the memory.
  public let crossAttention: MultiHeadAttention
  /// The layer norm of the feed-forward part.
  public let norm3: LayerNorm
  /// C → 4C.
  public let upProjection: Linear
  /// C → 4C, for SwiGLU.
  public let gate: Linear?
  /// 4C → C.
  public let downProjection: Linear
  /// The dropout of each part's result, in training.
  public let dropout: Dropout
  /// How it was built.
  public let options: TransformerOptions

  /// A block of C = `channels`, built as the options say.
  public init(_ channels: Int, heads: Int, options: TransformerOptions = .init()) {
    self.options = options
    norm1 = options.norm(channels)
    attention = options.attention(channels, heads: heads, isCausal: true)
    norm2 = options.norm(channels)
    crossAttention = options.attention(channels, heads: heads, isCausal: false, isCross: true)
    norm3 = options.norm(channels)
    let part = options.feedForward(channels)
    (upProjection, gate, downProjection) = (part.upProjection, part.gate, part.downProjection)
    dropout = Dropout(options.dropout)
  }

  /// - Parameters:
  ///   - keyMask: bool [B, T], false for padding in x.
  ///   - memoryKeyMask: bool [B, S], false for padding in the memory.
  ///   - cache: The positions that the target's self-attention has read before.
  public func callAsFunction(
    _ x: Tensor, memory: Tensor, keyMask: Tensor? = nil, memoryKeyMask: Tensor? = nil,
    cache: (any AttentionCache)? = nil
  ) -> Tensor {
    let attended = options.residual(x, norm1, dropout) {
      attention($0, mask: nil, keyMask: keyMask, cache: cache)
    }
    let informed = options.residual(attended, norm2, dropout) {
      crossAttention($0, memory: memory, mask: nil, keyMask: memoryKeyMask)
    }
    return options.residual(informed, norm3, dropout) {
      feedForward($0, options.function, up: upProjection, gate: gate, down: downProjection)
    }
  }
}
