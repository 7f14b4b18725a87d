import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import Foundation

/// A language model (Mikolov et al. 2010, Zaremba et al. 2014): which word comes next?
///
///     x = embedding(words)            [T, B] → [T, B, channels]
///     h = lstm(x)                     [T, B, hidden]
///     logits = head(h)                [T, B, vocabulary]
final class MyLanguageModel: Module {
  let embedding: MyEmbedding
  let lstm: MyRecurrent<MyLSTMCell>
  let head: Linear

  /// `Linear(inputs, outputs)` is the framework's, the other two layers are yours.
  init(vocabulary: Int, channels: Int, hidden: Int, layers: Int = 1) {
    // solution
    embedding = MyEmbedding(vocabulary, channels)
    lstm = myLSTM(channels, hidden, layers: layers)
    head = Linear(hidden, vocabulary)
    // end solution
  }

  /// The logits of the word after each of `words`, T rows of B as in `TextStreams`, and the states after
  /// the last row.
  ///
  /// `Tensor(numbers, shape: [T, B])` makes a tensor of an array of whole numbers.
  func callAsFunction(
    _ words: [[Int]], from states: [MyLSTMState]?
  ) -> (logits: Tensor, states: [MyLSTMState]) {
    // solution
    let numbers = Tensor(words.flatMap { $0 }, shape: [words.count, words[0].count])
    let (h, after) = lstm(embedding(numbers), from: states)
    return (head(h), after)
    // end solution
  }

  /// The mean of −log p over all words of `targets`, where p is what the logits give the word that came.
  /// Scalar.
  ///
  /// `crossEntropy(logits, classes)` takes logits [*, C] and classes [*].
  func loss(_ logits: Tensor, _ targets: [[Int]]) -> Tensor {
    // solution
    crossEntropy(
      logits, Tensor(targets.flatMap { $0 }, shape: [targets.count, targets[0].count]))
    // end solution
  }
}

/// Truncated back-propagation through time (Williams and Peng 1990). A text of a million words is read in
/// pieces. The state goes on from piece to piece; the gradient does not: it ends where its piece begins.
enum TextTraining {
  /// The same numbers, outside of the graph that they came from (`x.detached()` for each tensor).
  static func cut(_ states: [MyLSTMState]) -> [MyLSTMState] {
    // solution
    states.map { MyLSTMState(h: $0.h.detached(), c: $0.c.detached()) }
    // end solution
  }

  /// Reads the text once, in pieces of `length` rows (`text.pieces(length:)` of exercise 7.3), from the
  /// beginning with no state. For each piece:
  ///
  /// 1. old gradients are forgotten (`optimizer.zeroGrad()`);
  /// 2. the piece is read from the state after the one before, which is cut;
  /// 3. the loss and its gradients (`backward()`);
  /// 4. all gradients together are clipped to the norm `maximumNorm`
  ///    (`clipGradientNorm(optimizer.parameters, maximum: …)`), since through many steps they may explode;
  /// 5. the optimizer steps.
  ///
  /// - Returns: the loss of each piece, before its step.
  static func epoch(
    _ model: MyLanguageModel, _ optimizer: Optimizer, on text: TextStreams, length: Int,
    maximumNorm: Double
  ) -> [Double] {
    // solution
    var states: [MyLSTMState]?
    return text.pieces(length: length).map { piece in
      optimizer.zeroGrad()
      let result = model(piece.inputs, from: states.map(cut))
      let loss = model.loss(result.logits, piece.targets)
      loss.backward()
      clipGradientNorm(optimizer.parameters, maximum: maximumNorm)
      optimizer.step()
      states = result.states
      return loss.item()
    }
    // end solution
  }

  /// The perplexity of a text: e to the mean loss over all its words, each of which counts the same. It is
  /// the number of words between which the model wavers: V if it knows nothing of V words, 1 if it knows
  /// everything. The text is read in the same pieces, with the state carried, and no graph is recorded
  /// (`withoutGradients { … }`).
  static func perplexity(_ model: MyLanguageModel, of text: TextStreams, length: Int) -> Double {
    // solution
    withoutGradients {
      var states: [MyLSTMState]?
      var (sum, count) = (0.0, 0.0)
      for piece in text.pieces(length: length) {
        let result = model(piece.inputs, from: states)
        let rows = Double(piece.targets.count)
        sum += model.loss(result.logits, piece.targets).item() * rows
        count += rows
        states = result.states
      }
      return exp(sum / count)
    }
    // end solution
  }
}
