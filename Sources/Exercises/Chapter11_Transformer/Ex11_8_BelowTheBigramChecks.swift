import FledgeCore
import FledgeCourse
import FledgeData
import FledgeNN
import FledgeOptim
import Foundation

let checks11_8: [Check] = checksOfBigrams + checksOfTheRun + checksOfShakespeare

private let checksOfBigrams: [Check] = [
  Check("pairs of neighbours are counted") { c in
    let model = BigramModel([0, 1, 0, 0, 2, 0, 1], vocabulary: 4)
    c.picture("how often b came after a:") { model.counts.map { $0.map { "\($0)" } } }
    c.expect(
      model.counts, equals: [[1, 2, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]],
      "the pairs of 0 1 0 0 2 0 1, of four letters")
  },
  Check("each pair counts once more than it came") { c in
    let model = BigramModel([0, 1, 0, 0, 2, 0, 1], vocabulary: 4)
    for (next, expected) in [2.0 / 8, 3.0 / 8, 2.0 / 8, 1.0 / 8].enumerated() {
      c.expect(model.probability(of: next, after: 0), near: expected, "that \(next) follows 0")
    }
    c.expect(
      model.probability(of: 3, after: 3), near: 0.25, "what follows 3, after which nothing came")
  },
  Check("the probabilities after a letter add up to 1") { c in
    let text = (0..<300).map { ($0 * $0 + 3) % 7 }
    let model = BigramModel(text, vocabulary: 7)
    for token in 0..<7 {
      c.expect(
        (0..<7).reduce(0) { $0 + model.probability(of: $1, after: token) }, near: 1,
        "the sum after \(token)")
    }
  },
  Check("a loss is the mean of −ln p of all letters but the first") { c in
    let model = BigramModel([0, 1, 0, 0, 2, 0, 1], vocabulary: 4)
    c.expect(
      model.loss(on: [0, 1, 0]), near: -(log(3.0 / 8) + log(2.0 / 5)) / 2,
      "on 0 1 0: 3/8, then 2/5")
    c.expect(model.loss(on: [3, 3]), near: log(4), "on 3 3")
  },
]

private func small(context: Int = 8, dropout: Double = 0) -> MyGPT {
  withGenerator(Generator(seed: 1)) {
    MyGPT(
      GPTSizes(
        vocabulary: 9, context: context, layers: 1, heads: 2, channels: 16, dropout: dropout))
  }
}

private let numbers = (0..<200).map { ($0 * $0 + $0 / 3) % 9 }

private let checksOfTheRun: [Check] = [
  Check("windows are the context long, and their targets one further") { c in
    let (inputs, targets) = small().windows(of: numbers, count: 5, using: Generator(seed: 2))
    c.expect(inputs.shape, equals: [5, 8], "the shape of 5 windows")
    c.expect(targets.shape, equals: [5, 8], "that of their targets")
    guard inputs.shape == [5, 8], targets.shape == [5, 8] else { return }
    let copy = Generator(seed: 2)
    for row in 0..<5 {
      let window = TextWindow.random(of: numbers, context: 8, using: copy)
      c.expect(inputs[row].array(of: Int.self), equals: window.inputs, "inputs of window \(row)")
      c.expect(targets[row].array(of: Int.self), equals: window.targets, "targets of window \(row)")
    }
  },
  Check("a run takes the steps that it should") { c in
    let plan = LanguagePlan(steps: 20, batchSize: 4, learningRate: 3e-2, seed: 3)
    let (mine, other) = (small(dropout: 0.1), small(dropout: 0.1))
    mine.eval()
    let losses = withGenerator(Generator(seed: 4)) { mine.learn(numbers, plan) }
    let expected = withGenerator(Generator(seed: 4)) { reference(other, plan) }
    for (step, loss) in losses.enumerated() { c.step("the loss of step \(step)", loss) }
    c.expect(losses.count, equals: 20, "losses")
    guard losses.count == 20 else { return }
    c.expect(losses[0], near: expected[0], tolerance: 1e-4, "the loss before the first step")
    c.expect(
      Array(losses[1..<4]), near: Array(expected[1..<4]), tolerance: 1e-4, "before the next three")
    c.expect(losses, near: expected, tolerance: 1e-3, "all of them")
  },
  Check("a loss on a text counts each token but the first once") { c in
    let net = small()
    for count in [2, 9, 10, 17, 30] {
      let text = Array(numbers.prefix(count))
      // Token t + 1 is predicted from the window's beginning up to t.
      var sum = 0.0
      for t in 0..<count - 1 {
        let logits = net.nextLogits(after: Array(text[t / 8 * 8...t]))
        sum += log(logits.reduce(0) { $0 + exp($1) }) - logits[text[t + 1]]
      }
      c.expect(
        net.loss(on: text), near: sum / Double(count - 1), tolerance: 1e-4,
        "the loss on \(count) tokens with windows of 8")
    }
  },
  Check("it is measured in evaluation mode, and the model is left as it was") { c in
    let net = small(dropout: 0.5)
    let first = net.loss(on: numbers)
    c.expect(net.loss(on: numbers), near: first, "measured again")
    c.expect(net.isTraining, "it trains afterwards")
    var graphs = 0
    for block in net.blocks {
      block.attention.turn = {
        if $0.graphNode != nil { graphs += 1 }
        return $0
      }
    }
    _ = net.loss(on: numbers)
    c.expect(graphs, equals: 0, "queries and keys that are part of a graph")
  },
]

/// The run as its comment says, with a model of the same beginnings.
private func reference(_ net: MyGPT, _ plan: LanguagePlan) -> [Double] {
  let adam = AdamW(
    net.parameterGroups(learningRate: plan.learningRate, decayingMatricesBy: 0.1), beta2: 0.99)
  let schedule = CosineSchedule(warmUp: plan.steps / 10, total: plan.steps, minimum: 0.1)
  let draws = Generator(seed: plan.seed)
  net.train()
  var losses: [Double] = []
  for number in 0..<plan.steps {
    net.zeroGrad()
    let (x, y) = net.windows(of: numbers, count: plan.batchSize, using: draws)
    let value = crossEntropy(net(x), y)
    value.backward()
    clipGradientNorm(net.parameters(), maximum: 1)
    adam.learningRateFactor = schedule.factor(at: number)
    adam.step()
    losses.append(value.item())
  }
  return losses
}

private let checksOfShakespeare: [Check] = [
  Check("on Shakespeare it goes below the bigram") { c in
    // The beginning of Coriolanus, 99,843 letters, beside this file.
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Shakespeare.txt")
    let corpus = try TextCorpus(contentsOf: file, trainFraction: 0.95)
    let (train, held) = (corpus.train.map(Int.init), corpus.validation.map(Int.init))
    let bigram = BigramModel(train, vocabulary: corpus.vocabulary.count).loss(on: held)
    guard
      c.expect(bigram, near: 2.396743, tolerance: 1e-5, "the bigram's loss on the last twentieth")
    else { return }
    let net = withGenerator(Generator(seed: 5)) {
      MyGPT(
        GPTSizes(
          vocabulary: corpus.vocabulary.count, context: 32, layers: 2, heads: 4, channels: 64))
    }
    let losses = net.learn(train, LanguagePlan(steps: 200, batchSize: 16))
    c.step("the last loss", losses.last ?? 0)
    let loss = net.loss(on: held)
    c.step("the loss on text that it never saw", loss)
    c.expect(
      loss < bigram,
      "after 200 steps the loss on what it never saw, \(loss), is below the bigram's, \(bigram)")
  }
]
