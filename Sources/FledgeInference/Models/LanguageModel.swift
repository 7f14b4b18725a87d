import FledgeCore
import FledgeModels
import FledgeNN

/// A decoder that continues texts: GPT-2, Llama and the like.
public protocol LanguageModel: Module {
  /// The number of different tokens, V.
  var vocabulary: Int { get }
  /// The longest sequence, in tokens.
  var context: Int { get }
  /// The number of blocks, each of which needs a cache.
  var layers: Int { get }

  /// The residual stream before the head.   Shape: int64 [B, T] → [B, T, C]
  /// - Parameters:
  ///   - cache: What the attention has read before the tokens, one for each block; they are added.
  ///   - positions: The tokens' positions, int64 [B, T], or [B] for the first of each row. By
  ///     default they continue those in the cache, or start at 0 without one.
  func hidden(_ tokens: Tensor, cache: [any AttentionCache]?, positions: Tensor?) -> Tensor

  /// Shape: [B, T, C] → [B, T, V]
  func logits(_ hidden: Tensor) -> Tensor
}

extension LanguageModel {
  /// Logits of the next token after each position.   Shape: int64 [B, T] → [B, T, V]
  public func callAsFunction(
    _ tokens: Tensor, cache: [any AttentionCache]? = nil, positions: Tensor? = nil
  ) -> Tensor {
    logits(hidden(tokens, cache: cache, positions: positions))
  }

  /// An empty cache of `batch` texts of up to `capacity` tokens each, by default the context.
  public func makeCache(batch: Int = 1, capacity: Int? = nil) -> [any AttentionCache] {
    (0..<layers).map { _ in KeyValueCache(batch: batch, capacity: capacity ?? context) }
  }
}

extension GPT: LanguageModel {
  public var context: Int { configuration.context }
  public var layers: Int { configuration.layers }
}
