import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import Foundation

/// The simplest model of language that knows anything: how often one letter follows another.
struct BigramModel: Sendable {
  /// counts[a][b]: how often b came right after a.
  let counts: [[Int]]

  /// Counts the pairs of neighbours of a text whose tokens are 0 ..< vocabulary.
  init(_ text: [Int], vocabulary: Int) {
    // solution
    var counts = [[Int]](repeating: [Int](repeating: 0, count: vocabulary), count: vocabulary)
    for (a, b) in zip(text, text.dropFirst()) { counts[a][b] += 1 }
    self.counts = counts
    // end solution
  }

  /// The probability that `next` follows: how often it did, of how often anything did. Each pair counts once
  /// more than it came, so that nothing is impossible; these probabilities add up to 1, too.
  func probability(of next: Int, after token: Int) -> Double {
    // solution
    let row = counts[token]
    return Double(row[next] + 1) / Double(row.reduce(0, +) + row.count)
    // end solution
  }

  /// The mean of −ln p of all tokens of a text but the first, in nats.
  func loss(on text: [Int]) -> Double {
    // solution
    let pairs = zip(text, text.dropFirst())
    let sum = pairs.reduce(0) { $0 - log(probability(of: $1.1, after: $1.0)) }
    return sum / Double(text.count - 1)
    // end solution
  }
}

/// How long and how fast a model learns.
struct LanguagePlan: Sendable {
  var steps = 300
  /// Windows for each step.
  var batchSize = 16
  /// The highest rate: it is reached after a tenth of the steps, and falls to a tenth of it at the end.
  var learningRate = 3e-3
  /// Windows are drawn by a generator of this seed.
  var seed: UInt64 = 1

  /// AdamW, which lets matrices decay, and nothing else.
  func optimizer(of model: MyGPT) -> AdamW {
    AdamW(
      model.parameterGroups(learningRate: learningRate, decayingMatricesBy: 0.1), beta2: 0.99)
  }

  /// The factors of the rate, up and down.
  var schedule: CosineSchedule { CosineSchedule(warmUp: steps / 10, total: steps, minimum: 0.1) }
}

extension MyGPT {
  /// Windows of a text, as long as the context, at places that are drawn one by one: your
  /// `TextWindow.random(of:context:using:)`.   Shape: int64 [count, context], the same
  func windows(
    of text: [Int], count: Int, using generator: Generator
  ) -> (inputs: Tensor, targets: Tensor) {
    // solution
    let windows = (0..<count).map { _ in
      TextWindow.random(of: text, context: sizes.context, using: generator)
    }
    return (
      Tensor(windows.flatMap(\.inputs), shape: [count, sizes.context]),
      Tensor(windows.flatMap(\.targets), shape: [count, sizes.context])
    )
    // end solution
  }

  /// Learns a text. Each step, counted from 0:
  ///
  /// 1. windows, and the mean loss of all their predictions, in training mode (`train()`);
  /// 2. its gradients, in place of old ones, clipped together to the norm 1
  ///    (`clipGradientNorm(parameters(), maximum: 1)`);
  /// 3. `optimizer.learningRateFactor = schedule.factor(at: step)`, and the optimizer's step.
  ///
  /// The plan has both, `plan.optimizer(of: self)` and `plan.schedule`; windows are drawn by one generator,
  /// `Generator(seed: plan.seed)`.
  /// - Returns: the loss before each step.
  func learn(_ text: [Int], _ plan: LanguagePlan) -> [Double] {
    // solution
    let (optimizer, schedule) = (plan.optimizer(of: self), plan.schedule)
    let generator = Generator(seed: plan.seed)
    train()
    return (0..<plan.steps).map { step in
      let (inputs, targets) = windows(of: text, count: plan.batchSize, using: generator)
      let loss = crossEntropy(self(inputs), targets)
      optimizer.zeroGrad()
      loss.backward()
      clipGradientNorm(parameters(), maximum: 1)
      optimizer.learningRateFactor = schedule.factor(at: step)
      optimizer.step()
      return loss.item()
    }
    // end solution
  }

  /// The mean loss of all tokens of a text but the first, in nats: windows side by side, from its beginning on,
  /// each as long as the context, the last as long as what is left. Each token is predicted once and counts as
  /// much as any other. In evaluation mode and without a graph (`evaluating { … }`).
  func loss(on text: [Int]) -> Double {
    // solution
    evaluating {
      var sum = 0.0
      for start in stride(from: 0, to: text.count - 1, by: sizes.context) {
        let count = min(sizes.context, text.count - 1 - start)
        let inputs = Tensor(Array(text[start..<start + count]), shape: [1, count])
        let targets = Tensor(Array(text[start + 1...start + count]), shape: [1, count])
        sum += crossEntropy(self(inputs), targets).item() * Double(count)
      }
      return sum / Double(text.count - 1)
    }
    // end solution
  }
}
