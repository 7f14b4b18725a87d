import ArgumentParser
import ExampleRanks
import Fledge
import Foundation

struct TrainResNet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-resnet",
    abstract: "Train ResNet9, a residual network, on small colour images.",
    discussion: """
      The drawn shapes are generated; CIFAR-10 is read from the files of its binary version (plain
      or .gz) in the directory given with --cifar: what cifar-10-binary.tar.gz unpacks to.

        train-resnet                           drawn shapes, ten classes
        train-resnet --cifar cifar-10-batches-bin
        train-resnet --resume                  continue from the checkpoint in --out
        train-resnet --ranks 2                 two ranks, each with half of every batch

      Ctrl-C ends a run after the current step and saves it.
      """)

  @Option(
    help: "The directory with CIFAR-10's data_batch_1.bin … test_batch.bin.", completion: .directory
  )
  var cifar: String?
  @Option(help: "Passes over the training set (10).") var epochs: Int?
  @Option(help: "Images per step (128).") var batchSize: Int?
  @Option(help: "AdamW's highest learning rate (0.002).") var learningRate: Double?
  @Option(help: "AdamW's weight decay (0.01).") var weightDecay: Double?
  @Option(help: "The seed of data, weights, augmentation and shuffling (1).") var seed: UInt64?
  @Option(help: "Where to write plots, metrics and checkpoint.", completion: .directory)
  var out = "runs/train-resnet"
  @OptionGroup var ranks: RankOptions
  @Flag(help: "Continue from the checkpoint in --out.") var resume = false
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if let batchSize, batchSize < 2 { throw ValidationError("--batch-size must be at least 2.") }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must not be negative.")
    }
    if ranks.areSeveral && live {
      throw ValidationError("--live shows a run of one rank; leave out --ranks.")
    }
    let fixed: [(String, Bool)] = [
      ("--cifar", cifar != nil), ("--epochs", epochs != nil), ("--batch-size", batchSize != nil),
      ("--learning-rate", learningRate != nil), ("--weight-decay", weightDecay != nil),
      ("--seed", seed != nil),
    ]
    if resume, let (name, _) = fixed.first(where: { $0.1 }) {
      throw ValidationError("\(name) is part of the checkpoint and cannot be changed.")
    }
  }

  func run() throws { try ranks.run { try run($0) } }

  /// Trains alone, or as one of several ranks.
  private func run(_ plan: RankPlan) throws {
    // All input is read before anything is written.
    let checkpoint = (out as NSString).appendingPathComponent("checkpoint.safetensors")
    let saved = try resume ? Checkpoint<TrainingRun<Settings>>.load(checkpoint) : nil
    let settings = saved?.checkpoint.run.settings ?? Settings(self)
    let data = try ImageData(settings)
    Fledge.seed(settings.seed)
    let session = try Session(settings, data, plan)
    if let saved { try session.trainer.resume(from: saved) }
    try session.train(try OutputDirectory(out), json: json, live: live)
  }
}

/// The settings of a run; saved in its checkpoint.
struct Settings: Codable, Sendable {
  let cifar: String?
  let epochs: Int
  let batchSize: Int
  let learningRate: Double
  let weightDecay: Double
  let seed: UInt64

  init(_ options: TrainResNet) {
    cifar = options.cifar
    epochs = options.epochs ?? 10
    batchSize = options.batchSize ?? 128
    learningRate = options.learningRate ?? 2e-3
    weightDecay = options.weightDecay ?? 1e-2
    seed = options.seed ?? 1
  }
}

struct ImageData {
  let train: LabelledImages
  let test: LabelledImages
  let classNames: [String]

  init(_ settings: Settings) throws {
    if let cifar = settings.cifar {
      let files = try CIFAR10.load(directory: URL(fileURLWithPath: cifar, isDirectory: true))
      (train, test, classNames) = (files.train, files.test, CIFAR10.classNames)
    } else {
      train = DrawnShapes.images(count: 10_000, seed: settings.seed)
      test = DrawnShapes.images(count: 1000, seed: settings.seed &+ 1_000_000)
      classNames = DrawnShapes.classNames
    }
    guard train.count >= settings.batchSize else {
      throw ValidationError(
        "\(train.count) images are fewer than a batch of \(settings.batchSize).")
    }
  }
}

TrainResNet.main()
