import FledgeCore
import FledgeNN
import Foundation

/// How well a model expects a text.
public struct Perplexity: Sendable {
  /// ln p of each token that was judged.
  public private(set) var logProbabilities: [Double] = []
  /// e to the mean of −ln p: as if each token were one of so many equally likely ones.
  public var value: Double {
    exp(-logProbabilities.reduce(0, +) / Double(max(logProbabilities.count, 1)))
  }

  /// Judges `tokens` in windows of `window` tokens one behind the other: in each, all tokens but the first,
  /// from those before it in the window. `onWindow` is called with what was judged so far.
  /// - Parameter window: At least 2, at most the model's context.
  public init(
    of tokens: [Int], _ model: any LanguageModel, window: Int,
    onWindow: (Perplexity) -> Void = { _ in }
  ) {
    require(
      window >= 2 && window <= model.context, "Perplexity",
      "the window must be 2 to \(model.context) tokens, it is \(window)")
    model.evaluating {
      for start in stride(from: 0, to: tokens.count, by: window) {
        let part = Array(tokens[start..<min(tokens.count, start + window)])
        if part.count < 2 { break }
        add(part, model)
        onWindow(self)
      }
    }
  }

  private mutating func add(_ tokens: [Int], _ model: any LanguageModel) {
    let hidden = model.hidden(Tensor(tokens, shape: [1, tokens.count]), cache: nil, positions: nil)
    // Logits of a whole window would take V · T floats.
    let rows = 64
    for start in stride(from: 0, to: tokens.count - 1, by: rows) {
      let end = min(start + rows, tokens.count - 1)
      let logits = model.logits(hidden.sliced(axis: 1, from: start, count: end - start))
      let targets = Tensor(Array(tokens[start + 1...end]), shape: [1, end - start])
      logProbabilities += (-crossEntropy(logits, targets, reduction: .none)).array(of: Double.self)
    }
  }
}
