import FledgeCore
import FledgeNN

/// The sizes of an ``LSTMLanguageModel``.
public struct LSTMLanguageModelConfiguration: Sendable, Hashable, Codable {
  /// The number of different tokens, V.
  public var vocabulary: Int
  /// The width of a token's embedding.
  public var channels: Int
  /// The width of the LSTM's state.
  public var hidden: Int
  /// The number of LSTM layers.
  public var layers: Int
  /// The dropout probability of embeddings, between layers and before the head, in training.
  public var dropout: Double

  /// With a vocabulary alone: one layer of 256.
  public init(
    vocabulary: Int, channels: Int = 64, hidden: Int = 256, layers: Int = 1, dropout: Double = 0
  ) {
    self.vocabulary = vocabulary
    self.channels = channels
    self.hidden = hidden
    self.layers = layers
    self.dropout = dropout
  }

  /// Reads saved sizes; throws `DecodingError` for those that no model has.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    vocabulary = try container.decodeSize(forKey: .vocabulary)
    channels = try container.decodeSize(forKey: .channels)
    hidden = try container.decodeSize(forKey: .hidden)
    layers = try container.decodeSize(forKey: .layers)
    dropout = try container.decodeProbability(forKey: .dropout)
  }
}

/// A language model on an LSTM (Zaremba et al. 2014).
///
///     x = dropout(E[tokens])                  int64 [B, T] → [B, T, C]
///     h = dropout(lstm(x))                    [B, T, H]
///     logits = head(h)                        [B, T, V]
///
/// The state carries over what was read before, so a text of any length can be read in pieces.
public final class LSTMLanguageModel: Module {
  /// The sizes of the model.
  public let configuration: LSTMLanguageModelConfiguration
  /// The token embedding E, [V, C].
  public let embedding: Embedding
  /// The LSTM, C → H.
  public let lstm: LSTM
  /// The dropout of the LSTM's inputs and outputs.
  public let dropout: Dropout
  /// The linear layer H → V.
  public let head: Linear

  /// Creates an untrained model; each layer's type says how its weights start.
  public init(_ configuration: LSTMLanguageModelConfiguration) {
    self.configuration = configuration
    embedding = Embedding(configuration.vocabulary, configuration.channels)
    lstm = LSTM(
      configuration.channels, configuration.hidden, layers: configuration.layers,
      dropout: configuration.dropout, isBatchFirst: true)
    dropout = Dropout(configuration.dropout)
    head = Linear(configuration.hidden, configuration.vocabulary)
  }

  /// Logits of the next token after each position.   Shape: int64 [B, T] → [B, T, V].
  public func callAsFunction(_ tokens: Tensor) -> Tensor { self(tokens, state: nil).logits }

  /// Logits given the state after earlier tokens, and the state after the last token.
  public func callAsFunction(
    _ tokens: Tensor, state: LSTM.State?
  ) -> (logits: Tensor, state: LSTM.State) {
    require(
      tokens.rank == 2, "LSTMLanguageModel", "needs tokens [B, T], the shape is \(tokens.shape)")
    let result = lstm(dropout(embedding(tokens)), state: state)
    return (head(dropout(result.y)), result.state)
  }

  /// Continues `prompt` by `count` tokens and returns the new ones; each costs one step of the LSTM.
  ///
  /// - Parameters:
  ///   - prompt: At least one token.
  ///   - temperature: Divides the logits; 0 takes the likeliest token every time.
  ///   - topK: Draws among the k likeliest tokens only.
  ///   - generator: Where the draws come from; by default the scope's generator.
  ///   - onToken: Called with each token as it is drawn; returning false ends the text there.
  public func generate(
    _ prompt: [Int], count: Int, temperature: Double = 1, topK: Int? = nil,
    generator: Generator? = nil, onToken: (Int) -> Bool = { _ in true }
  ) -> [Int] {
    let sampler = TokenSampler(temperature: temperature, topK: topK, generator: generator)
    require(!prompt.isEmpty, "generate", "needs a prompt of at least one token")
    return evaluating {
      var tokens: [Int] = []
      var unread = prompt
      var state: LSTM.State?
      while tokens.count < count {
        let input = Tensor(unread, shape: [1, unread.count])
        let result = self(input, state: state)
        let next = sampler.draw(result.logits[0, -1].array(of: Double.self))
        tokens.append(next)
        if !onToken(next) { break }
        (unread, state) = ([next], result.state)
      }
      return tokens
    }
  }

  public override var details: String {
    let c = configuration
    return "\(c.vocabulary) tokens, \(c.channels) channels, \(c.hidden) hidden"
  }
}
