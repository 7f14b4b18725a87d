import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct TrainCNN: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-cnn",
    abstract: "Train LeNet, a convolutional network, on images of digits.",
    discussion: """
      The drawn digits are generated; MNIST is read from the four IDX files (plain or .gz) in the
      directory given with --mnist.

        train-cnn                              drawn digits
        train-cnn --mnist data/mnist           MNIST
        train-cnn --freeze-filters             the control: the filters are not trained
      """)

  @Option(help: "The directory with MNIST's IDX files.", completion: .directory)
  var mnist: String?
  @Option(help: "Passes over the training set.") var epochs = 6
  @Option(help: "Images per step.") var batchSize = 64
  @Option(help: "Adam's learning rate at the start; it falls to 0 along a cosine.")
  var learningRate = 2e-3
  @Flag(help: "Train only the layers after the filters.") var freezeFilters = false
  @Option(help: "The seed of data, weights and shuffling.") var seed: UInt64 = 1
  @Option(help: "Where to write plots, metrics and weights.", completion: .directory)
  var out = "runs/train-cnn"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    if epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
  }

  func run() throws {
    Fledge.seed(seed)
    // All input is read before anything is written.
    let (train, test) = try images()
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))

    let model = LeNet()
    if freezeFilters { model.features.freeze() }
    say("\(model)\n\(train.count) images, \(test.count) to test")

    let loader = DataLoader(train, batchSize: batchSize, seed: seed)
    let optimizer = Adam(model.parameters(), learningRate: learningRate)
    let trainer = Trainer(model, optimizer, on: TrainingData(loader), count: { $0.count }) {
      crossEntropy(model($0.inputs), $0.targets)
    }
    trainer.schedule = CosineSchedule(warmUp: 0, total: epochs * loader.batchesPerEpoch)
    trainer.validate(every: .epochs(1)) {
      [
        "test_accuracy": accuracy(of: model, on: DataLoader(test, batchSize: 500)) {
          (model($0.inputs), $0.targets)
        }
      ]
    }
    trainer.record(to: log, .epochs)
    trainer.progress = .standardError
    trainer.handlesInterrupts = false  // too short to need checkpoints
    if live {
      try trainer.live("train-cnn").show("filters of the first layer") { .filters(model.filters) }
    }
    var losses: [Double] = []
    trainer.on(.stepEnds) { losses.append($0.loss) }
    let start = ContinuousClock.now
    try trainer.train(until: .epochs(epochs))
    let time = ContinuousClock.now - start

    let testAccuracy = trainer.validation[0].value
    try write(model, test, losses, to: directory)
    say(
      "test accuracy: \(String(format: "%.2f%%", testAccuracy * 100)) after \(epochs) epochs; "
        + time.brief)
    say("wrote loss, filters and examples (.svg), metrics.jsonl, model.safetensors to \(out)")
    try log.write(
      "final",
      [
        "test_accuracy": testAccuracy, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  func images() throws -> (train: LabelledImages, test: LabelledImages) {
    guard let mnist else {
      return (
        DrawnDigits.images(count: 4000, seed: seed),
        DrawnDigits.images(count: 1000, seed: seed &+ 1_000_000)
      )
    }
    let files = try MNIST.load(directory: URL(fileURLWithPath: mnist, isDirectory: true))
    guard (files.train.rows, files.train.columns) == (28, 28) else {
      throw ValidationError(
        "LeNet takes images of 28×28, these are \(files.train.rows)×\(files.train.columns).")
    }
    return (files.train, files.test)
  }

  func write(
    _ model: LeNet, _ test: LabelledImages, _ losses: [Double], to directory: OutputDirectory
  ) throws {
    var chart = LineChart(title: "training loss", xLabel: "step", yLabel: "loss")
    chart.add(
      "loss", x: losses.indices.map { Double($0 + 1) }, y: losses, style: .smoothed(weight: 0.95))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)

    let filters = ImageGrid.filters(model.filters, title: "filters of the first layer")
    try AtomicFile.write(filters.svg(scale: 12), to: directory.file("filters.svg"))

    let shown = test.batch(indices: Array(0..<min(12, test.count)))
    let predicted = withoutGradients { model(shown.inputs).argmax(axis: 1).array(of: Int.self) }
    var grid = ImageGrid(title: "test images and predictions")
    for i in 0..<shown.count {
      grid.add(
        shown.image(i).map { Float($0) / 255 }, predicted: predicted[i],
        actual: Int(shown.labels[i]))
    }
    try AtomicFile.write(grid.svg(), to: directory.file("examples.svg"))

    try model.save(to: directory.file("model.safetensors"))
  }
}

extension LabelledImages {
  /// Grey values in 0…1, normalized by MNIST's mean and standard deviation: [N, 1, 28, 28].
  var inputs: Tensor { normalized(mean: [0.1307], standardDeviation: [0.3081]) }
}

TrainCNN.main()
