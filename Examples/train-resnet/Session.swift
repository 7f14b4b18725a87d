import ArgumentParser
import Fledge
import FledgeStudio
import Foundation

/// One training run, new or resumed.
struct Session {
  let settings: Settings
  let data: ImageData
  let model: ResNet9
  let trainer: Trainer<LabelledImages>
  private let inputs: (LabelledImages) -> Tensor

  init(_ settings: Settings, _ data: ImageData) {
    let model = ResNet9(classes: data.classNames.count)
    let (mean, deviation) = data.train.channelStatistics
    let inputs = { (batch: LabelledImages) in
      batch.normalized(mean: mean, standardDeviation: deviation)
    }
    let augmented = data.train.augmented { batch, generator in
      batch.transformed([.horizontalFlip(), .crop(padding: 3)], generator)
    }
    // A last batch of one image would have no variance to normalize by.
    let loader = DataLoader(
      augmented, batchSize: settings.batchSize, seed: settings.seed, dropLast: true)
    let optimizer = AdamW(
      model.parameterGroups(
        learningRate: settings.learningRate, decayingMatricesBy: settings.weightDecay))
    trainer = Trainer(model, optimizer, on: TrainingData(loader), count: { $0.count }) {
      crossEntropy(model(inputs($0)), $0.targets)
    }
    let steps = settings.epochs * loader.batchesPerEpoch
    trainer.schedule = CosineSchedule(warmUp: min(100, steps / 5), total: steps)
    (self.settings, self.data, self.model, self.inputs) = (settings, data, model, inputs)
  }

  func train(_ directory: OutputDirectory, json: Bool, live: Bool) throws {
    let log = try MetricsLog(
      standardOutput: json, file: directory.file("metrics.jsonl"),
      mode: trainer.step == 0 ? .replacing : .appending(afterStep: trainer.step))
    trainer.record(to: log, [.steps, .epochs])
    trainer.validate(every: .epochs(1)) { ["test_accuracy": confusion().accuracy] }
    trainer.checkpoints = CheckpointPlan(
      last: directory.file("checkpoint.safetensors"), settings: settings, every: .epochs(1),
      resumeCommand: "train-resnet --resume --out \(directory.path)")
    trainer.progress = .standardError
    trainer.unit = "images"
    say("\(model)\n\(data.train.count) images, \(data.test.count) to test")
    if trainer.step > 0 { say("going on after step \(trainer.step)") }
    if live {
      let run = try trainer.live("train-resnet")
      trainer.on(.validationEnds) { _ in
        run.show("test images: class and answer", once: .confusion(confusion()))
      }
    }
    let start = ContinuousClock.now
    if try trainer.train(until: .epochs(settings.epochs)) == .interrupted { throw ExitCode(130) }
    try report(directory, log, ContinuousClock.now - start)
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
