import FledgeCore
import FledgeNN

/// The sizes of a ``Seq2SeqTransformer``.
public struct Seq2SeqConfiguration: Sendable, Hashable, Codable {
  /// The number of different tokens, V, of source and target alike.
  public var vocabulary: Int
  /// The token that targets begin with, and the one that ends them.
  public var beginToken: Int
  /// The token that targets end with.
  public var endToken: Int
  /// The number of blocks of the encoder, and of the decoder.
  public var layers: Int
  /// The number of heads of each attention.
  public var heads: Int
  /// The width C of the residual stream; a multiple of `heads`.
  public var channels: Int
  /// The dropout probability of embeddings and each part's result, in training.
  public var dropout: Double

  /// With the tokens alone: 2 + 2 layers of 64 channels.
  public init(
    vocabulary: Int, beginToken: Int, endToken: Int, layers: Int = 2, heads: Int = 4,
    channels: Int = 64, dropout: Double = 0
  ) {
    require(
      (0..<vocabulary).contains(beginToken) && (0..<vocabulary).contains(endToken),
      "Seq2SeqConfiguration",
      "begin and end must be among the \(vocabulary) tokens, got \(beginToken) and \(endToken)")
    self.vocabulary = vocabulary
    self.beginToken = beginToken
    self.endToken = endToken
    self.layers = layers
    self.heads = heads
    self.channels = channels
    self.dropout = dropout
  }

  /// Reads saved sizes; throws `DecodingError` for those that no model has.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    vocabulary = try container.decodeSize(forKey: .vocabulary)
    layers = try container.decodeSize(forKey: .layers)
    heads = try container.decodeSize(forKey: .heads)
    channels = try container.decodeSize(forKey: .channels)
    beginToken = try container.decodeCount(forKey: .beginToken)
    endToken = try container.decodeCount(forKey: .endToken)
    try container.check(
      max(beginToken, endToken) < vocabulary, .vocabulary, "it lacks the begin or end token")
    dropout = try container.decodeProbability(forKey: .dropout)
    try container.check(channels % heads == 0, .heads, "\(heads) do not divide \(channels)")
  }
}

/// The encoder–decoder Transformer (Vaswani et al. 2017), with normalization first and one embedding
/// for both sides.
///
///     memory = norm(encoder blocks(E[source] √C + positions))            [B, S] → [B, S, C]
///     y = norm(decoder blocks(E[target] √C + positions, memory))         [B, T] → [B, T, C]
///     logits = head(y)                                                   [B, T, V]
///
/// Positions are sinusoidal, the embedding starts as N(0, 1/C).
public final class Seq2SeqTransformer: Module {
  /// The sizes of the model.
  public let configuration: Seq2SeqConfiguration
  /// The token embedding E, [V, C], shared by source and target.
  public let embedding: Embedding
  /// The positions, added to the embeddings of both.
  public let positions = SinusoidalPositions()
  /// The dropout of the embeddings.
  public let dropout: Dropout
  /// The blocks over the source, in order.
  public let encoder: [TransformerBlock]
  /// The layer norm after the encoder's blocks.
  public let encoderNorm: LayerNorm
  /// The blocks over the target, in order; each attends to the memory.
  public let decoder: [DecoderBlock]
  /// The layer norm after the decoder's blocks.
  public let decoderNorm: LayerNorm
  /// The linear layer C → V.
  public let head: Linear

  /// Creates an untrained model; the type says how its weights start.
  public init(_ configuration: Seq2SeqConfiguration) {
    let c = configuration
    self.configuration = c
    let options = TransformerOptions(dropout: c.dropout)
    embedding = Embedding(c.vocabulary, c.channels)
    dropout = Dropout(c.dropout)
    encoder = (0..<c.layers).map { _ in
      TransformerBlock(c.channels, heads: c.heads, options: options)
    }
    encoderNorm = LayerNorm(c.channels)
    decoder = (0..<c.layers).map { _ in
      DecoderBlock(c.channels, heads: c.heads, options: options)
    }
    decoderNorm = LayerNorm(c.channels)
    head = Linear(c.channels, c.vocabulary)
    super.init()
    embedding.weight = .normal(
      [c.vocabulary, c.channels], mean: 0,
      standardDeviation: 1 / Double(c.channels).squareRoot())
  }

  /// Logits of the token after each position of the target.
  /// Shape: int64 [B, S], int64 [B, T] → [B, T, V].
  ///
  /// - Parameter sourceMask: bool [B, S], false for padding.
  public func callAsFunction(
    _ source: Tensor, _ target: Tensor, sourceMask: Tensor? = nil
  ) -> Tensor {
    decode(target, memory: encode(source, mask: sourceMask), memoryMask: sourceMask)
  }

  /// What the decoder attends to.   Shape: int64 [B, S] → [B, S, C].
  public func encode(_ source: Tensor, mask: Tensor? = nil) -> Tensor {
    encoderNorm(encoder.reduce(embedded(source)) { x, block in block(x, mask: nil, keyMask: mask) })
  }

  /// Shape: int64 [B, T], memory [B, S, C] → [B, T, V].
  ///
  /// - Parameter cache: What the decoder has read of the target before, one cache for each block;
  ///   the target's tokens are added to it. See ``makeCache(batch:capacity:)``.
  public func decode(
    _ target: Tensor, memory: Tensor, memoryMask: Tensor? = nil,
    cache: [any AttentionCache]? = nil
  ) -> Tensor {
    require(
      cache.map { $0.count == decoder.count } ?? true, "Seq2SeqTransformer",
      "needs a cache for each of \(decoder.count) blocks, got \(cache?.count ?? 0)")
    var y = embedded(target, cache: cache?.first)
    for (i, block) in decoder.enumerated() {
      y = block(y, memory: memory, memoryKeyMask: memoryMask, cache: cache?[i])
    }
    return head(decoderNorm(y))
  }

  /// An empty cache for `batch` targets of up to `capacity` tokens, one part for each block of the
  /// decoder.
  public func makeCache(batch: Int = 1, capacity: Int) -> [any AttentionCache] {
    decoder.map { _ in KeyValueCache(batch: batch, capacity: capacity) }
  }

  private func embedded(_ tokens: Tensor, cache: (any AttentionCache)? = nil) -> Tensor {
    require(
      tokens.rank == 2, "Seq2SeqTransformer", "needs tokens [B, T], the shape is \(tokens.shape)")
    let x = embedding(tokens) * Double(configuration.channels).squareRoot()
    return dropout(
      cache.map { positions(x, positions: $0.positions(tokens.shape[1])) } ?? positions(x))
  }

  /// Greedy decoding: the likeliest token at each position, until the end token or `maximum`
  /// tokens. The result has neither the begin nor the end token.
  public func translate(
    _ source: Tensor, sourceMask: Tensor? = nil, maximum: Int
  ) -> [[Int]] {
    evaluating {
      let memory = encode(source, mask: sourceMask)
      let batch = source.shape[0]
      let cache = makeCache(batch: batch, capacity: max(maximum, 1))
      var rows = [[Int]](repeating: [], count: batch)
      var last = [Int](repeating: configuration.beginToken, count: batch)
      var isFinished = [Bool](repeating: false, count: batch)
      for _ in 0..<maximum where isFinished.contains(false) {
        let target = Tensor(last, shape: [batch, 1])
        last = decode(target, memory: memory, memoryMask: sourceMask, cache: cache)[.all, -1]
          .argmax(axis: -1).array(of: Int.self)
        for (i, token) in last.enumerated() {
          rows[i].append(token)
          if token == configuration.endToken { isFinished[i] = true }
        }
      }
      return rows.map { Array($0.prefix { $0 != configuration.endToken }) }
    }
  }

  public override var details: String {
    let c = configuration
    return "\(c.layers) + \(c.layers) layers, \(c.heads) heads, \(c.channels) channels, "
      + "\(c.vocabulary) tokens"
  }
}
