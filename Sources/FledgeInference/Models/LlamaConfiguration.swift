import FledgeCore

/// The sizes of a ``Llama``.
public struct LlamaConfiguration: Sendable, Hashable, Codable {
  /// The number of different tokens, V.
  public var vocabulary: Int
  /// The longest sequence, in tokens.
  public var context: Int
  /// The number of blocks.
  public var layers: Int
  /// H, the heads of queries.
  public var heads: Int
  /// K, the heads of keys and values; a divisor of `heads`.
  public var keyValueHeads: Int
  /// D, the width of a head; even.
  public var headSize: Int
  /// C, the width of the residual stream.
  public var channels: Int
  /// The width of the feed-forward part.
  public var width: Int
  /// The base of rotary positions.
  public var rotaryBase: Double
  /// Added to the mean square in each norm.
  public var epsilon: Double
  /// Whether the head that makes logits is the token embedding, transposed.
  public var tiedHead: Bool

  /// By default as many key heads as query heads, heads of C / H, and a head of its own.
  public init(
    vocabulary: Int, context: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil,
    headSize: Int? = nil, channels: Int, width: Int, rotaryBase: Double = 10_000,
    epsilon: Double = 1e-5, tiedHead: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headSize = headSize ?? channels / max(heads, 1)
    self.channels = channels
    self.width = width
    self.rotaryBase = rotaryBase
    self.epsilon = epsilon
    self.tiedHead = tiedHead
  }

  /// The first size that no model has: what to ask of a configuration from a file.
  var impossibleSize: (name: String, value: Int)? {
    let sizes = [
      ("vocabulary", vocabulary), ("context", context), ("layers", layers), ("heads", heads),
      ("keyValueHeads", keyValueHeads), ("headSize", headSize), ("channels", channels),
      ("width", width),
    ]
    // Beyond 2³⁰ the sizes of weights could not be counted.
    if let size = sizes.first(where: { !(1...1 << 30).contains($0.1) }) { return size }
    if !heads.isMultiple(of: keyValueHeads) { return ("keyValueHeads", keyValueHeads) }
    if !headSize.isMultiple(of: 2) { return ("headSize", headSize) }
    if !(rotaryBase > 0 && rotaryBase.isFinite) { return ("rotaryBase", 0) }
    if !(epsilon > 0 && epsilon.isFinite) { return ("epsilon", 0) }
    return nil
  }
}
