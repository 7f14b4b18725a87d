import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct TrainClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-classifier",
    abstract: "Train a classifier of short texts.",
    discussion: """
      Without arguments it learns to classify generated reviews as negative, mixed or positive. A CSV
      file needs a header, a column of texts and a column of classes.

        train-classifier                                       reviews, some seconds
        train-classifier --csv mail.csv --text-column body --label-column folder
        tensorboard --logdir runs                              curves, weights, confusion matrix

      A tenth of the texts is used to decide when to stop, another tenth for the test.
      """)

  @Option(help: "A CSV file with texts and their classes (UTF-8).", completion: .file())
  var csv: String?
  @Option(help: "The column with the texts.") var textColumn = "text"
  @Option(help: "The column with the classes.") var labelColumn = "label"
  @Option(help: "Generated reviews.") var reviews = 6000
  @Option(help: "Passes over the training texts, at most.") var epochs = 15
  @Option(help: "Epochs without improvement after which to stop.") var patience = 3
  @Option(help: "Texts per step.") var batchSize = 32
  @Option(help: "Adam's learning rate.") var learningRate = 2e-3
  @Option(help: "The seed of data, weights and shuffling.") var seed: UInt64 = 1
  @Option(help: "Where to write pictures, metrics and weights.", completion: .directory)
  var out = "runs/train-classifier"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    for (value, name) in [
      (epochs, "epochs"), (patience, "patience"), (batchSize, "batch-size"),
    ] where value < 1 {
      throw ValidationError("--\(name) must be at least 1.")
    }
    if reviews < 30 { throw ValidationError("--reviews must be at least 30.") }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
  }

  func run() throws {
    Fledge.seed(seed)
    // All input is read before anything is written.
    let data = try TextData(self)
    let directory = try OutputDirectory(out)
    let model = TextClassifier(
      vocabulary: data.vocabulary.count, classes: data.classNames.count)
    let trainer = try makeTrainer(model, data, directory)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    let board = try TensorBoardLog(directory: directory.path)
    trainer.record(to: log, [.steps, .epochs])
    trainer.record(to: board)
    trainer.on(.epochEnds) { try board.histograms(of: model, step: $0.step) }
    say(
      "\(csv ?? "reviews"): \(data.train.count) texts to learn, \(data.validation.count) to "
        + "validate, \(data.test.count) to test, \(data.vocabulary.count) words; "
        + "\(model.parameterCount) parameters")

    if live {
      let run = try trainer.live("train-classifier")
      trainer.on(.validationEnds) { _ in
        let (matrix, _) = confusion(model, data.validation, data.classNames)
        run.show("validation: class and answer", once: .confusion(matrix))
      }
    }
    let start = ContinuousClock.now
    let end = try trainer.train(until: .epochs(epochs))
    let time = ContinuousClock.now - start
    if end == .interrupted { throw ExitCode(130) }
    try trainer.restoreBest()

    let (matrix, _) = confusion(model, data.test, data.classNames)
    let map = matrix.heatMap(title: "test texts")
    try AtomicFile.write(map.svg(), to: directory.file("confusion.svg"))
    try board.image("confusion", map.picture(cell: 48), step: trainer.step)
    try drawLoss(directory)
    say("\n\(matrix)\n")
    let reason = end == .stoppedEarly ? "no better for \(patience) epochs" : "all epochs done"
    say(
      String(format: "test accuracy %.2f%%, macro F1 %.4f", matrix.accuracy * 100, matrix.macro.f1)
        + " after \(trainer.epoch) epochs (\(reason)); \(time.brief)")
    say(
      "wrote confusion.svg, loss.svg, metrics.jsonl, TensorBoard's events and best.safetensors to "
        + directory.path)
    try log.write(
      "final",
      [
        "test_accuracy": matrix.accuracy, "macro_f1": matrix.macro.f1,
        "best_step": trainer.bestStep, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  private func makeTrainer(
    _ model: TextClassifier, _ data: TextData, _ directory: OutputDirectory
  ) throws -> Trainer<LabelledSequences.Batch> {
    let loader = DataLoader(data.train, batchSize: batchSize, seed: seed)
    let trainer = Trainer(
      model, Adam(model.parameters(), learningRate: learningRate), on: TrainingData(loader),
      count: { $0.count }
    ) { crossEntropy(model($0.inputs), $0.targets) }
    trainer.schedule = CosineSchedule(
      warmUp: min(50, loader.batchesPerEpoch), total: max(epochs, 2) * loader.batchesPerEpoch,
      minimum: 0.1)
    trainer.validate(every: .epochs(1)) {
      let (matrix, loss) = confusion(model, data.validation, data.classNames)
      return ["val_loss": loss, "val_accuracy": matrix.accuracy, "val_f1": matrix.macro.f1]
    }
    trainer.monitor = Monitor("val_accuracy", goal: .highest, patience: patience)
    trainer.checkpoints = CheckpointPlan(
      last: directory.file("last.safetensors"), best: directory.file("best.safetensors"),
      settings: data.vocabulary)
    trainer.progress = .standardError
    trainer.unit = "texts"
    return trainer
  }

  private func drawLoss(_ directory: OutputDirectory) throws {
    let events = try readMetrics(from: directory.file("metrics.jsonl"))
    var chart = LineChart(title: "loss", xLabel: "step", yLabel: "cross-entropy")
    chart.series = [
      .init("training", events.points("loss"), style: .smoothed()),
      .init("validation", events.points("val_loss", in: "epoch"), style: .marked),
    ]
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
  }
}

/// A model's predictions for the texts, and its mean loss over them.
private func confusion(
  _ model: TextClassifier, _ data: LabelledSequences, _ classNames: [String]
) -> (matrix: ConfusionMatrix, loss: Double) {
  var matrix = ConfusionMatrix(classNames: classNames)
  var loss = RunningMean()
  model.evaluating {
    for batch in DataLoader(data, batchSize: 256) {
      let logits = model(batch.inputs)
      matrix.add(logits, batch.targets)
      loss.add(crossEntropy(logits, batch.targets).item(), weight: Double(batch.count))
    }
  }
  return (matrix, loss.mean)
}

/// Encoded texts, in three parts with the classes in the same proportions.
struct TextData {
  let vocabulary: WordVocabulary
  let classNames: [String]
  let train: LabelledSequences
  let validation: LabelledSequences
  let test: LabelledSequences

  init(_ options: TrainClassifier) throws {
    let generator = Generator(seed: options.seed).split()
    let texts: [String]
    let labels: [Int]
    if let path = options.csv {
      let table = try CSVTable(contentsOf: URL(fileURLWithPath: path))
      texts = try table.strings(options.textColumn)
      (classNames, labels) = try table.categories(options.labelColumn)
      guard classNames.count > 1 else {
        throw ValidationError("\(path): needs texts of at least two classes.")
      }
    } else {
      (texts, labels) = Reviews.write(options.reviews, generator)
      classNames = Reviews.classNames
    }
    let words = texts.map(WordVocabulary.split)
    let (train, rest) = stratifiedSplit(labels, fraction: 0.8, generator: generator)
    let (validation, test) = stratifiedSplit(
      rest.map { labels[$0] }, fraction: 0.5, generator: generator)
    guard !train.isEmpty, !validation.isEmpty, !test.isEmpty else {
      throw ValidationError("\(texts.count) texts are too few for three parts.")
    }
    // From the training texts only: the test texts may have unknown words, as in real use.
    let vocabulary = WordVocabulary(
      counting: train.lazy.flatMap { words[$0] }, minimumCount: 2, specials: ["<pad>"])
    func part(_ indices: [Int]) throws -> LabelledSequences {
      LabelledSequences(
        try indices.map { try vocabulary.encode(words[$0]) }, labels: indices.map { labels[$0] },
        limit: 256)
    }
    self.vocabulary = vocabulary
    self.train = try part(train)
    self.validation = try part(validation.map { rest[$0] })
    self.test = try part(test.map { rest[$0] })
  }
}

TrainClassifier.main()
