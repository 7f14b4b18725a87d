import ArgumentParser
import Fledge
import Foundation

struct TrainResNet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-resnet",
    abstract: "Train ResNet9, a residual network, on small colour images.",
    discussion: """
      The drawn shapes are generated; CIFAR-10 is read from the files of its binary version (plain
      or .gz) in the directory given with --cifar.

        train-resnet                           drawn shapes, ten classes
        train-resnet --cifar data/cifar-10-batches-bin
      """)

  @Option(
    help: "The directory with CIFAR-10's data_batch_1.bin … test_batch.bin.", completion: .directory
  )
  var cifar: String?
  @Option(help: "Passes over the training set.") var epochs = 10
  @Option(help: "Images a step.") var batchSize = 128
  @Option(help: "AdamW's learning rate at its highest.") var learningRate = 2e-3
  @Option(help: "AdamW's weight decay.") var weightDecay = 1e-2
  @Option(help: "The seed of data, weights, augmentation and shuffling.") var seed: UInt64 = 1
  @Option(help: "Where to write plots, metrics and weights.", completion: .directory)
  var out = "runs/train-resnet"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false

  func validate() throws {
    if epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if batchSize < 2 { throw ValidationError("--batch-size must be at least 2.") }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must not be negative.")
    }
  }

  func run() throws {
    Fledge.seed(seed)
    // All input is read before anything is written.
    let (train, test, classNames) = try images()
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))

    let model = ResNet9(classes: classNames.count)
    say("\(model)\n\(train.count) images, \(test.count) to test")

    let (mean, deviation) = train.channelStatistics
    func inputs(_ batch: LabelledImages) -> Tensor {
      batch.normalized(mean: mean, standardDeviation: deviation)
    }
    let augmented = train.augmented { batch, generator in
      batch.transformed([.horizontalFlip(), .crop(padding: 3)], generator)
    }
    // A last batch of one image would have no variance to normalize by.
    let loader = DataLoader(augmented, batchSize: batchSize, seed: seed, dropLast: true)
    let optimizer = AdamW(
      model.parameterGroups(learningRate: learningRate, decayingMatricesBy: weightDecay))
    let trainer = Trainer(model, optimizer, on: TrainingData(loader), count: { $0.count }) {
      crossEntropy(model(inputs($0)), $0.targets)
    }
    let steps = epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: min(100, steps / 5), total: steps)
    var confusion = ConfusionMatrix(classNames: classNames)
    trainer.validate(every: .epochs(1)) {
      confusion = ConfusionMatrix(classNames: classNames)
      for batch in DataLoader(test, batchSize: 500, seed: nil) {
        confusion.add(model(inputs(batch)), batch.targets)
      }
      return ["test_accuracy": confusion.accuracy]
    }
    trainer.record(to: log, .epochs)
    trainer.progress = .standardError
    trainer.handlesInterrupts = false
    var losses: [Double] = []
    trainer.on(.stepEnds) { losses.append($0.loss) }
    let start = ContinuousClock.now
    try trainer.train(until: .epochs(epochs))
    let time = ContinuousClock.now - start

    try write(model, losses, confusion, to: directory)
    say(
      "test accuracy: \(String(format: "%.2f%%", confusion.accuracy * 100)) after \(epochs) "
        + "epochs; \(time.brief)")
    say("wrote loss.svg, confusion.svg, metrics.jsonl and model.safetensors to \(out)")
    try log.write(
      "final",
      [
        "test_accuracy": confusion.accuracy, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  func images() throws -> (train: LabelledImages, test: LabelledImages, classNames: [String]) {
    guard let cifar else {
      return (
        DrawnShapes.images(count: 5000, seed: seed),
        DrawnShapes.images(count: 1000, seed: seed &+ 1_000_000), DrawnShapes.classNames
      )
    }
    let files = try CIFAR10.load(directory: URL(fileURLWithPath: cifar, isDirectory: true))
    return (files.train, files.test, CIFAR10.classNames)
  }

  func write(
    _ model: ResNet9, _ losses: [Double], _ confusion: ConfusionMatrix,
    to directory: OutputDirectory
  ) throws {
    var chart = LineChart(title: "training loss", xLabel: "step", yLabel: "loss")
    chart.add(
      "loss", x: losses.indices.map { Double($0 + 1) }, y: losses, style: .smoothed(weight: 0.9))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    let style = TerminalStyle.detected(isTerminal: isatty(STDERR_FILENO) != 0)
    say(chart.terminal(style: style).joined(separator: "\n"))
    try AtomicFile.write(
      confusion.heatMap(title: "test images: class and answer").svg(),
      to: directory.file("confusion.svg"))
    let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    try Safetensors.write(state, to: directory.file("model.safetensors"))
  }

  func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

extension LabelledImages {
  /// int64 [N].
  var targets: Tensor { Tensor(labels).cast(to: .int64) }
}

TrainResNet.main()
