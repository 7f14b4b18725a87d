import ArgumentParser
import ExampleRanks
import Fledge
import FledgeCompiler
import FledgeStudio
import Foundation

/// The settings of a run; saved in its checkpoint.
struct Settings: Codable, Sendable {
  var layers = 4
  var heads = 4
  var channels = 128
  var context = 64
  var batchSize = 12
  var steps = 2000
  var learningRate = 1e-3
  var warmUp = 100
  var weightDecay = 0.1
  var clip = 1.0
  var seed: UInt64 = 1

  /// nanoGPT's README for a CPU (Karpathy 2022).
  static let nanoGPT = Settings()
  /// A minute on a laptop: stories repeat more than prose, so a higher rate and fewer steps do.
  static let stories = Settings(steps: 1500, learningRate: 3e-3)
}

/// A text to learn, and its entropy if known.
struct Corpus {
  let text: TextCorpus
  /// The loss that no model can beat, in nats per character; known for the story grammar only.
  let floor: Double?

  /// The file at `path`, or stories of the grammar.
  init(_ path: String?, vocabulary: CharacterVocabulary? = nil) throws {
    if let path {
      text = try TextCorpus(contentsOf: URL(fileURLWithPath: path), vocabulary: vocabulary)
      floor = nil
    } else {
      let grammar = StoryGrammar.tales
      let stories = grammar.write(characters: 1_000_000, Generator(seed: 0))
      text = try TextCorpus(text: stories, trainFraction: 0.95, vocabulary: vocabulary)
      floor = grammar.entropyPerCharacter
    }
  }
}

/// One training run, new or resumed.
struct Session {
  /// The part of a checkpoint besides tensors and generators.
  struct Run: Codable, Sendable {
    var settings: Settings
    var text: String?
    var vocabulary: CharacterVocabulary
  }

  let run: Run
  let corpus: Corpus
  let validation: TextWindows
  let model: GPT
  let trainer: Trainer<TextBatch>
  let plan: RankPlan

  init(_ settings: Settings, text: String?, _ plan: RankPlan) throws {
    let corpus = try Corpus(text)
    try self.init(
      Run(settings: settings, text: text, vocabulary: corpus.text.vocabulary), corpus, plan)
  }

  private init(_ run: Run, _ corpus: Corpus, _ plan: RankPlan) throws {
    let settings = run.settings
    (self.run, self.corpus, self.plan) = (run, corpus, plan)
    try plan.check(smallestBatch: settings.batchSize, of: "windows")
    let windows = try TextWindows(corpus.text.train, context: settings.context)
    validation = try TextWindows(corpus.text.validation, context: settings.context)
    Fledge.seed(settings.seed)
    let model = GPT(
      GPTConfiguration(
        vocabulary: corpus.text.vocabulary.count, context: settings.context,
        layers: settings.layers, heads: settings.heads, channels: settings.channels, bias: false,
        dropout: 0, tiedHead: true))
    let (optimizer, strategy) = try plan.optimizer(
      model.parameterGroups(
        learningRate: settings.learningRate, decayingMatricesBy: settings.weightDecay)
    ) { AdamW($0, beta2: 0.99) }
    let data = TrainingData(drawingWith: Generator(seed: settings.seed).split()) {
      windows.random(settings.batchSize, generator: $0)
    }
    // Each rank draws the same batch and takes its part.
    trainer = Trainer(
      model, optimizer, on: data, count: { plan.share(of: $0.count).count * $0.context },
      arguments: { batch in
        let rows = plan.share(of: batch.count)
        return [batch.inputTensor[rows], batch.targetTensor[rows]]
      }
    ) { crossEntropy(model($0[0]), $0[1]) }
    trainer.strategy = strategy
    // A short run warms up for at most half of it.
    trainer.schedule = CosineSchedule(
      warmUp: min(settings.warmUp, settings.steps / 2), total: settings.steps, minimum: 0.1)
    trainer.clipping = .norm(settings.clip)
    trainer.unit = "tokens"
    self.model = model
  }

  /// Continues from a checkpoint; `steps` may change the end.
  init(resuming path: String, steps: Int?, _ plan: RankPlan) throws {
    let saved = try Checkpoint<TrainingRun<Run>>.load(path)
    var run = saved.checkpoint.run.settings
    if let steps { run.settings.steps = steps }
    try self.init(run, try Corpus(run.text, vocabulary: run.vocabulary), plan)
    try trainer.resume(from: saved)
  }

  func train(_ options: TrainGPT, _ directory: OutputDirectory) throws {
    let log = try plan.log(
      directory.file("metrics.jsonl"), standardOutput: options.json,
      mode: trainer.step == 0 ? .replacing : .appending(afterStep: trainer.step))
    trainer.record(to: log)
    if options.compile { trainer.compiled() }
    trainer.validate(every: .steps(options.evaluateEvery)) { [model, validation] in
      ["val_loss": meanLoss(of: model, over: validation)]
    }
    trainer.checkpoints = CheckpointPlan(
      last: directory.file("checkpoint.safetensors"), settings: run,
      every: .steps(options.saveEvery),
      resumeCommand: "train-gpt --resume --out \(directory.path)")
    trainer.progress = .standardError
    plan.tell(
      "\(run.text ?? "stories"): \(corpus.text.train.count) characters to learn, "
        + "\(corpus.text.validation.count) to validate, \(corpus.text.vocabulary.count) different; "
        + "\(model.parameterCount) parameters")
    if trainer.step == 0 {
      // On every rank: where each has a part of the model, all read it together.
      plan.tell("\nbefore training it writes:\n\(indented(write(120)))\n")
      try trainer.validate()
    } else {
      plan.tell("continuing after step \(trainer.step)")
    }
    if options.live {
      let live = try trainer.live("train-gpt", floor: corpus.floor)
      live.show("sample") { .text(write(120)) }
      live.show("attention, last layer, head 1") { attention() }
    }
    let start = ContinuousClock.now
    if try trainer.train(until: .steps(run.settings.steps)) == .interrupted { throw ExitCode(130) }
    try plan.finish(model)
    if !plan.isWriter { return }
    try report(options, directory, log, ContinuousClock.now - start)
  }

  private func report(
    _ options: TrainGPT, _ directory: OutputDirectory, _ log: MetricsLog, _ time: Duration
  ) throws {
    let events = try readMetrics(from: directory.file("metrics.jsonl"))
    var chart = LineChart(
      title: "loss of \(run.text.map { ($0 as NSString).lastPathComponent } ?? "stories")",
      xLabel: "step", yLabel: "nats per character")
    chart.series.append(
      .init(
        "training", events.points("loss", against: "step", in: "step"),
        style: .smoothed(weight: 0.95)))
    chart.series.append(
      .init(
        "validation", events.points("val_loss", against: "step", in: "validation"),
        style: .marked))
    if let floor = corpus.floor {
      chart.referenceLines = [
        .init(floor, label: "entropy of the grammar")
      ]
    }
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
    let settings = run.settings
    let (step, final) = (trainer.step, trainer.validation[0].value)
    say(String(format: "\nvalidation loss %.4f after %d steps; ", final, step) + time.brief)
    if let floor = corpus.floor {
      say(
        String(
          format: "no model can go below %.4f, the entropy of the grammar; ", floor)
          + "the rest is what this one\nhas not learned yet or cannot see: its context is "
          + "\(settings.context) characters, and stories are longer")
    }
    if options.length > 0 {
      let text = try write(
        after: options.prompt, options.length, temperature: options.temperature,
        seed: settings.seed)
      say("\nnow it writes:\n\(indented(text))\n")
    }
    say("wrote loss.svg, metrics.jsonl and checkpoint.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "step": step, "val_loss": final, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  /// Where the last layer's first head looks while it reads the beginning of the held-out text.
  private func attention() -> LivePicture? {
    let count = min(32, run.settings.context, corpus.text.validation.count)
    let tokens = corpus.text.validation.prefix(count)
    let (_, maps) = withAttentionMaps {
      model(Tensor(tokens.map(Int.init), shape: [1, count]))
    }
    guard let map = maps.last else { return nil }
    let letters = tokens.map { (try? corpus.text.vocabulary.decode([$0])) ?? "" }
    return .matrix(map[0, 0], rowNames: letters, columnNames: letters)
  }

  /// A sample of the model's text after a line break.
  private func write(_ characters: Int) -> String {
    (try? write(after: nil, characters, temperature: 0.8, seed: run.settings.seed)) ?? ""
  }

  /// `prompt` and the model's continuation. Without a prompt it starts from a line break, or from
  /// the first character of the vocabulary.
  func write(
    after prompt: String?, _ characters: Int, temperature: Double, seed: UInt64
  ) throws -> String {
    let vocabulary = corpus.text.vocabulary
    let begin = try prompt.map { try vocabulary.encode($0) } ?? []
    let tokens = model.generate(
      begin.isEmpty ? [Int(vocabulary.identifier(of: "\n") ?? 0)] : begin.map(Int.init),
      count: characters, temperature: temperature, generator: Generator(seed: seed).split(7))
    return (prompt ?? "") + (try vocabulary.decode(tokens.map { Int32($0) }))
  }

  /// Throws if the prompt has a character that is not in the text.
  func checkPrompt(_ prompt: String?) throws {
    _ = try prompt.map { try corpus.text.vocabulary.encode($0) }
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
      .joined(separator: "\n")
  }
}

/// The mean loss over every prediction of a text, in nats per character.
private func meanLoss(of model: GPT, over windows: TextWindows) -> Double {
  var mean = RunningMean()
  for batch in windows.sequential(batchSize: 64) {
    let loss = crossEntropy(model(batch.inputTensor), batch.targetTensor)
    mean.add(loss.item(), weight: Double(batch.predictions))
  }
  return mean.mean
}
