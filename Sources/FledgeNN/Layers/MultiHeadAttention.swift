import FledgeCore

/// Self-attention in several heads (Vaswani et al. 2017).   Shape: [B, T, C] → [B, T, C].
///
///     q, k, v = x Wᵀ + b                       [B, T, 3C], each then [B, H, T, D], D = C / H
///     y = softmax(q kᵀ / √D + mask) v          [B, H, T, D] → [B, T, C]
///     output = y Pᵀ + p
///
/// One product makes queries, keys and values: rows 0 ..< C of `qkv.weight` are the query weights,
/// then the keys', then the values', as in PyTorch's `in_proj_weight`.
public final class MultiHeadAttention: Module, Layer {
  /// C → 3C.
  public let qkv: Linear
  /// C → C, over the heads side by side.
  public let projection: Linear
  public let heads: Int
  /// Whether position t sees only positions up to t.
  public let isCausal: Bool

  public init(_ channels: Int, heads: Int, isCausal: Bool = false, bias: Bool = true) {
    require(
      heads > 0 && channels % heads == 0, "MultiHeadAttention",
      "\(channels) channels do not divide into \(heads) heads")
    self.heads = heads
    self.isCausal = isCausal
    qkv = Linear(channels, 3 * channels, bias: bias)
    projection = Linear(channels, channels, bias: bias)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

  /// - Parameter mask: added to the scores, broadcast to [B, H, T, T]; −∞ hides a key.
  public func callAsFunction(_ x: Tensor, mask: Tensor?) -> Tensor {
    require(x.rank == 3, "MultiHeadAttention", "needs [B, T, C], the shape is \(x.shape)")
    let (batch, time, channels) = (x.shape[0], x.shape[1], x.shape[2])
    // [B, T, 3C] → [B, T, 3, H, D] → three times [B, H, T, D], all views.
    let parts = qkv(x).reshaped([batch, time, 3, heads, channels / heads]).chunked(3, axis: 2)
      .map { $0.squeezed(axis: 2).permuted([0, 2, 1, 3]) }
    let y = attention(parts[0], parts[1], parts[2], mask: mask, isCausal: isCausal)
    return projection(y.permuted([0, 2, 1, 3]).reshaped(x.shape))
  }

  public override var details: String {
    "\(projection.inputs), \(heads) heads\(isCausal ? ", causal" : "")"
  }
}
