import ArgumentParser
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
  }

  func run() throws {
    // All input is read before anything is written.
    let corpora = try Corpora(text: text)
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    let start = ContinuousClock.now
    Fledge.seed(seed)

    let base = GPT(corpora.configuration)
    let run =
      live
      ? try LiveRun(
        "finetune-lora", total: baseSteps + 2 * steps, unit: "tokens",
        parameters: base.parameterCount) : nil
    var done = 0
    say(
      "a GPT of \(base.parameterCount) parameters learns tales (\(corpora.tales.train.text.count) characters)"
    )
    try train(
      base, on: corpora.tales.train, "tales", baseSteps, fullLearningRate * 3, corpora, log, run,
      &done)
    let before = Losses(base, corpora)
    try base.save(to: directory.file("base.safetensors"))
    say(
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
      say("\(name): \(trained) parameters, \(share(trained, of: base)) of the model")
      let losses = try train(
        model, on: corpora.target.train, name, steps, rate, corpora, log, run, &done)
      chart.add(
        name, x: losses.indices.map { Double($0 + 1) }, y: losses, style: .smoothed(weight: 0.9))
      rows.append((name, trained, Losses(model, corpora)))
    }

    run?.finish()
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

  /// AdamW with warm-up and a cosine; returns the loss of each step.
  @discardableResult
  private func train(
    _ model: GPT, on windows: TextWindows, _ phase: String, _ steps: Int, _ rate: Double,
    _ corpora: Corpora, _ log: MetricsLog, _ run: LiveRun?, _ done: inout Int
  ) throws -> [Double] {
    // Frozen parameters have no gradients and are skipped.
    let optimizer = AdamW(
      model.parameterGroups(learningRate: rate, decayingMatricesBy: 0.1), beta2: 0.99)
    let schedule = CosineSchedule(warmUp: min(50, steps / 2), total: steps, minimum: 0.1)
    let generator = Generator(seed: seed).split()
    let bar = ProgressBar(total: steps, label: phase, unit: "tokens")
    var losses: [Double] = []
    run?.show("text by \(phase)") { .text((try? corpora.text(by: model, seed: seed)) ?? "") }
    for step in 1...steps {
      optimizer.learningRateFactor = schedule.factor(at: step - 1) * (run?.rateFactor ?? 1)
      let batch = windows.random(batchSize, generator: generator)
      let loss = loss(model, batch)
      optimizer.zeroGrad()
      loss.backward()
      clipGradientNorm(model.parameters(), maximum: 1)
      optimizer.step()
      losses.append(loss.item())
      try bar.withoutBar {
        try log.write("step", ["phase": phase, "step": step, "loss": losses.last!])
      }
      bar.update(to: step, loss: losses.last!, processed: batch.predictions)
      done += 1
      let goesOn = run?.step(
        done, loss: losses.last!, named: "\(phase)/loss", model: model,
        processed: done * batch.predictions)
      if goesOn == false { break }
    }
    bar.finish()
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
          (loss(model, batch).item() * Double(batch.predictions), batch.predictions)
        }
        return losses.reduce(0) { $0 + $1.0 } / Double(losses.reduce(0) { $0 + $1.1 })
      }
    }
    tales = mean(corpora.tales.heldOut)
    target = mean(corpora.target.heldOut)
  }
}

func loss(_ model: GPT, _ batch: TextBatch) -> Tensor {
  crossEntropy(model(batch.inputTensor), batch.targetTensor)
}

FinetuneLoRA.main()
