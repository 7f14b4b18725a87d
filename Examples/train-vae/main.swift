import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

struct TrainVAE: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-vae",
    abstract:
      "Train a variational autoencoder on digits, and draw its latent plane.",
    discussion: """
      Each image is encoded as a point of the plane and decoded from it. The digits are drawn by the
      program, or read from MNIST's four IDX files (plain or .gz) in --mnist.

        train-vae                       drawn digits, half a minute
        train-vae --mnist data/mnist    MNIST
      """)

  @Option(help: "The directory with MNIST's IDX files.", completion: .directory)
  var mnist: String?
  @Option(help: "Passes over the training images.") var epochs = 50
  @Option(help: "Images per step.") var batchSize = 64
  @Option(help: "Adam's learning rate.") var learningRate = 1e-3
  @Option(help: "Weight of the divergence from the normal distribution (β).") var beta = 1.0
  @Option(help: "The seed of data, weights and noise.") var seed: UInt64 = 1
  @Option(help: "Where to write pictures, metrics and weights.", completion: .directory)
  var out = "runs/train-vae"
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    if epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if !(beta >= 0 && beta.isFinite) { throw ValidationError("--beta must be 0 or more.") }
  }

  func run() throws {
    Fledge.seed(seed)
    // All input is read before anything is written.
    let (train, test) = try images()
    let directory = try OutputDirectory(out)
    let log = try MetricsLog(standardOutput: json, file: directory.file("metrics.jsonl"))
    let model = VAE(pixels: train.imageSize)
    let loader = DataLoader(train, batchSize: batchSize, seed: seed)
    let trainer = Trainer(
      model, Adam(model.parameters(), learningRate: learningRate), on: TrainingData(loader),
      count: { $0.count }
    ) { model.losses($0.pixelTensor).total(beta: beta) }
    trainer.validate(every: .epochs(1)) {
      // The same noise each time, independent of the training noise.
      let losses = withGenerator(Generator(seed: 0)) { model.losses(test.pixelTensor) }
      return [
        "val_loss": losses.total(beta: 1).item(), "drawing": losses.drawing.item(),
        "divergence": losses.divergence.item(),
      ]
    }
    trainer.record(to: log, [.steps, .epochs])
    trainer.progress = .standardError
    trainer.unit = "images"
    trainer.checkpoints = CheckpointPlan(
      last: directory.file("checkpoint.safetensors"), settings: seed)
    say(
      "\(mnist ?? "drawn digits"): \(train.count) images, \(test.count) to test; "
        + "\(model.parameterCount) parameters")

    if live {
      try trainer.live("train-vae").show("across the latent plane") {
        .images(decoded(model, side: 8).reshaped([64, 1, train.rows, train.columns]))
      }
    }
    let start = ContinuousClock.now
    let end = try trainer.train(until: .epochs(epochs))
    let time = ContinuousClock.now - start
    if end == .interrupted { throw ExitCode(130) }
    let value = trainer.validation[0].value
    model.eval()
    try withoutGradients {
      try drawPlane(model, train, directory)
      try drawPairs(model, test, directory)
    }
    say(
      String(
        format:
          "negative ELBO of a test image: %.2f nats (reconstruction %.2f, KL divergence %.2f); ",
        value,
        trainer.validation[1].value, trainer.validation[2].value) + time.brief)
    say(
      "wrote plane.svg, plane.png, pairs.svg, metrics.jsonl and checkpoint.safetensors to "
        + directory.path)
    try log.write(
      "final",
      ["val_loss": value, "seconds": time.seconds, "parameters": model.parameterCount])
  }

  private func images() throws -> (train: LabelledImages, test: LabelledImages) {
    if let mnist {
      let files = try MNIST.load(directory: URL(fileURLWithPath: mnist, isDirectory: true))
      return (files.train, files.test)
    }
    return (
      DrawnDigits.images(count: 10_000, seed: seed),
      DrawnDigits.images(count: 1000, seed: seed &+ 1_000_000)
    )
  }

  /// The images at side × side points of the plane, spaced by equal probability of the normal
  /// distribution, from the upper left.   [side², pixels]
  private func decoded(_ model: VAE, side: Int) -> Tensor {
    let steps = (0..<side).map { normalQuantile((Double($0) + 0.5) / Double(side)) }
    let points = steps.reversed().flatMap { y in steps.flatMap { x in [Float(x), Float(y)] } }
    return sigmoid(model.decode(Tensor(points, shape: [side * side, 2])))
  }

  /// Draws the decoded images at 16 × 16 points of the plane.
  private func drawPlane(
    _ model: VAE, _ images: LabelledImages, _ directory: OutputDirectory
  ) throws {
    let side = 16
    let drawn = decoded(model, side: side).array()
    var grid = ImageGrid(
      title: "images across the latent plane", imageWidth: images.columns,
      imageHeight: images.rows)
    for index in 0..<side * side {
      grid.add(
        .init(pixels: Array(drawn[index * images.imageSize..<(index + 1) * images.imageSize])))
    }
    try AtomicFile.write(
      grid.svg(imagesPerRow: side, scale: 1.25), to: directory.file("plane.svg"))
    try AtomicFile.write(
      grid.picture(imagesPerRow: side).png(), to: directory.file("plane.png"))
  }

  /// Draws test images and their reconstructions.
  private func drawPairs(
    _ model: VAE, _ test: LabelledImages, _ directory: OutputDirectory
  ) throws {
    let shown = test.batch(indices: Array(0..<min(10, test.count)))
    let drawn = sigmoid(model.decode(model.encode(shown.pixelTensor).mean)).array()
    var grid = ImageGrid(
      title: "test images and their reconstructions", imageWidth: test.columns,
      imageHeight: test.rows)
    for index in 0..<shown.count {
      grid.add(.init(pixels: shown.image(index).map { Float($0) / 255 }, caption: "test"))
    }
    for index in 0..<shown.count {
      let pixels = drawn[index * test.imageSize..<(index + 1) * test.imageSize]
      grid.add(.init(pixels: Array(pixels), caption: "reconstructed"))
    }
    try AtomicFile.write(
      grid.svg(imagesPerRow: shown.count), to: directory.file("pairs.svg"))
  }
}

extension LabelledImages {
  /// Grey values in 0…1, [N, rows · columns].
  var pixelTensor: Tensor { normalized().reshaped([count, imageSize]) }
}

/// z with P(N(0, 1) < z) = p, by bisection.
func normalQuantile(_ p: Double) -> Double {
  var (low, high) = (-10.0, 10.0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if 0.5 * erfc(-middle / 2.0.squareRoot()) < p { low = middle } else { high = middle }
  }
  return low
}

TrainVAE.main()
