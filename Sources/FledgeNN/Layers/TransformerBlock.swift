import FledgeCore

/// A Transformer block with normalization before each part (pre-norm, as GPT-2).
///
///     x = x + dropout(attention(norm1(x)))
///     x = x + dropout(contract(gelu(expand(norm2(x)))))
///
/// Shape: [B, T, C] → [B, T, C].
public final class TransformerBlock: Module, Layer {
  public let norm1: LayerNorm
  public let attention: MultiHeadAttention
  public let norm2: LayerNorm
  /// C → 4C.
  public let expand: Linear
  /// 4C → C.
  public let contract: Linear
  public let dropout: Dropout

  public init(
    _ channels: Int, heads: Int, isCausal: Bool = false, dropout: Double = 0, bias: Bool = true
  ) {
    norm1 = LayerNorm(channels, bias: bias)
    attention = MultiHeadAttention(channels, heads: heads, isCausal: isCausal, bias: bias)
    norm2 = LayerNorm(channels, bias: bias)
    expand = Linear(channels, 4 * channels, bias: bias)
    contract = Linear(4 * channels, channels, bias: bias)
    self.dropout = Dropout(dropout)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let attended = x + dropout(attention(norm1(x)))
    return attended + dropout(contract(gelu(expand(norm2(attended)))))
  }
}
