import ArgumentParser
import ExampleRanks
import Fledge
import FledgeStudio
import Foundation

/// One training run, new or resumed.
struct Session {
  let settings: Settings
  let data: ImageData
  let model: ResNet9
  let trainer: Trainer<LabelledImages>
  let plan: RankPlan
  private let inputs: (LabelledImages) -> Tensor

  init(_ settings: Settings, _ data: ImageData, _ plan: RankPlan) throws {
    let model = ResNet9(classes: data.classNames.count)
    let (mean, deviation) = data.train.channelStatistics
    let inputs = { (batch: LabelledImages) in
      batch.normalized(mean: mean, standardDeviation: deviation)
    }
    // A rank with one image would have no variance to normalize by.
    try plan.check(smallestBatch: settings.batchSize, of: "images", each: 2)
    let augmented = data.train.augmented { batch, generator in
      batch.transformed([.horizontalFlip(), .crop(padding: 3)], generator)
    }
    // A last batch of one image would have no variance to normalize by.
    let loader = DataLoader(
      augmented, batchSize: settings.batchSize, seed: settings.seed, dropLast: true)
    let (optimizer, strategy) = try plan.optimizer(
      model.parameterGroups(
        learningRate: settings.learningRate, decayingMatricesBy: settings.weightDecay)
    ) { AdamW($0) }
    // Each rank changes the same batch in the same way and takes its part.
    trainer = Trainer(
      model, optimizer, on: TrainingData(loader), count: { plan.share(of: $0.count).count }
    ) {
      let rows = plan.share(of: $0.count)
      return crossEntropy(model(inputs($0)[rows]), $0.targets[rows])
    }
    trainer.strategy = strategy
    let steps = settings.epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: min(100, steps / 5), total: steps)
    (self.settings, self.data, self.plan) = (settings, data, plan)
    (self.model, self.inputs) = (model, inputs)
  }

  func train(_ directory: OutputDirectory, json: Bool, live: Bool) throws {
    let log = try plan.log(
      directory.file("metrics.jsonl"), standardOutput: json,
      mode: trainer.step == 0 ? .replacing : .appending(afterStep: trainer.step))
    trainer.record(to: log, [.steps, .epochs])
    trainer.validate(every: .epochs(1)) { ["test_accuracy": confusion().accuracy] }
    trainer.checkpoints = CheckpointPlan(
      last: directory.file("checkpoint.safetensors"), settings: settings, every: .epochs(1),
      resumeCommand: "train-resnet --resume --out \(directory.path)")
    trainer.progress = .standardError
    trainer.unit = "images"
    plan.tell("\(model)\n\(data.train.count) images, \(data.test.count) to test")
    if trainer.step > 0 { plan.tell("going on after step \(trainer.step)") }
    if live {
      let run = try trainer.live("train-resnet")
      let shown = data.test.batch(indices: Array(0..<min(20, data.test.count)))
      let images = shown.normalized()
      run.show("test images") { answers(to: shown, images) }
      trainer.on(.validationEnds) { _ in
        run.show("test images: class and answer", once: .confusion(confusion()))
      }
    }
    let start = ContinuousClock.now
    if try trainer.train(until: .epochs(settings.epochs)) == .interrupted { throw ExitCode(130) }
    try plan.finish(model)
    if plan.isWriter { try report(directory, log, ContinuousClock.now - start) }
  }

  private func report(_ directory: OutputDirectory, _ log: MetricsLog, _ time: Duration) throws {
    let events = try readMetrics(from: directory.file("metrics.jsonl"))
    var chart = LineChart(title: "training loss", xLabel: "step", yLabel: "loss")
    chart.series = [.init("loss", events.points("loss"), style: .smoothed(weight: 0.9))]
    try AtomicFile.write(chart.svg(), to: directory.file("loss.svg"))
    ProgressOutput.standardError.draw(chart)
    let confusion = confusion()
    try AtomicFile.write(
      confusion.heatMap(title: "test images: class and answer").svg(),
      to: directory.file("confusion.svg"))
    say(
      "test accuracy: \(String(format: "%.2f%%", confusion.accuracy * 100)) after "
        + "\(trainer.epoch) epochs; \(time.brief)")
    say(
      "wrote loss.svg, confusion.svg, metrics.jsonl and checkpoint.safetensors to "
        + directory.path)
    try log.write(
      "final",
      [
        "test_accuracy": confusion.accuracy, "seconds": time.seconds,
        "parameters": model.parameterCount,
      ])
  }

  /// Test images, with what the model takes them for.
  private func answers(to shown: LabelledImages, _ images: Tensor) -> LivePicture {
    let predicted = model.evaluating { model(inputs(shown)).argmax(axis: 1).array(of: Int.self) }
    return .images(
      images, captions: predicted.map { data.classNames[$0] },
      faults: zip(predicted, shown.labels).map { $0 != Int($1) })
  }

  /// The model's predictions for the test images.
  private func confusion() -> ConfusionMatrix {
    model.evaluating {
      var matrix = ConfusionMatrix(classNames: data.classNames)
      for batch in DataLoader(data.test, batchSize: 500, seed: nil) {
        matrix.add(model(inputs(batch)), batch.targets)
      }
      return matrix
    }
  }
}
