import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

/// A task that is nothing but attention: to say letters backwards.
///
///     question      sign      answer
///     2 0 1         3         1 0 2          3 letters, length 3
///
/// To predict a letter of the answer one has to look at one place of the question, another for each.
struct BackwardsTask: Hashable, Sendable {
  /// Letters are 0 ..< letters; the number `letters` is the sign, "and now backwards".
  let letters: Int
  /// The number of letters of a question.
  let length: Int

  /// Sizes of a model for it: a token more than letters, and 2 · length tokens that it sees at once.
  func sizes(layers: Int, heads: Int, channels: Int) -> GPTSizes {
    // solution
    GPTSizes(
      vocabulary: letters + 1, context: 2 * length, layers: layers, heads: heads,
      channels: channels)
    // end solution
  }

  /// A question of letters drawn one by one (`generator.integer(below: letters)`), the sign, and the answer:
  /// 2 · length + 1 tokens.
  func example(using generator: Generator) -> [Int] {
    // solution
    let question = (0..<length).map { _ in generator.integer(below: letters) }
    return question + [letters] + question.reversed()
    // end solution
  }

  /// Examples as a model takes them, each without its last token; and what it should predict, each without
  /// its first.   Shape: int64 [count, 2 · length], the same
  ///
  /// `Tensor(numbers, shape: [rows, columns])` makes int64 of an array of Int.
  func batch(_ count: Int, using generator: Generator) -> (inputs: Tensor, targets: Tensor) {
    // solution
    let examples = (0..<count).map { _ in example(using: generator) }
    return (
      Tensor(examples.flatMap { $0.dropLast() }, shape: [count, 2 * length]),
      Tensor(examples.flatMap { $0.dropFirst() }, shape: [count, 2 * length])
    )
    // end solution
  }

  /// The mean loss of the answers' letters. The question's are left out: they were drawn, and to punish a model
  /// for not knowing them teaches it nothing. The sign is left out, too.
  ///
  /// - Parameter logits: [B, 2 · length, V]. `x[.all, n...]` is what comes from place n on in each row.
  func loss(_ logits: Tensor, _ targets: Tensor) -> Tensor {
    // solution
    crossEntropy(logits[.all, length...], targets[.all, length...])
    // end solution
  }

  /// Trains a model for some steps, each on a batch of its own: new questions every time.
  ///
  /// A step: the batch, the old gradients forgotten, the loss, its gradients, the optimizer's step.
  /// - Returns: the loss before each step.
  func train(
    _ model: MyGPT, _ optimizer: Optimizer, steps: Int, batchSize: Int, using generator: Generator
  ) -> [Double] {
    // solution
    (0..<steps).map { _ in
      let (inputs, targets) = batch(batchSize, using: generator)
      optimizer.zeroGrad()
      let loss = loss(model(inputs), targets)
      loss.backward()
      optimizer.step()
      return loss.item()
    }
    // end solution
  }

  /// What a model answers: `length` letters after question and sign, the likeliest every time, with all that
  /// it has answered so far before its eyes.
  func answer(to question: [Int], by model: MyGPT) -> [Int] {
    // solution
    TokenChoice(temperature: 0).text(
      after: question + [letters], count: length, using: Generator(seed: 0),
      logits: model.nextLogits)
    // end solution
  }

  /// The part of new questions that a model answers without a mistake.
  func accuracy(of model: MyGPT, questions: Int, using generator: Generator) -> Double {
    // solution
    let right = (0..<questions).count { _ in
      let question = Array(example(using: generator).prefix(length))
      return answer(to: question, by: model) == question.reversed()
    }
    return Double(right) / Double(questions)
    // end solution
  }
}
