import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct TrainViT: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-vit",
    abstract: "Train a tiny Vision Transformer on images of digits.",
    discussion: """
      An image is cut into 49 patches, which an encoder reads like the words of a text; a picture
      shows which patches it attends to. The digits are generated; MNIST is read from the four IDX
      files (plain or .gz) in the directory given with --mnist.

        train-vit                              drawn digits, about a minute
        train-vit --mnist data/mnist           MNIST
      """)

  @Option(help: "The directory with MNIST's IDX files.", completion: .directory)
  var mnist: String?
  @Option(help: "Passes over the training set.") var epochs = 6
  @Option(help: "Images per step.") var batchSize = 64
  @Option(help: "AdamW's learning rate at its highest.") var learningRate = 2e-3
  @Option(help: "Layers of the encoder.") var layers = 4
  @Option(help: "The seed of data, weights and shuffling.") var seed: UInt64 = 1
  @Option(help: "Where to write pictures, metrics and weights.", completion: .directory)
  var out = "runs/train-vit"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    for (value, name) in [
      (epochs, "--epochs"), (batchSize, "--batch-size"), (layers, "--layers"),
    ] where value < 1 {
      throw ValidationError("\(name) must be at least 1.")
    }
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
    let model = VisionTransformer(.init(layers: layers))
    // The model does not know that a shifted digit is the same digit, so it has to see examples.
    let augmented = train.augmented { $0.transformed([.crop(padding: 2)], $1) }
    let loader = DataLoader(augmented, batchSize: batchSize, seed: seed)
    let optimizer = AdamW(
      model.parameterGroups(learningRate: learningRate, decayingMatricesBy: 0.05))
    let trainer = Trainer(model, optimizer, on: TrainingData(loader), count: { $0.count }) {
      crossEntropy(model($0.inputs), $0.targets)
    }
    let steps = epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: min(100, steps / 5), total: steps)
    trainer.clipping = .norm(1)
    trainer.validate(every: .epochs(1)) {
      [
        "test_accuracy": accuracy(of: model, on: DataLoader(test, batchSize: 250)) {
          (model($0.inputs), $0.targets)
        }
      ]
    }
    trainer.record(to: log, [.steps, .epochs])
    trainer.progress = .standardError
    trainer.unit = "images"
    trainer.handlesInterrupts = false  // too short to need checkpoints
    say("\(model)\n\(train.count) images, \(test.count) to test")
    if live {
      try trainer.live("train-vit").show("where the answer looks") {
        let shown = test.batch(indices: Array(0..<min(8, test.count)))
        let (_, looks) = model.evaluating { attention(model, shown) }
        let grid = model.configuration.grid
        let scaled = looks / looks.max(axis: 1, keepDims: true)
        return .images(scaled.reshaped([shown.count, 1, grid, grid]))
      }
    }
    let start = ContinuousClock.now
    try trainer.train(until: .epochs(epochs))
    let time = ContinuousClock.now - start

    let events = try readMetrics(from: directory.file("metrics.jsonl"))
    var chart = LineChart(title: "training loss", xLabel: "step", yLabel: "loss")
    chart.series = [.init("loss", events.points("loss"), style: .smoothed(weight: 0.95))]
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
    try drawAttention(model, test, directory)
    try model.save(to: directory.file("model.safetensors"))
    let testAccuracy = trainer.validation[0].value
    say(
      "test accuracy: \(String(format: "%.2f%%", testAccuracy * 100)) after \(epochs) epochs; "
        + time.brief)
    say(
      "wrote loss.svg, attention.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "test_accuracy": testAccuracy, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  private func images() throws -> (train: LabelledImages, test: LabelledImages) {
    guard let mnist else {
      return (
        DrawnDigits.images(count: 10_000, seed: seed),
        DrawnDigits.images(count: 1000, seed: seed &+ 1_000_000)
      )
    }
    let files = try MNIST.load(directory: URL(fileURLWithPath: mnist, isDirectory: true))
    guard (files.train.rows, files.train.columns) == (28, 28) else {
      throw ValidationError(
        "the model takes images of 28×28, these are \(files.train.rows)×\(files.train.columns).")
    }
    return (files.train, files.test)
  }

  /// The answers, and the attention of the first position to each patch in the last layer, averaged
  /// over the heads: [N, H, 1 + P, 1 + P] → [N, P].
  private func attention(
    _ model: VisionTransformer, _ images: LabelledImages
  ) -> (logits: Tensor, looks: Tensor) {
    let (logits, maps) = withAttentionMaps { model(images.inputs) }
    let patches = model.configuration.grid * model.configuration.grid
    let looks = maps.last!.mean(axes: [1])[.all, 0].sliced(axis: 1, from: 1, count: patches)
    return (logits, looks)
  }

  /// Draws test images, and below each the patches that the answer depends on: the attention of the
  /// class token in the last layer, averaged over the heads.
  private func drawAttention(
    _ model: VisionTransformer, _ test: LabelledImages, _ directory: OutputDirectory
  ) throws {
    model.eval()
    let shown = test.batch(indices: Array(0..<min(10, test.count)))
    let (logits, looks) = withoutGradients { attention(model, shown) }
    let answers = logits.argmax(axis: 1).array(of: Int.self)
    let (grid, patch) = (model.configuration.grid, model.configuration.patch)
    var pictures = ImageGrid(title: "test images, and the attention of the answer")
    for i in 0..<shown.count {
      pictures.add(
        shown.image(i).map { Float($0) / 255 }, predicted: answers[i],
        actual: Int(shown.labels[i]))
    }
    for i in 0..<shown.count {
      let weights = looks[i].array()
      let highest = weights.max() ?? 1
      let pixels = (0..<test.imageSize).map { place in
        let (row, column) = (place / test.columns / patch, place % test.columns / patch)
        return weights[row * grid + column] / highest
      }
      pictures.add(.init(pixels: pixels, caption: "attention"))
    }
    try AtomicFile.write(
      pictures.svg(imagesPerRow: shown.count), to: directory.file("attention.svg"))
  }
}

extension LabelledImages {
  /// Grey values in 0…1, normalized by MNIST's mean and standard deviation: [N, 1, 28, 28].
  var inputs: Tensor { normalized(mean: [0.1307], standardDeviation: [0.3081]) }
}

TrainViT.main()
