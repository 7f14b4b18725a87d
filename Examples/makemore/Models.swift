import Fledge

enum Architecture: String, CaseIterable {
  case bigram, mlp, rnn, transformer

  var learningRate: Double {
    switch self {
    case .bigram: 0.05
    case .mlp, .rnn: 5e-3
    case .transformer: 3e-3
    }
  }

  func model(_ names: Names) -> NameModel {
    switch self {
    case .bigram: Bigram(names.tokens)
    case .mlp: Perceptron(names.tokens)
    case .rnn: Recurrent(names.tokens)
    case .transformer: Transformer(names.tokens, context: names.longest + 1)
    }
  }
}

/// Logits of the next character after each.   Shape: int64 [B, T] → [B, T, V].
class NameModel: Module {
  func callAsFunction(_ tokens: Tensor) -> Tensor { fatalError("a model overrides this") }
}

/// A row of logits for each character: what follows it, and nothing else.
final class Bigram: NameModel {
  let table: Embedding

  init(_ tokens: Int) { table = Embedding(tokens, tokens) }

  override func callAsFunction(_ tokens: Tensor) -> Tensor { table(tokens) }
}

/// The embeddings of the last five characters side by side, and two layers (Bengio et al. 2003).
final class Perceptron: NameModel {
  private static let window = 5
  let embedding: Embedding
  let hidden: Linear
  let head: Linear

  init(_ tokens: Int) {
    embedding = Embedding(tokens, 24)
    hidden = Linear(24 * Self.window, 200)
    head = Linear(200, tokens)
  }

  override func callAsFunction(_ tokens: Tensor) -> Tensor {
    // The beginning stands before the first character, too.
    let padded = tokens.padded([(0, 0), (Self.window - 1, 0)])
    let x = Tensor.concatenate(
      (0..<Self.window).map {
        embedding(padded.sliced(axis: 1, from: $0, count: tokens.shape[1]))
      }, axis: 2)
    return head(tanh(hidden(x)))
  }
}

/// A recurrent layer, which sees everything so far through its state.
final class Recurrent: NameModel {
  let embedding: Embedding
  let layer: RNN
  let head: Linear

  init(_ tokens: Int) {
    embedding = Embedding(tokens, 32)
    layer = RNN(32, 128, isBatchFirst: true)
    head = Linear(128, tokens)
  }

  override func callAsFunction(_ tokens: Tensor) -> Tensor { head(layer(embedding(tokens))) }
}

/// A Transformer, which looks at everything so far.
final class Transformer: NameModel {
  let embedding: Embedding
  let positions: LearnedPositions
  let blocks: [TransformerBlock]
  let norm: LayerNorm
  let head: Linear

  init(_ tokens: Int, context: Int) {
    embedding = Embedding(tokens, 64)
    positions = LearnedPositions(context, 64)
    blocks = (0..<4).map { _ in TransformerBlock(64, heads: 4, isCausal: true) }
    norm = LayerNorm(64)
    head = Linear(64, tokens)
  }

  override func callAsFunction(_ tokens: Tensor) -> Tensor {
    head(norm(blocks.reduce(positions(embedding(tokens))) { x, block in block(x) }))
  }
}
