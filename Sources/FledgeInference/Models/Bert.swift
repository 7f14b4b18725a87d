import FledgeCore
import FledgeNN

/// The sizes of a ``Bert``.
public struct BertConfiguration: Sendable, Hashable, Codable {
  /// The number of different tokens.
  public var vocabulary: Int
  /// The longest sequence, in tokens.
  public var context: Int
  /// The number of blocks.
  public var layers: Int
  /// The heads of attention in each block.
  public var heads: Int
  /// C, a multiple of `heads`.
  public var channels: Int
  /// The width of the feed-forward part.
  public var width: Int
  /// The kinds of segments: first and second sentence.
  public var segments: Int
  /// Added to the variance in each norm.
  public var epsilon: Double

  /// By default two kinds of segments and an ε of 1e-12.
  public init(
    vocabulary: Int, context: Int, layers: Int, heads: Int, channels: Int, width: Int,
    segments: Int = 2, epsilon: Double = 1e-12
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.layers = layers
    self.heads = heads
    self.channels = channels
    self.width = width
    self.segments = segments
    self.epsilon = epsilon
  }

  /// The first size that no model has.
  var impossibleSize: (name: String, value: Int)? {
    let sizes = [
      ("vocabulary", vocabulary), ("context", context), ("layers", layers), ("heads", heads),
      ("channels", channels), ("width", width), ("segments", segments),
    ]
    if let size = sizes.first(where: { !(1...1 << 30).contains($0.1) }) { return size }
    if !channels.isMultiple(of: heads) { return ("heads", heads) }
    return epsilon > 0 && epsilon.isFinite ? nil : ("epsilon", 0)
  }
}

/// A Transformer encoder with norms after each part (Devlin et al. 2019), without its pooler.
///
///     x = norm(word[tokens] + position[0 ..< T] + segment[segments])     [B, T] → [B, T, C]
///     x = block(x) for each block                                        [B, T, C]
public final class Bert: Module {
  /// The sizes of the model.
  public let configuration: BertConfiguration
  /// The token embedding, [V, C].
  public let wordEmbedding: Embedding
  /// The position embedding, [context, C].
  public let positionEmbedding: Embedding
  /// The segment embedding, [segments, C].
  public let segmentEmbedding: Embedding
  /// The norm of the embeddings' sum.
  public let norm: LayerNorm
  /// The blocks, in order.
  public let blocks: [TransformerBlock]

  /// An untrained model. Traps on sizes that no model has.
  public init(_ configuration: BertConfiguration) {
    let fault = configuration.impossibleSize
    require(fault == nil, "Bert", "\(fault?.name ?? "") cannot be \(fault?.value ?? 0)")
    self.configuration = configuration
    let c = configuration
    wordEmbedding = Embedding(c.vocabulary, c.channels)
    positionEmbedding = Embedding(c.context, c.channels)
    segmentEmbedding = Embedding(c.segments, c.channels)
    norm = LayerNorm(c.channels, epsilon: c.epsilon)
    let options = TransformerOptions(
      isNormFirst: false, width: c.width, function: .exactGELU, epsilon: c.epsilon)
    blocks = (0..<c.layers).map { _ in
      TransformerBlock(c.channels, heads: c.heads, options: options)
    }
  }

  /// A vector for each token.   Shape: int64 [B, T] → [B, T, C]
  /// - Parameters:
  ///   - keyMask: bool [B, T], false for padding.
  ///   - segments: int64 [B, T]; by default all 0.
  public func callAsFunction(
    _ tokens: Tensor, keyMask: Tensor? = nil, segments: Tensor? = nil
  ) -> Tensor {
    require(
      tokens.rank == 2 && tokens.shape[1] <= configuration.context, "Bert",
      "needs tokens [B, T] with T ≤ \(configuration.context), the shape is \(tokens.shape)")
    let places = positionEmbedding.weight.sliced(axis: 0, from: 0, count: tokens.shape[1])
    let segment = segments.map { segmentEmbedding($0) } ?? segmentEmbedding.weight[0]
    let x = norm(wordEmbedding(tokens) + places + segment)
    return blocks.reduce(x) { x, block in block(x, mask: nil, keyMask: keyMask) }
  }

  public override var details: String {
    let c = configuration
    return "\(c.layers) layers, \(c.heads) heads, \(c.channels) channels, \(c.vocabulary) tokens"
  }
}
