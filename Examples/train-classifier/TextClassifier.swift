import Fledge

/// A bag of words and of pairs of neighbours: the mean of their embeddings, one hidden layer, and a
/// logit for each class.   Shape: int64 [B, T] with a mask [B, T] → [B, classes]
///
/// The pairs see what a bag of single words cannot, such as "not good" (the n-grams of fastText,
/// Joulin et al. 2016). They share one table of fixed size, by a hash.
final class TextClassifier: Module {
  let words: Embedding
  let pairs: Embedding
  let hidden: Linear
  let output: Linear
  let dropout: Dropout
  private let pairCount: Int

  init(vocabulary: Int, classes: Int, channels: Int = 32, pairs pairCount: Int = 4096) {
    words = Embedding(vocabulary, channels)
    pairs = Embedding(pairCount, channels)
    hidden = Linear(2 * channels, channels)
    output = Linear(channels, classes)
    dropout = Dropout(0.2)
    self.pairCount = pairCount
  }

  func callAsFunction(_ text: PaddedSequences) -> Tensor {
    let mask = text.mask.expandedDims(axis: 2)
    // An empty text has the mean 0.
    let count = maximum(mask.sum(axes: [1]), 1)
    let means = [words(text.tensor), pairs(hashedPairs(text))].map {
      ($0 * mask).sum(axes: [1]) / count
    }
    return output(dropout(relu(hidden(Tensor.concatenate(means, axis: 1)))))
  }

  /// The place in the table of each word with the one before it.   Shape: int64 [B, T]
  private func hashedPairs(_ text: PaddedSequences) -> Tensor {
    let hashes = text.tokens.indices.map { place in
      let before = place % text.length == 0 ? 0 : Int(text.tokens[place - 1])
      return (before * 1_000_003 + Int(text.tokens[place])) % pairCount
    }
    return Tensor(hashes, shape: [text.count, text.length])
  }
}
