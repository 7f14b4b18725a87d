import FledgeCore
import FledgeNN

/// A decoder-only Transformer language model (GPT-2, Radford et al. 2019).
///
///     x = dropout(token[tokens] + position[0 ..< T])       [B, T] → [B, T, C]
///     x = block(x) for each block                          [B, T, C]
///     logits = norm(x) Eᵀ                                  [B, T, V]
///
/// Weights start as N(0, 0.02), those that write to the residual stream as N(0, 0.02 / √(2 layers)),
/// biases at 0: at the start every token is about as likely and the loss is about ln V.
public final class GPT: Module {
  /// The sizes of the model.
  public let configuration: GPTConfiguration
  /// The token embedding E, [V, C].
  public let tokenEmbedding: Embedding
  /// The position embedding, [context, C].
  public let positionEmbedding: Embedding
  /// The dropout of the embeddings.
  public let dropout: Dropout
  /// The blocks, in order.
  public let blocks: [TransformerBlock]
  /// The layer norm before the head.
  public let norm: LayerNorm
  /// The linear layer C → V; nil where the token embedding is the head.
  public let head: Linear?
  /// If set, training recomputes the blocks in the backward pass, in this many segments: `layers`
  /// makes each block a segment, about √layers takes the least memory. The results are the same to
  /// the bit.
  public var checkpointSegments: Int?

  /// Creates an untrained model; the type says how its weights start.
  public init(_ configuration: GPTConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    tokenEmbedding = Embedding(configuration.vocabulary, channels)
    positionEmbedding = Embedding(configuration.context, channels)
    dropout = Dropout(configuration.dropout)
    blocks = (0..<configuration.layers).map { _ in
      TransformerBlock(
        channels, heads: configuration.heads, isCausal: true, dropout: configuration.dropout,
        bias: configuration.bias)
    }
    norm = LayerNorm(channels, bias: configuration.bias)
    head =
      configuration.tiedHead ? nil : Linear(channels, configuration.vocabulary, bias: false)
    super.init()
    initializeWeights()
  }

  private func initializeWeights() {
    let deviation = 0.02
    let residual = deviation / Double(2 * configuration.layers).squareRoot()
    for embedding in [tokenEmbedding, positionEmbedding] {
      embedding.weight = .normal(
        embedding.weight.shape, mean: 0, standardDeviation: deviation)
    }
    for block in blocks {
      block.attention.qkv.initialize(deviation)
      block.attention.projection.initialize(residual)
      block.upProjection.initialize(deviation)
      block.downProjection.initialize(residual)
    }
    head?.initialize(deviation)
  }

  /// Logits of the next token after each position.   Shape: int64 [B, T] → [B, T, V].
  public func callAsFunction(_ tokens: Tensor) -> Tensor { self(tokens, cache: nil) }

  /// - Parameters:
  ///   - cache: What the attention has read before the tokens, one cache for each block; the tokens
  ///     are added to it. See ``makeCache(batch:)``.
  ///   - positions: The tokens' positions, int64 [B, T], or [B] for the first of each row. By
  ///     default they continue those in the cache, or start at 0 without one.
  public func callAsFunction(
    _ tokens: Tensor, cache: [any AttentionCache]?, positions: Tensor? = nil
  ) -> Tensor {
    logits(hidden(tokens, cache: cache, positions: positions))
  }

  /// The normalized residual stream, see ``callAsFunction(_:cache:positions:)``.
  /// Shape: int64 [B, T] → [B, T, C].
  public func hidden(
    _ tokens: Tensor, cache: [any AttentionCache]? = nil, positions: Tensor? = nil
  ) -> Tensor {
    require(
      tokens.rank == 2 && tokens.shape[1] <= configuration.context, "GPT",
      "needs tokens [B, T] with T ≤ \(configuration.context), the shape is \(tokens.shape)")
    let place = embeddedPositions(count: tokens.shape[1], cache: cache, positions: positions)
    let x = dropout(tokenEmbedding(tokens) + place)
    guard let cache else {
      return norm(forward(x, through: blocks, checkpointSegments: checkpointSegments))
    }
    require(
      cache.count == blocks.count, "GPT",
      "needs a cache for each of \(blocks.count) blocks, got \(cache.count)")
    return norm(
      zip(blocks, cache).reduce(x) { x, next in
        let (block, cache) = next
        return observingCall(of: block) { block(x, mask: nil, cache: cache) }
      })
  }

  /// [T, C] where all rows stand at the same positions, else [B, T, C].
  private func embeddedPositions(
    count: Int, cache: [any AttentionCache]?, positions: Tensor?
  ) -> Tensor {
    let first = cache?.first
    if positions == nil, let start = first.map({ $0.commonLength }) ?? 0 {
      require(
        start + count <= configuration.context, "GPT",
        "\(count) tokens behind \(start) are more than the context of \(configuration.context)")
      return positionEmbedding.weight.sliced(axis: 0, from: start, count: count)
    }
    guard let positions else { return positionEmbedding(first!.positions(count)) }
    let spread = positions.rank == 2
    return positionEmbedding(
      spread ? positions : positions.expandedDims(axis: 1) + Tensor.arange(count))
  }

  /// An empty cache for `batch` texts of up to `context` tokens, one part for each block.
  ///
  ///     let cache = model.makeCache()
  ///     var logits = model(prompt, cache: cache)[.all, -1]     // reads the prompt once
  ///     logits = model(next, cache: cache)[.all, -1]           // and one token [1, 1] more
  public func makeCache(batch: Int = 1) -> [any AttentionCache] {
    blocks.map { _ in KeyValueCache(batch: batch, capacity: configuration.context) }
  }

  /// Shape: [B, T, C] → [B, T, V].
  public func logits(_ hidden: Tensor) -> Tensor {
    head.map { $0(hidden) } ?? linear(hidden, weight: tokenEmbedding.weight)
  }

  public override var details: String {
    let c = configuration
    return "\(c.layers) layers, \(c.heads) heads, \(c.channels) channels, "
      + "\(c.vocabulary) tokens, context \(c.context)"
  }
}

extension Linear {
  /// Weights from N(0, deviation²), the bias at 0.
  fileprivate func initialize(_ deviation: Double) {
    weight = .normal([outputs, inputs], mean: 0, standardDeviation: deviation)
    if bias != nil { bias = .zeros([outputs]) }
  }
}
