import FledgeCore
import FledgeNN
import Foundation

/// Draws tokens from a model's logits.
struct TokenSampler {
  let temperature: Double
  let topK: Int?
  let generator: Generator

  /// - Parameters:
  ///   - temperature: Divides the logits; 0 takes the likeliest token every time.
  ///   - topK: Draws among the k likeliest tokens only.
  ///   - generator: Where the draws come from; by default the scope's generator.
  init(temperature: Double, topK: Int?, generator: Generator?) {
    require(temperature >= 0, "generate", "the temperature cannot be negative, got \(temperature)")
    require(topK ?? 1 > 0, "generate", "topK must be positive, got \(topK ?? 0)")
    self.temperature = temperature
    self.topK = topK
    self.generator = generator ?? ExecutionContext.current.generator ?? .default
  }

  /// An index from softmax(logits / temperature) over the `topK` largest logits.
  func draw(_ logits: [Double]) -> Int {
    // Equal logits keep their order, so that the result does not depend on the sort.
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    if temperature == 0 { return order[0] }
    let candidates = order.prefix(topK ?? order.count)
    let weights = candidates.map { exp((logits[$0] - logits[order[0]]) / temperature) }
    return candidates[generator.weightedIndex(weights)]
  }
}
