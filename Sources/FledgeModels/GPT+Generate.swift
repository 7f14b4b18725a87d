import FledgeCore
import FledgeNN

extension GPT {
  /// Continues `prompt` by `count` tokens and returns the new ones.
  ///
  /// The model sees the last `context` tokens. Dropout is off while it generates.
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
    require(!prompt.isEmpty, "generate", "needs a prompt of at least one token")
    let sampler = TokenSampler(temperature: temperature, topK: topK, generator: generator)
    var tokens = prompt
    return evaluating {
      for _ in 0..<count {
        let next = sampler.draw(nextLogits(after: tokens))
        tokens.append(next)
        if !onToken(next) { break }
      }
      return Array(tokens.dropFirst(prompt.count))
    }
  }

  /// The logits of the token after `tokens`, V of them.
  private func nextLogits(after tokens: [Int]) -> [Double] {
    let window = tokens.suffix(configuration.context)
    let input = Tensor(shape: [1, window.count], writing: Int64.self) { buffer in
      for (i, token) in window.enumerated() { buffer[i] = Int64(token) }
    }
    let last = hidden(input).sliced(axis: 1, from: window.count - 1, count: 1)
    return logits(last).array(of: Double.self)
  }
}
