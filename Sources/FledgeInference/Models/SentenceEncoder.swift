import FledgeCore
import FledgeNN

/// Vectors of sentences whose products tell how near their meanings are (Reimers & Gurevych 2019): the mean
/// of a ``Bert``'s vectors over the tokens, of length 1.
public struct SentenceEncoder {
  /// The encoder.
  public let model: Bert
  /// Turns sentences into tokens.
  public let tokenizer: any Tokenizer
  /// Longer sentences are cut, their last token kept; at least 3.
  public let maximum: Int

  /// - Parameter maximum: The most tokens of a sentence; by default the model's context.
  public init(_ model: Bert, tokenizer: any Tokenizer, maximum: Int? = nil) {
    self.model = model
    self.tokenizer = tokenizer
    self.maximum = min(max(maximum ?? model.configuration.context, 3), model.configuration.context)
  }

  /// A vector of length 1 for each sentence.   Shape: [sentences, C]
  ///
  /// Sentences of about the same length run together, so that little is padding; a sentence's vector does
  /// not depend on its neighbours but for the last bits.
  public func embed(_ sentences: [String], batch: Int = 32) -> Tensor {
    let tokens = sentences.map { cut(tokenizer.encode($0, .addingSpecials)) }
    let order = tokens.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
    var rows = [Tensor?](repeating: nil, count: sentences.count)
    for start in stride(from: 0, to: order.count, by: max(batch, 1)) {
      let indices = order[start..<min(order.count, start + max(batch, 1))]
      let vectors = Self.pooled(model, indices.map { tokens[$0] })
      for (row, i) in indices.enumerated() { rows[i] = vectors[row] }
    }
    let vectors = rows.compactMap(\.self)
    if vectors.isEmpty { return .zeros([0, model.configuration.channels]) }
    return Tensor.stack(vectors)
  }

  private func cut(_ tokens: [Int]) -> [Int] {
    tokens.count <= maximum ? tokens : tokens.prefix(maximum - 1) + tokens.suffix(1)
  }

  /// The mean over each text's tokens, of length 1.   Shape: [texts, C]
  static func pooled(_ model: Bert, _ texts: [[Int]]) -> Tensor {
    let length = texts.map(\.count).max() ?? 0
    let padded = texts.flatMap { $0 + [Int](repeating: 0, count: length - $0.count) }
    let isToken = texts.flatMap { text in (0..<length).map { $0 < text.count } }
    let shape: Shape = [texts.count, length]
    let mask = Tensor(isToken, shape: shape)
    return model.evaluating {
      let x = model(
        Tensor(padded, shape: shape), keyMask: isToken.allSatisfy(\.self) ? nil : mask)
      let weight = mask.cast(to: .float32).expandedDims(axis: -1)
      let mean = (x * weight).sum(axes: [1]) / weight.sum(axes: [1])
      let norm = mean.square().sum(axis: -1, keepDims: true).sqrt()
      return mean / norm.clamped(min: 1e-12)
    }
  }
}
