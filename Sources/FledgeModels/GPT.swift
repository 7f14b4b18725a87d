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
  /// The sizes that it was made with.
  public let configuration: GPTConfiguration
  /// E, [V, C].
  public let tokenEmbedding: Embedding
  /// [context, C].
  public let positionEmbedding: Embedding
  /// Of the embeddings, in training.
  public let dropout: Dropout
  /// One after another.
  public let blocks: [TransformerBlock]
  /// Before the head.
  public let norm: LayerNorm
  /// C → V; nil where the token embedding is the head.
  public let head: Linear?
  /// Where set, training computes the blocks again in the backward pass, in so many runs of them:
  /// `layers` for each block by itself, about √layers for the least memory. The numbers stay the
  /// same, to the bit.
  public var checkpointSegments: Int?

  /// A model that knows nothing yet; see the type for how its weights start.
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
  public func callAsFunction(_ tokens: Tensor) -> Tensor { logits(hidden(tokens)) }

  /// The normalized residual stream.   Shape: int64 [B, T] → [B, T, C].
  public func hidden(_ tokens: Tensor) -> Tensor {
    require(
      tokens.rank == 2 && tokens.shape[1] <= configuration.context, "GPT",
      "needs tokens [B, T] with T ≤ \(configuration.context), the shape is \(tokens.shape)")
    let positions = positionEmbedding.weight.sliced(axis: 0, from: 0, count: tokens.shape[1])
    let x = dropout(tokenEmbedding(tokens) + positions)
    return norm(forward(x, through: blocks, checkpointSegments: checkpointSegments))
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
