import FledgeCore
import FledgeCourse
import FledgeData
import FledgePlots
import Foundation

/// Trains the learner's GPT on the demo's stories, lets it write one, and shows where its heads look.
func milestone11(_ run: MilestoneRun) throws {
  let start = ContinuousClock.now
  let grammar = StoryGrammar.tales
  let corpus = try TextCorpus(
    text: grammar.write(characters: 200_000, Generator(seed: 0)), trainFraction: 0.95)
  var (train, held) = (corpus.train.map(Int.init), corpus.validation.prefix(3000).map(Int.init))
  if run.control == "shuffled-letters" {
    train = Generator(seed: 3).permutation(train.count).map { train[$0] }
    held = Generator(seed: 4).permutation(held.count).map { held[$0] }
  }
  let context = run.control == "one-letter-at-a-time" ? 1 : 64
  let sizes = GPTSizes(
    vocabulary: corpus.vocabulary.count, context: context, layers: 2, heads: 4, channels: 64)
  let plan = LanguagePlan(
    steps: 700, batchSize: context == 1 ? 256 : 16,
    learningRate: run.control == "zeroed-rate" ? 0 : 5e-3)
  let net = withGenerator(Generator(seed: 1)) { MyGPT(sizes) }
  run.progress("\(sizes.parameterCount) parameters, \(train.count) letters, \(plan.steps) steps")

  let losses = run.recordingCrossEntropy(as: "loss", of: plan.steps) { net.learn(train, plan) }
  for step in stride(from: 99, to: losses.count, by: 100) {
    run.progress(String(format: "step %3d   loss %.4f", step + 1, losses[step]))
  }
  run.report("loss", net.loss(on: held))
  run.report(
    "loss of the bigram", BigramModel(train, vocabulary: sizes.vocabulary).loss(on: held))
  run.report("entropy of the grammar, the floor of all losses", grammar.entropyPerCharacter)

  if run.control == nil { try show(net, corpus, run) }
  run.report("seconds", (ContinuousClock.now - start) / .seconds(1))
}

/// A story that the model writes, and the map of its attention.
private func show(_ net: MyGPT, _ corpus: TextCorpus, _ run: MilestoneRun) throws {
  let letters = corpus.vocabulary
  let end = Int(try letters.encode("\n")[0])
  let story = TokenChoice(temperature: 0.5, topP: 0.95).text(
    after: [end], count: 400, until: end, using: Generator(seed: 6), logits: net.nextLogits)
  run.progress("it writes: " + (try letters.decode(story.map { Int32($0) })))

  // Of the held-out text the first letters, as the last block's heads see them.
  let seen = Array(corpus.validation.prefix(28))
  let weights = net.evaluating {
    var x = net.token(Tensor(seen.map { Int($0) }, shape: [1, seen.count]))
    if let position = net.position { x = position(x) }
    for block in net.blocks.dropLast() { x = block(x) }
    let last = net.blocks[net.blocks.count - 1]
    return last.attention.weights(last.norm1(x))[0]
  }
  let labels = try seen.map { try letters.decode([$0]) }.map { $0 == " " ? "␣" : $0 }
  // The head that chooses most decidedly.
  let head = weights.max(axes: [-1]).mean(axes: [-1]).argmax().array(of: Int.self)[0]
  let title = "where head \(head) of your last block looks"
  var map = HeatMap(title: title, weights[head])
  (map.rowLabels, map.columnLabels) = (labels, labels)
  (map.rowTitle, map.columnTitle) = ("at this letter", "at which it looks")
  map.range = 0...1
  run.draw("attention", svg: map.svg(), lines: [title] + shades(weights[head], labels))
}

/// The map of a head for a terminal: a row for each letter, darker where it looks.
private func shades(_ weights: Tensor, _ labels: [String]) -> [String] {
  let marks = [" ", "░", "▒", "▓", "█"]
  let rows = labels.indices.map { row in
    let cells = weights[row].array(of: Double.self).map { marks[min(Int($0 * 5), 4)] }
    return "  \(labels[row]) " + cells.map { $0 + $0 }.joined()
  }
  return rows + ["    " + labels.map { $0 + " " }.joined()]
}
