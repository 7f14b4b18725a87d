import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct Makemore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "makemore",
    abstract: "Learn names and generate more of them: four models side by side.",
    discussion: """
      After Karpathy's makemore: a bigram table, a perceptron over the last characters (Bengio et al.
      2003), a recurrent network and a Transformer learn the same names, one per line, and are
      compared by their loss on held-out names.

        makemore                              names generated from syllables
        makemore --text names.txt             names from a file, one per line
        makemore --models transformer         one of the models
      """)

  @Option(help: "A file with a name on each line (UTF-8); by default, generated names.")
  var text: String?
  @Option(
    help: """
      Which models, comma separated: \(Architecture.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var models = Architecture.allCases.map(\.rawValue).joined(separator: ",")
  @Option(help: "Optimizer steps for each model.") var steps = 2000
  @Option(help: "Names per step.") var batchSize = 64
  @Option(help: "The highest learning rate; by default, each model has its own.")
  var learningRate: Double?
  @Option(help: "Names to generate with each model.") var count = 8
  @Option(help: "The seed of data, weights and samples.") var seed: UInt64 = 1
  @Option(help: "Where to write plot and metrics.", completion: .directory)
  var out = "runs/makemore"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    if steps < 1 { throw ValidationError("--steps must be at least 1.") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if count < 0 { throw ValidationError("--count must not be negative.") }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if try architectures().isEmpty { throw ValidationError("--models names no model.") }
  }

  private func architectures() throws -> [Architecture] {
    try models.split(separator: ",").map { name in
      guard let architecture = Architecture(rawValue: String(name)) else {
        throw ValidationError("there is no model '\(name)'; see --help.")
      }
      return architecture
    }
  }

  func run() throws {
    let names = try text.map { try Names(contentsOf: $0) } ?? Names.generated()
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    say(
      "\(names.train.count) names to learn, \(names.validation.count) to validate, "
        + "\(names.vocabulary.count) characters, at most \(names.longest) per name")
    var chart = LineChart(
      title: "generating names", xLabel: "step", yLabel: "nats per character")
    var rows: [(name: String, loss: Double, parameters: Int, time: Duration, made: [String])] = []
    let chosen = try architectures()
    let run =
      live ? try LiveRun("makemore", total: steps * chosen.count, unit: "names") : nil
    let bar = ProgressBar(total: steps * chosen.count, unit: "names")
    for (index, architecture) in chosen.enumerated() {
      Fledge.seed(seed)
      let model = architecture.model(names)
      func written() -> [String] { names.make(count, with: model, Generator(seed: seed).split(3)) }
      run?.show("names by \(architecture.rawValue)") { .text(written().joined(separator: "\n")) }
      let start = ContinuousClock.now
      let losses = try train(model, architecture, names, bar, after: index * steps, log, run)
      let time = ContinuousClock.now - start
      let loss = validationLoss(model, names)
      chart.add(
        architecture.rawValue, x: losses.indices.map { Double($0 + 1) }, y: losses,
        style: .smoothed(weight: 0.95))
      let made = written()
      rows.append((architecture.rawValue, loss, model.parameterCount, time, made))
      try bar.withoutBar {
        try log.write(
          "final",
          [
            "model": architecture.rawValue, "val_loss": loss, "seconds": time.seconds,
            "parameters": model.parameterCount,
          ])
      }
    }
    bar.finish()
    run?.finish()

    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
    say("\nmodel         validation loss   parameters   time")
    for row in rows {
      say(
        row.name.padding(toLength: 14, withPad: " ", startingAt: 0)
          + String(format: "%15.4f%13d   ", row.loss, row.parameters) + row.time.brief)
    }
    for row in rows where count > 0 { say("\n\(row.name): " + row.made.joined(separator: ", ")) }
    say("\nwrote loss.svg and metrics.jsonl to \(directory.path)")
  }

  private func train(
    _ model: NameModel, _ architecture: Architecture, _ names: Names, _ bar: ProgressBar,
    after done: Int, _ log: MetricsLog, _ run: LiveRun?
  ) throws -> [Double] {
    let optimizer = AdamW(
      model.parameterGroups(
        learningRate: learningRate ?? architecture.learningRate, decayingMatricesBy: 0.01),
      beta2: 0.99)
    let schedule = CosineSchedule(warmUp: min(100, steps / 2), total: steps, minimum: 0.02)
    let data = Generator(seed: seed).split(1)
    var losses: [Double] = []
    for step in 0..<steps {
      optimizer.learningRateFactor = schedule.factor(at: step) * (run?.rateFactor ?? 1)
      let picked = (0..<batchSize).map { _ in data.integer(below: names.train.count) }
      let batch = names.batch(picked.map { names.train[$0] })
      let loss = crossEntropy(model(batch.inputs), batch.targets, ignoreIndex: Names.padding)
      optimizer.zeroGrad()
      loss.backward()
      clipGradientNorm(model.parameters(), maximum: 1)
      optimizer.step()
      losses.append(loss.item())
      try bar.withoutBar {
        try log.write(
          "step", ["model": architecture.rawValue, "step": step + 1, "loss": losses.last!])
      }
      bar.update(to: done + step + 1, loss: losses.last!, processed: batchSize)
      let goesOn = run?.step(
        done + step + 1, loss: losses.last!, named: "\(architecture.rawValue)/loss", model: model,
        processed: (done + step + 1) * batchSize)
      if goesOn == false { break }
    }
    return losses
  }

  /// The mean loss over all characters of the held-out names, ends included.
  private func validationLoss(_ model: NameModel, _ names: Names) -> Double {
    return model.evaluating {
      var (total, characters) = (0.0, 0)
      for start in stride(from: 0, to: names.validation.count, by: 256) {
        let some = names.validation[start..<min(start + 256, names.validation.count)]
        let batch = names.batch(Array(some))
        let loss = crossEntropy(model(batch.inputs), batch.targets, ignoreIndex: Names.padding)
        let count = some.reduce(0) { $0 + $1.count + 1 }
        total += loss.item() * Double(count)
        characters += count
      }
      return total / Double(characters)
    }
  }
}

Makemore.main()
