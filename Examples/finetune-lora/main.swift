import ArgumentParser
import ExampleRanks
import Fledge
import FledgeStudio
import Foundation

struct FinetuneLoRA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune-lora",
    abstract:
      "Adapt a small GPT to another kind of text by training a few percent of its parameters.",
    discussion: """
      A character-level GPT learns animal tales from a grammar. Then it is adapted to ships' logs,
      or to a text of your own, twice from the same weights: with LoRA (Hu et al. 2021), which
      freezes them and trains low-rank updates, and by training all of them. Only the adapters are
      saved.

        finetune-lora                          tales, then logs; about two minutes
        finetune-lora --text book.txt          adapt to any text: its last 10% are held out
        finetune-lora --rank 1 --layers attention
        finetune-lora --ranks 4 --strategy zero2           four ranks, each with a part of every batch
      """)

  enum Layers: String, CaseIterable, ExpressibleByArgument {
    case attention, all

    /// Queries and values, as in the paper, or every matrix of a block.
    var targets: [LoRATarget] {
      let attention: [LoRATarget] = [.query, .value]
      return self == .attention
        ? attention
        : attention + [
          .key, .layer("projection"), .layer("upProjection"), .layer("downProjection"),
        ]
    }
  }

  @Option(help: "A text file to adapt to (UTF-8); by default, ships' logs of a grammar.")
  var text: String?
  @Option(help: "The rank of the updates.") var rank = 8
  @Option(help: "Their strength: they are scaled by alpha / rank.") var alpha = 16.0
  @Option(help: "Which layers: \(Layers.allCases.map(\.rawValue).joined(separator: ", ")).")
  var layers = Layers.all
  @Option(help: "Steps on the tales.") var baseSteps = 1000
  @Option(help: "Steps of each adaptation.") var steps = 300
  @Option(help: "Windows of 64 characters per step.") var batchSize = 12
  @Option(help: "The highest learning rate of the adapters.") var learningRate = 5e-3
  @Option(help: "The highest learning rate when all weights are trained.")
  var fullLearningRate = 1e-3
  @Option(help: "The seed of data and weights.") var seed: UInt64 = 1
  @Option(help: "Where to write plot, metrics and adapters.", completion: .directory)
  var out = "runs/finetune-lora"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false
  @OptionGroup var ranks: RankOptions

  func validate() throws {
    for (name, value) in [
      ("--rank", rank), ("--base-steps", baseSteps), ("--steps", steps),
      ("--batch-size", batchSize),
    ] where value < 1 {
      throw ValidationError("\(name) must be at least 1.")
    }
    // Beyond that it is not low-rank: a full update has rank 128.
    if rank > 128 { throw ValidationError("--rank must be at most 128, the model's channels.") }
    for (name, value) in [
      ("--alpha", alpha), ("--learning-rate", learningRate),
      ("--full-learning-rate", fullLearningRate),
    ] where !(value > 0 && value.isFinite) {
      throw ValidationError("\(name) must be positive.")
    }
    if ranks.areSeveral && live {
      throw ValidationError("--live shows a run of one rank; leave out --ranks.")
    }
  }

  func run() throws { try ranks.run { try train($0) } }

  private func train(_ plan: RankPlan) throws {
    try plan.check(smallestBatch: batchSize, of: "windows")
    // All input is read before anything is written.
    let corpora = try Corpora(text: text)
    let directory = try OutputDirectory(out)
    let log = try plan.log(directory.file("metrics.jsonl"), standardOutput: json)
    let start = ContinuousClock.now
    Fledge.seed(seed)

    let base = GPT(corpora.configuration)
    let run =
      live
      ? try LiveRun(
        "finetune-lora", total: baseSteps + 2 * steps, unit: "tokens",
        parameters: base.parameterCount) : nil
    var done = 0
    plan.tell(
      "a GPT of \(base.parameterCount) parameters learns tales (\(corpora.tales.train.text.count) characters)"
    )
    func showText(of model: GPT, _ phase: String) {
      run?.show("text by \(phase)") { .text((try? corpora.text(by: model, seed: seed)) ?? "") }
    }
    showText(of: base, "tales")
    try train(
      base, on: corpora.tales.train, "tales", baseSteps, fullLearningRate * 3, log, run, &done, plan
    )
    let before = Losses(base, corpora)
    if plan.isWriter { try base.save(to: directory.file("base.safetensors")) }
    plan.tell(
      String(
        format: "  held-out loss: tales %.4f, \(corpora.name) %.4f\n", before.tales, before.target))

    let adapted = copy(base)
    adapted.applyLoRA(rank: rank, alpha: alpha, to: layers.targets)
    let methods = [
      (name: "LoRA", model: adapted, rate: learningRate),
      (name: "all weights", model: copy(base), rate: fullLearningRate),
    ]
    var rows: [(name: String, trained: Int, losses: Losses)] = []
    var chart = LineChart(
      title: "adapting to \(corpora.name)", xLabel: "step", yLabel: "nats per character")
    for (name, model, rate) in methods {
      let trained = model.trainableParameterCount
      plan.tell("\(name): \(trained) parameters, \(share(trained, of: base)) of the model")
      showText(of: model, name)
      let losses = try train(
        model, on: corpora.target.train, name, steps, rate, log, run, &done, plan)
      chart.add(
        name, x: losses.indices.map { Double($0 + 1) }, y: losses, style: .smoothed(weight: 0.9))
      rows.append((name, trained, Losses(model, corpora)))
    }

    run?.finish()
    try plan.finish(base)
    if !plan.isWriter { return }
    try save(adapted.adapterState(), directory.file("adapters.safetensors"))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    say("")
    ProgressOutput.standardError.draw(chart)
    try report(before, rows, base, corpora, log, ContinuousClock.now - start)
    say(
      "wrote base.safetensors (\(kilobytes(base.stateDict()))), adapters.safetensors "
        + "(\(kilobytes(adapted.adapterState()))), loss.svg and metrics.jsonl to \(directory.path)")
  }

  private func save(_ state: [(name: String, value: Tensor)], _ path: String) throws {
    let tensors = Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.value) })
    try Safetensors.write(tensors, to: path)
  }

  private func kilobytes(_ state: [(name: String, value: Tensor)]) -> String {
    "\(state.reduce(0) { $0 + $1.value.byteCount } / 1000) kB"
  }

  /// AdamW with warm-up and a cosine; returns the loss of each step. Afterwards each rank has the whole
  /// model.
  @discardableResult
  private func train(
    _ model: GPT, on windows: TextWindows, _ phase: String, _ steps: Int, _ rate: Double,
    _ log: MetricsLog, _ run: LiveRun?, _ done: inout Int, _ plan: RankPlan
  ) throws -> [Double] {
    // Frozen parameters have no gradients and are skipped.
    let (optimizer, strategy) = try plan.optimizer(
      model.parameterGroups(learningRate: rate, decayingMatricesBy: 0.1)
    ) { AdamW($0, beta2: 0.99) }
    try strategy.prepare(model, optimizer)
    let schedule = CosineSchedule(warmUp: min(50, steps / 2), total: steps, minimum: 0.1)
    let generator = Generator(seed: seed).split()
    let bar = plan.isWriter ? ProgressBar(total: steps, label: phase, unit: "tokens") : nil
    var losses: [Double] = []
    for step in 1...steps {
      optimizer.learningRateFactor = schedule.factor(at: step - 1) * (run?.rateFactor ?? 1)
      // Each rank draws the same batch and takes its part.
      let batch = windows.random(batchSize, generator: generator)
      let rows = plan.share(of: batch.count)
      let own = loss(model, batch, rows)
      // Of the mean over all windows. The strategy takes the mean over the ranks, not the sum.
      let weight = Double(rows.count) / Double(batch.count)
      optimizer.zeroGrad()
      try strategy.backward(own * (weight * Double(strategy.rankCount)), isLast: true)
      let squares = try strategy.totalSquares(sumOfSquaredGradients(optimizer.parameters))
      clipGradientNorm(optimizer.parameters, maximum: 1, sumOfSquares: squares)
      optimizer.step()
      losses.append(try strategy.sum([own.item() * weight])[0])
      try bar?.withoutBar {
        try log.write("step", ["phase": phase, "step": step, "loss": losses.last!])
      }
      bar?.update(to: step, loss: losses.last!, processed: batch.predictions)
      done += 1
      let goesOn = run?.step(
        done, loss: losses.last!, named: "\(phase)/loss", model: model,
        processed: done * batch.predictions)
      if goesOn == false { break }
    }
    bar?.finish()
    plan.bringBack(model)
    return losses
  }

  private func copy(_ model: GPT) -> GPT {
    let result = GPT(model.configuration)
    let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    try! result.load(state)
    return result
  }

  private func share(_ count: Int, of model: GPT) -> String {
    String(format: "%.1f%%", 100 * Double(count) / Double(model.parameterCount))
  }

  private func report(
    _ before: Losses, _ rows: [(name: String, trained: Int, losses: Losses)], _ base: GPT,
    _ corpora: Corpora, _ log: MetricsLog, _ time: Duration
  ) throws {
    func line(_ name: String, _ trained: String, _ losses: Losses) -> String {
      name.padding(toLength: 14, withPad: " ", startingAt: 0)
        + trained.padding(toLength: 20, withPad: " ", startingAt: 0)
        + String(format: "%9.4f  %9.4f", losses.target, losses.tales)
    }
    say("\nheld-out loss in nats per character: on \(corpora.name), and on the tales")
    say(line("before", "", before))
    for (name, trained, losses) in rows {
      say(line(name, "\(trained) (\(share(trained, of: base)))", losses))
      try log.write(
        "adapted",
        [
          "method": name, "trainable": trained,
          "parameters": base.parameterCount, "before": before.target,
          "after": losses.target, "tales_before": before.tales,
          "tales_after": losses.tales,
        ])
    }
    if let floor = corpora.floor {
      say(String(format: "no model can go below %.4f, the entropy of the logs' grammar", floor))
    }
    try log.write(
      "final",
      [
        "lora_loss": rows[0].losses.target, "full_loss": rows[1].losses.target,
        "seconds": time.seconds, "parameters": base.parameterCount,
      ])
    say("took \(time.brief)")
  }
}

/// The text that the model learns first, and the text that it is adapted to.
struct Corpora {
  struct Halves {
    let train: TextWindows
    let heldOut: TextWindows
  }

  let tales: Halves
  let target: Halves
  let name: String
  /// The loss on the target that no model can beat, in nats per character; known for the grammar
  /// only.
  let floor: Double?
  let configuration: GPTConfiguration
  private let vocabulary: CharacterVocabulary

  init(text path: String?) throws {
    // Read first, so that a wrong path fails before the tales are generated.
    let corpus = try path.map { try TextCorpus(contentsOf: URL(fileURLWithPath: $0)) }
    let generator = Generator(seed: 0)
    let tales = StoryGrammar.tales.write(characters: 500_000, generator)
    let other: String
    if let path, let corpus {
      other = try corpus.vocabulary.decode(corpus.train + corpus.validation)
      name = (path as NSString).lastPathComponent
      floor = nil
    } else {
      other = StoryGrammar.voyages.write(characters: 100_000, generator)
      name = "logs"
      floor = StoryGrammar.voyages.entropyPerCharacter
    }
    // One vocabulary for both: the embedding needs a row for each character.
    let vocabulary = CharacterVocabulary(of: tales + other)
    self.vocabulary = vocabulary
    configuration = GPTConfiguration(
      vocabulary: vocabulary.count, context: 64, bias: false)
    func halves(_ text: String) throws -> Halves {
      let corpus = try TextCorpus(text: text, vocabulary: vocabulary)
      return Halves(
        train: try TextWindows(corpus.train, context: 64),
        heldOut: try TextWindows(corpus.validation, context: 64))
    }
    self.tales = try halves(tales)
    target = try halves(other)
  }

  /// What the model writes after a line break.
  func text(by model: GPT, seed: UInt64) throws -> String {
    let tokens = model.generate(
      [Int(vocabulary.identifier(of: "\n") ?? 0)], count: 120, temperature: 0.8,
      generator: Generator(seed: seed).split(7))
    return try vocabulary.decode(tokens.map { Int32($0) })
  }
}

/// Mean losses over the held-out texts, in nats per character.
struct Losses {
  let tales: Double
  let target: Double

  init(_ model: GPT, _ corpora: Corpora) {
    func mean(_ windows: TextWindows) -> Double {
      withoutGradients {
        let losses = windows.sequential(batchSize: 64).map { batch in
          let loss = loss(model, batch, 0..<batch.count)
          return (loss.item() * Double(batch.predictions), batch.predictions)
        }
        return losses.reduce(0) { $0 + $1.0 } / Double(losses.reduce(0) { $0 + $1.1 })
      }
    }
    tales = mean(corpora.tales.heldOut)
    target = mean(corpora.target.heldOut)
  }
}

/// The mean over these windows of a batch.
func loss(_ model: GPT, _ batch: TextBatch, _ rows: Range<Int>) -> Tensor {
  crossEntropy(model(batch.inputTensor[rows]), batch.targetTensor[rows])
}

FinetuneLoRA.main()
