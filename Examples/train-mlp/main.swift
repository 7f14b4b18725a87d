import ArgumentParser
import ExampleRanks
import Fledge
import FledgeCompiler
import FledgeStudio
import Foundation

/// The datasets that the command line offers.
enum Source: String, CaseIterable, ExpressibleByArgument {
  case simple, diagonal, split, xor, circle, spiral, moons, digits, mnist

  var plane: PlaneDataset? { PlaneDataset(rawValue: rawValue) }
}

struct TrainMLP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-mlp",
    abstract: "Train a multi-layer perceptron on points in the plane or on images of digits.",
    discussion: """
      The sets in the plane and the drawn digits are generated; MNIST is read from the four IDX
      files (plain or .gz) in the directory given with --mnist.

        train-mlp                              two moons, 2-16-16-1
        train-mlp --dataset spiral             a harder one
        train-mlp --dataset digits             drawn digits, 784-256-128-10
        train-mlp --mnist data/mnist           MNIST, 784-256-128-10
        train-mlp --ranks 4 --strategy zero2   four ranks, each with a part of every batch
        train-mlp --dataset spiral --live      watch it in the browser
      """)

  @Option(help: "What to learn: \(Source.allCases.map(\.rawValue).joined(separator: ", ")).")
  var dataset: Source?
  @Option(help: "The directory with MNIST's IDX files.", completion: .directory)
  var mnist: String?
  @Option(help: "Passes over the training set (plane: 100, spiral: 1000, images: 10).")
  var epochs: Int?
  @Option(help: "Examples per step (plane: all, images: 64).") var batchSize: Int?
  @Option(help: "Adam's learning rate (plane: 0.05, images: 0.001).") var learningRate: Double?
  @Option(help: "The seed of data, weights and shuffling.") var seed: UInt64 = 1
  @Option(help: "Where to write plots, metrics and weights.", completion: .directory)
  var out = "runs/train-mlp"
  @OptionGroup var ranks: RankOptions
  @Flag(help: "Run forward and backward passes as a graph, with the same numbers.")
  var compile = false
  @Flag(help: "Write each metric as a JSON line to standard output.") var json = false
  @Flag(help: "Show the training in the browser while it runs.") var live = false

  func validate() throws {
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be at least 1.") }
    if let batchSize, batchSize < 1 { throw ValidationError("--batch-size must be at least 1.") }
    if ranks.areSeveral && live {
      throw ValidationError("--live shows a run of one rank; leave out --ranks.")
    }
    if compile && (ranks.areSeveral || live) {
      throw ValidationError("--compile is for a run of one rank that nobody watches.")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be positive.")
    }
    if dataset == .mnist && mnist == nil {
      throw ValidationError("--dataset mnist needs --mnist DIR with MNIST's IDX files.")
    }
    if let dataset, dataset != .mnist, mnist != nil {
      throw ValidationError("--mnist goes with --dataset mnist, not \(dataset.rawValue).")
    }
  }

  func run() throws { try ranks.run { try run($0) } }

  /// Trains alone, or as one of several ranks.
  func run(_ plan: RankPlan) throws {
    let source = dataset ?? (mnist == nil ? .moons : .mnist)
    Fledge.seed(seed)
    // All input is read before anything is written.
    if let plane = source.plane {
      let (directory, log) = try outputs(plan)
      try trainPlane(plane, directory, log, plan)
    } else {
      let (train, test) = try images(source)
      let (directory, log) = try outputs(plan)
      try trainImages(source, train, test, directory, log, plan)
    }
  }

  private func outputs(_ plan: RankPlan) throws -> (OutputDirectory, MetricsLog) {
    let directory = try OutputDirectory(out)
    let log = try plan.log(directory.file("metrics.jsonl"), standardOutput: json)
    return (directory, log)
  }

  /// Adam, and how it works together with the other ranks.
  func optimizer(
    _ model: Module, learningRate: Double, _ plan: RankPlan
  ) throws -> (optimizer: Optimizer, strategy: any TrainingStrategy) {
    try plan.optimizer([ParameterGroup(model.parameters(), learningRate: learningRate)]) {
      Adam($0)
    }
  }

  /// Throws where a rank would have no example in some batch.
  func checkShares(of count: Int, _ batchSize: Int, _ plan: RankPlan) throws {
    let rest = count % batchSize
    try plan.check(smallestBatch: rest == 0 ? batchSize : rest, of: "examples")
  }
}

// MARK: Points in the plane

extension TrainMLP {
  func trainPlane(
    _ plane: PlaneDataset, _ directory: OutputDirectory, _ log: MetricsLog, _ plan: RankPlan
  ) throws {
    let noise = plane == .moons ? 0.1 : 0
    let train = plane.points(count: 100, seed: seed, noise: noise)
    let test = plane.points(count: 1000, seed: seed &+ 1_000_000, noise: noise)
    let epochs = epochs ?? (plane == .spiral ? 1000 : 100)
    let model = MLP(sizes: [2, 16, 16, 1])
    let (optimizer, strategy) = try optimizer(model, learningRate: learningRate ?? 0.05, plan)
    plan.tell("\(plane.rawValue): \(train.count) points, \(model.parameterCount) parameters")

    let loader = DataLoader(train, batchSize: batchSize ?? train.count, seed: seed)
    try checkShares(of: train.count, loader.batchSize, plan)
    let trainer = Trainer(
      model, optimizer, on: TrainingData(loader), count: { plan.share(of: $0.count).count },
      arguments: {
        let rows = plan.share(of: $0.count)
        return [$0.inputs[rows], $0.targets[rows]]
      }
    ) { binaryCrossEntropyWithLogits(model($0[0]).squeezed(axis: 1), $0[1]) }
    if compile { trainer.compiled() }
    trainer.strategy = strategy
    if live {
      try trainer.live("train-mlp \(plane.rawValue)").show("decision boundary") {
        .boundary(boundary(of: model, plane, train, side: 50))
      }
    }
    let (losses, time) = try run(trainer, epochs, log, loss: .epochEnds) { $0.epochLoss }
    try plan.finish(model)
    if !plan.isWriter { return }

    let trainAccuracy = accuracy(model, train)
    let testAccuracy = accuracy(model, test)
    try draw(boundary(of: model, plane, train, side: 100), directory)
    try drawLoss(losses, directory)
    try saveWeights(model, directory)
    say(
      "accuracy: \(percent(trainAccuracy)) of the training points, "
        + "\(percent(testAccuracy)) of \(test.count) new ones; \(time.brief)")
    say("wrote boundary.svg, loss.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "test_accuracy": testAccuracy, "train_accuracy": trainAccuracy,
        "seconds": time.seconds, "parameters": model.parameterCount,
      ])
  }

  func accuracy(_ model: MLP, _ points: LabelledPoints) -> Double {
    withoutGradients {
      let isOne = model(points.inputs).squeezed(axis: 1) .> 0
      return (isOne .== (points.targets .> 0.5)).cast(to: .float32).mean().item()
    }
  }

  func boundary(
    of model: MLP, _ plane: PlaneDataset, _ train: LabelledPoints, side: Int
  ) -> DecisionBoundary {
    func range(_ values: [Double]) -> ClosedRange<Double> {
      let (low, high) = (values.min()!, values.max()!)
      let margin = max(high - low, 0.1) * 0.15
      return low - margin...high + margin
    }
    let (x, y) = (range(train.points.map(\.x)), range(train.points.map(\.y)))
    let grid = Tensor(
      DecisionBoundary.grid(x: x, y: y, rows: side, columns: side), shape: [side * side, 2])
    let probabilities = withoutGradients { sigmoid(model(grid)).array() }
    return DecisionBoundary(
      title: "\(plane.rawValue): prediction", probabilities: probabilities, rows: side,
      columns: side, x: x, y: y,
      points: zip(train.points, train.labels).map { .init(x: $0.x, y: $0.y, label: $1) })
  }

  func draw(_ plot: DecisionBoundary, _ directory: OutputDirectory) throws {
    try AtomicFile.write(plot.svg(), to: directory.file("boundary.svg"))
    let style = TerminalStyle.detected(isTerminal: isatty(STDERR_FILENO) != 0)
    say(plot.terminal(style: style).joined(separator: "\n"))
  }
}

extension LabelledPoints {
  /// [N, 2].
  var inputs: Tensor { Tensor(points.flatMap { [Float($0.x), Float($0.y)] }, shape: [count, 2]) }
  /// 0 or 1, [N].
  var targets: Tensor { Tensor(labels.map(Float.init)) }
}

// MARK: Images of digits

extension TrainMLP {
  func trainImages(
    _ source: Source, _ train: LabelledImages, _ test: LabelledImages,
    _ directory: OutputDirectory, _ log: MetricsLog, _ plan: RankPlan
  ) throws {
    let epochs = epochs ?? 10
    let model = MLP(sizes: [train.rows * train.columns, 256, 128, 10])
    let (optimizer, strategy) = try optimizer(model, learningRate: learningRate ?? 1e-3, plan)
    plan.tell(
      "\(source.rawValue): \(train.count) images, \(test.count) to test, "
        + "\(model.parameterCount) parameters")

    let loader = DataLoader(train, batchSize: batchSize ?? 64, seed: seed)
    try checkShares(of: train.count, loader.batchSize, plan)
    let trainer = Trainer(
      model, optimizer, on: TrainingData(loader), count: { plan.share(of: $0.count).count },
      arguments: {
        let rows = plan.share(of: $0.count)
        return [$0.inputs[rows], $0.targets[rows]]
      }
    ) { crossEntropy(model($0[0]), $0[1]) }
    if compile { trainer.compiled() }
    trainer.strategy = strategy
    trainer.validate(every: .epochs(1)) {
      [
        "test_accuracy": Fledge.accuracy(of: model, on: DataLoader(test, batchSize: 500)) {
          (model($0.inputs), $0.targets)
        }
      ]
    }
    if live {
      let shown = test.batch(indices: Array(0..<min(20, test.count)))
      let inputs = shown.inputs
      try trainer.live("train-mlp \(source.rawValue)").show("test images") {
        answers(of: model, inputs, shown)
      }
    }
    let (losses, time) = try run(trainer, epochs, log, loss: .stepEnds) { $0.loss }
    let testAccuracy = trainer.validation[0].value
    try plan.finish(model)
    if !plan.isWriter { return }

    try drawLoss(losses, directory)
    try drawExamples(model, test, directory)
    try saveWeights(model, directory)
    say("test accuracy: \(percent(testAccuracy)) after \(epochs) epochs; \(time.brief)")
    say(
      "wrote loss.svg, examples.svg, metrics.jsonl and model.safetensors to \(directory.path)")
    try log.write(
      "final",
      [
        "test_accuracy": testAccuracy, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  func images(_ source: Source) throws -> (train: LabelledImages, test: LabelledImages) {
    if let mnist {
      let files = try MNIST.load(directory: URL(fileURLWithPath: mnist, isDirectory: true))
      return (files.train, files.test)
    }
    return (
      DrawnDigits.images(count: 4000, seed: seed),
      DrawnDigits.images(count: 1000, seed: seed &+ 1_000_000)
    )
  }

  /// Test images with the model's answers, for the page in the browser.
  func answers(of model: MLP, _ inputs: Tensor, _ shown: LabelledImages) -> LivePicture {
    let predicted = model(inputs).argmax(axis: 1).array(of: Int.self)
    return .images(
      inputs.reshaped([shown.count, 1, shown.rows, shown.columns]),
      captions: predicted.map(String.init),
      faults: zip(predicted, shown.labels).map { $0 != Int($1) })
  }

  func drawExamples(
    _ model: MLP, _ test: LabelledImages, _ directory: OutputDirectory
  ) throws {
    let shown = test.batch(indices: Array(0..<min(12, test.count)))
    let predicted = withoutGradients { model(shown.inputs).argmax(axis: 1).array(of: Int.self) }
    var grid = ImageGrid(
      title: "test images and predictions", imageWidth: test.columns,
      imageHeight: test.rows)
    for i in 0..<shown.count {
      grid.add(
        shown.image(i).map { Float($0) / 255 }, predicted: predicted[i],
        actual: Int(shown.labels[i]))
    }
    try AtomicFile.write(grid.svg(), to: directory.file("examples.svg"))
  }
}

extension LabelledImages {
  /// Grey values in 0…1, [N, rows · columns].
  var inputs: Tensor {
    Tensor(pixels, shape: [count, rows * columns]).cast(to: .float32) / 255
  }
}

// MARK: What both do

extension TrainMLP {
  /// Trains, and collects the loss each time the hook is called. Ctrl-C ends the run at once: it is
  /// too short to need checkpoints.
  func run<Batch>(
    _ trainer: Trainer<Batch>, _ epochs: Int, _ log: MetricsLog, loss hook: TrainingHook,
    _ loss: @escaping (Trainer<Batch>) -> Double
  ) throws -> (losses: [Double], time: Duration) {
    var losses: [Double] = []
    trainer.on(hook) { losses.append(loss($0)) }
    trainer.record(to: log, .epochs)
    trainer.progress = .standardError
    trainer.handlesInterrupts = false
    let start = ContinuousClock.now
    try trainer.train(until: .epochs(epochs))
    return (losses, ContinuousClock.now - start)
  }

  func drawLoss(_ losses: [Double], _ directory: OutputDirectory) throws {
    var chart = LineChart(title: "training loss", xLabel: "step", yLabel: "loss")
    chart.add(
      "loss", x: losses.indices.map { Double($0 + 1) }, y: losses, style: .smoothed(weight: 0.95))
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
  }

  func saveWeights(_ model: Module, _ directory: OutputDirectory) throws {
    try model.save(to: directory.file("model.safetensors"))
  }

  func percent(_ fraction: Double) -> String { String(format: "%.2f%%", fraction * 100) }
}

TrainMLP.main()
