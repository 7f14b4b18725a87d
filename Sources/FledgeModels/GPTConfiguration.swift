import FledgeCore
import FledgeNN

/// The sizes of a ``GPT``. The defaults make a small one; `.gpt2` is the published 124M model.
public struct GPTConfiguration: Sendable, Hashable, Codable {
  /// The number of different tokens, V.
  public var vocabulary: Int
  /// The longest sequence, in tokens.
  public var context: Int
  /// The number of blocks.
  public var layers: Int
  /// The heads of attention in each block.
  public var heads: Int
  /// The width C of the residual stream; a multiple of `heads`.
  public var channels: Int
  /// Whether linear layers and normalizations have biases.
  public var bias: Bool
  /// The dropout probability of embeddings, attention weights and each part's result, in training.
  public var dropout: Double
  /// Whether the head that makes logits is the token embedding, transposed (Press & Wolf 2017).
  public var tiedHead: Bool

  /// With a vocabulary alone: 4 layers of 128 channels.
  public init(
    vocabulary: Int, context: Int = 128, layers: Int = 4, heads: Int = 4, channels: Int = 128,
    bias: Bool = true, dropout: Double = 0, tiedHead: Bool = true
  ) {
    require(
      vocabulary > 0 && context > 0 && layers > 0, "GPTConfiguration",
      "sizes must be positive, got vocabulary \(vocabulary), context \(context), layers \(layers)")
    self.vocabulary = vocabulary
    self.context = context
    self.layers = layers
    self.heads = heads
    self.channels = channels
    self.bias = bias
    self.dropout = dropout
    self.tiedHead = tiedHead
  }

  /// Reads saved sizes; throws `DecodingError` for those that no model has.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    vocabulary = try container.decodeSize(forKey: .vocabulary)
    context = try container.decodeSize(forKey: .context)
    layers = try container.decodeSize(forKey: .layers)
    heads = try container.decodeSize(forKey: .heads)
    channels = try container.decodeSize(forKey: .channels)
    bias = try container.decode(Bool.self, forKey: .bias)
    dropout = try container.decodeProbability(forKey: .dropout)
    tiedHead = try container.decode(Bool.self, forKey: .tiedHead)
    try container.check(channels % heads == 0, .heads, "\(heads) do not divide \(channels)")
  }

  /// How many parameters ``/FledgeNN/Module/applyLoRA(rank:alpha:to:)`` adds for `targets` square
  /// parts of attention in each layer (2: queries and values), without making the model: layers ·
  /// targets · 2 · channels · rank.
  public func loraParameterCount(rank: Int, targets: Int = 2) -> Int {
    layers * targets
      * LowRankAdapter.parameterCount(inputs: channels, rows: channels, rank: rank)
  }

  /// GPT-2 small (Radford et al. 2019): 124 million parameters.
  public static let gpt2 = GPTConfiguration(
    vocabulary: 50257, context: 1024, layers: 12, heads: 12, channels: 768)

  /// GPT-3 (Brown et al. 2020): 175 billion parameters.
  public static let gpt3 = GPTConfiguration(
    vocabulary: 50257, context: 2048, layers: 96, heads: 96, channels: 12288)
}
