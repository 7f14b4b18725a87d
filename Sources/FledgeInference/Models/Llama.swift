import FledgeCore
import FledgeNN

/// A decoder-only Transformer with RMS norms, rotary positions, grouped queries and SwiGLU (Touvron et al.
/// 2023): Llama, SmolLM, Mistral and many others.
///
///     x = token[tokens]                                       [B, T] → [B, T, C]
///     x = block(x) for each block                             [B, T, C]
///     logits = norm(x) Hᵀ                                     [B, T, V]; H is the table where tied
///
///     let model = try Llama.fromPretrained("SmolLM2-135M-Instruct.Q4_1.gguf")
///     let logits = model(Tensor([[1, 4093, 198]]))
public final class Llama: Module, LanguageModel {
  /// The sizes of the model.
  public let configuration: LlamaConfiguration
  /// The token embedding, [V, C].
  public let tokenEmbedding: TokenTable
  /// The blocks, in order.
  public let blocks: [LlamaBlock]
  /// The norm before the head.
  public let norm: RMSNorm
  /// The linear layer C → V; nil where the token embedding is the head.
  public let head: Linear?

  /// An untrained model. Traps on sizes that no model has.
  public init(_ configuration: LlamaConfiguration) {
    let fault = configuration.impossibleSize
    require(fault == nil, "Llama", "\(fault?.name ?? "") cannot be \(fault?.value ?? 0)")
    self.configuration = configuration
    let channels = configuration.channels
    tokenEmbedding = TokenTable(configuration.vocabulary, channels)
    blocks = (0..<configuration.layers).map { _ in LlamaBlock(configuration) }
    norm = RMSNorm(channels, epsilon: configuration.epsilon)
    head = configuration.tiedHead ? nil : Linear(channels, configuration.vocabulary, bias: false)
  }

  public var vocabulary: Int { configuration.vocabulary }
  public var context: Int { configuration.context }
  public var layers: Int { configuration.layers }

  public func hidden(
    _ tokens: Tensor, cache: [any AttentionCache]? = nil, positions: Tensor? = nil
  ) -> Tensor {
    require(tokens.rank == 2, "Llama", "needs tokens [B, T], the shape is \(tokens.shape)")
    let end = (cache?.first?.lengths.max() ?? 0) + tokens.shape[1]
    require(
      end <= context, "Llama",
      "\(end) tokens are more than the context of \(context)")
    require(
      cache == nil || cache?.count == blocks.count, "Llama",
      "needs a cache for each of \(blocks.count) blocks, got \(cache?.count ?? 0)")
    var x = tokenEmbedding(tokens)
    let angles = blocks[0].attention.rotaryAngles(
      tokens.shape[1], batch: tokens.shape[0], cache: cache?.first, positions: positions)
    for (i, block) in blocks.enumerated() { x = block(x, cache: cache?[i], angles: angles) }
    return norm(x)
  }

  public func logits(_ hidden: Tensor) -> Tensor {
    head.map { $0(hidden) } ?? tokenEmbedding.logits(hidden)
  }

  public override var details: String {
    let c = configuration
    return "\(c.layers) layers, \(c.heads) heads (\(c.keyValueHeads) for keys), \(c.channels) "
      + "channels, \(c.vocabulary) tokens, context \(c.context)"
  }
}

/// A block of a ``Llama``:
///
///     x = x + attention(norm1(x))                             rotary positions, grouped queries
///     x = x + down(silu(gate(norm2(x))) · up(norm2(x)))
///
/// Shape: [B, T, C] → [B, T, C]
public final class LlamaBlock: Module, Layer {
  /// The norm before attention.
  public let norm1: RMSNorm
  /// The attention of the sequence to itself.
  public let attention: MultiHeadAttention
  /// The norm before the feed-forward part.
  public let norm2: RMSNorm
  /// C → 2 · width: the gate's outputs, then those of the projection up, in one product.
  public let gateUp: Linear
  /// width → C.
  public let down: Linear

  init(_ configuration: LlamaConfiguration) {
    let (channels, c) = (configuration.channels, configuration)
    norm1 = RMSNorm(channels, epsilon: c.epsilon)
    attention = MultiHeadAttention(
      channels, heads: c.heads, keyValueHeads: c.keyValueHeads, headSize: c.headSize,
      isCausal: true, bias: false, rotaryBase: c.rotaryBase)
    norm2 = RMSNorm(channels, epsilon: c.epsilon)
    gateUp = Linear(channels, 2 * c.width, bias: false)
    down = Linear(c.width, channels, bias: false)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, cache: nil) }

  /// - Parameters:
  ///   - cache: The positions that the attention has read before.
  ///   - angles: Those of the positions of x; by default they continue those in the cache.
  public func callAsFunction(
    _ x: Tensor, cache: (any AttentionCache)?, angles: RotaryAngles? = nil
  ) -> Tensor {
    let attended = x + attention(norm1(x), mask: nil, cache: cache, angles: angles)
    let parts = gateUp(norm2(attended)).chunked(2, axis: -1)
    return attended + down(swiGLU(parts[0], parts[1]))
  }
}
