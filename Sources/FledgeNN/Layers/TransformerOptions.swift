import FledgeCore

/// The options of a Transformer's blocks, besides their sizes.
public struct TransformerOptions: Sendable, Hashable {
  /// Whether normalization comes before each part (GPT-2; Xiong et al. 2020) or after its sum with
  /// the residual stream (Vaswani et al. 2017).
  public var isNormFirst: Bool
  /// Width of the feed-forward part; 4C where nil.
  public var width: Int?
  /// The function between the two products of the feed-forward part.
  public var function: FeedForwardFunction
  /// Fewer heads for keys and values than for queries; as many where nil.
  public var keyValueHeads: Int?
  /// The width of a head; C / heads where nil.
  public var headSize: Int?
  /// The base of rotary positions in self-attention; nil for none.
  public var rotaryBase: Double?
  /// The probability of dropping a number of each part's result, in training.
  public var dropout: Double
  /// The probability of dropping an attention weight, in training.
  public var attentionDropout: Double
  /// Whether linear layers and normalizations have biases.
  public var bias: Bool
  /// Added to the variance in each norm.
  public var epsilon: Double

  /// By default norms first, GELU and a width of 4C, as in GPT-2.
  public init(
    isNormFirst: Bool = true, width: Int? = nil, function: FeedForwardFunction = .gelu,
    keyValueHeads: Int? = nil, headSize: Int? = nil, rotaryBase: Double? = nil, dropout: Double = 0,
    attentionDropout: Double = 0, bias: Bool = true,
    epsilon: Double = 1e-5
  ) {
    self.isNormFirst = isNormFirst
    self.width = width
    self.function = function
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.rotaryBase = rotaryBase
    self.dropout = dropout
    self.attentionDropout = attentionDropout
    self.bias = bias
    self.epsilon = epsilon
  }

  func attention(_ channels: Int, heads: Int, isCausal: Bool, isCross: Bool = false)
    -> MultiHeadAttention
  {
    MultiHeadAttention(
      channels, heads: heads, keyValueHeads: keyValueHeads, headSize: headSize,
      isCausal: isCausal, bias: bias, dropout: attentionDropout,
      rotaryBase: isCross ? nil : rotaryBase)
  }

  func norm(_ channels: Int) -> LayerNorm {
    LayerNorm(channels, epsilon: epsilon, bias: bias)
  }

  func feedForward(_ channels: Int) -> FeedForward {
    FeedForward(channels, width: width, function: function, bias: bias)
  }

  /// x + part(norm(x)), or norm(x + part(x)).
  func residual(
    _ x: Tensor, _ norm: LayerNorm, _ dropout: Dropout, _ part: (Tensor) -> Tensor
  ) -> Tensor {
    isNormFirst ? x + dropout(part(norm(x))) : norm(x + dropout(part(x)))
  }
}
