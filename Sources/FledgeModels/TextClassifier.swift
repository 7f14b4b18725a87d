import FledgeCore
import FledgeNN

/// A Transformer encoder that gives a text one of several classes (BERT, Devlin et al. 2019).
///
///     x = dropout(norm(E[tokens] + positions))      int64 [B, T] → [B, T, C]
///     x = block(x) for each block                   [B, T, C], normalization behind each part
///     logits = head(tanh(pooler(x[0])))             [B, classes]
///
/// The first position represents the text. Weights start as N(0, 0.02).
public final class TextClassifier: Module {
  /// E, [V, C].
  public let embedding: Embedding
  /// [context, C].
  public let positions: LearnedPositions
  /// The layer norm of the embeddings with their positions.
  public let norm: LayerNorm
  /// The dropout of the normalized embeddings.
  public let dropout: Dropout
  /// The encoder's blocks, in order; none of them is causal.
  public let blocks: [TransformerBlock]
  /// The linear layer C → C under the head.
  public let pooler: Linear
  /// The linear layer C → classes.
  public let head: Linear

  /// - Parameter context: The longest text, in tokens.
  public init(
    vocabulary: Int, classes: Int, context: Int, layers: Int = 2, heads: Int = 4,
    channels: Int = 64, dropout: Double = 0.1
  ) {
    embedding = Embedding(vocabulary, channels)
    positions = LearnedPositions(context, channels)
    norm = LayerNorm(channels, epsilon: 1e-12)
    self.dropout = Dropout(dropout)
    let options = TransformerOptions(
      isNormFirst: false, function: .exactGELU, dropout: dropout, attentionDropout: dropout)
    blocks = (0..<layers).map { _ in TransformerBlock(channels, heads: heads, options: options) }
    pooler = Linear(channels, channels)
    head = Linear(channels, classes)
    super.init()
    for (name, parameter) in namedParameters() {
      guard let value = parameter.value else { continue }
      if value.rank >= 2 {
        parameter.value = .normal(value.shape, mean: 0, standardDeviation: 0.02)
      } else if name.hasSuffix("bias") {
        parameter.value = .zeros(value.shape)
      }
    }
  }

  /// Shape: int64 [B, T] → [B, classes].
  ///
  /// - Parameter mask: bool [B, T], false for padding.
  public func callAsFunction(_ tokens: Tensor, mask: Tensor? = nil) -> Tensor {
    require(
      tokens.rank == 2, "TextClassifier", "needs tokens [B, T], the shape is \(tokens.shape)")
    let x = dropout(norm(positions(embedding(tokens))))
    let read = blocks.reduce(x) { x, block in block(x, mask: nil, keyMask: mask) }
    return head(dropout(tanh(pooler(read[.all, 0]))))
  }

  public override var details: String { "\(blocks.count) layers, \(head.outputs) classes" }
}
