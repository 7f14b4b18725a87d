import FledgeCore
import FledgeNN

/// A model with the cache of one text, which is cut and grown.
final class TextCache {
  let model: any LanguageModel
  /// The most tokens.
  let capacity: Int
  /// The tokens that have been read.
  private(set) var tokens: [Int] = []
  private let parts: [any AttentionCache]

  /// - Parameter capacity: At most the model's context.
  init(_ model: any LanguageModel, capacity: Int) {
    self.model = model
    self.capacity = capacity
    parts = model.makeCache(capacity: capacity)
  }

  /// Keeps what the text has in common with `text`, but for the last token of it, which is to be read for
  /// its logits in any case. Returns how many tokens these are.
  func keepCommonPrefix(with text: [Int]) -> Int {
    let common = zip(text, tokens).prefix { $0 == $1 }.count
    truncate(to: min(common, text.count - 1))
    return tokens.count
  }

  /// Reads tokens and returns the logits behind each of the last `count` of them.
  func read(_ new: [Int], logitsOfLast count: Int = 1) -> [[Float]] {
    let hidden = model.hidden(Tensor(new, shape: [1, new.count]), cache: parts, positions: nil)
    tokens += new
    let last = hidden.sliced(axis: 1, from: new.count - count, count: count)
    let logits = model.logits(last).array(of: Float.self)
    return (0..<count).map { Array(logits[$0 * model.vocabulary..<($0 + 1) * model.vocabulary]) }
  }

  /// Forgets all but the first `count` tokens.
  func truncate(to count: Int) {
    for part in parts { part.truncate(to: [count]) }
    tokens.removeLast(tokens.count - count)
  }
}
