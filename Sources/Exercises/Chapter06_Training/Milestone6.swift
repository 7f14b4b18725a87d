import FledgeCore
import FledgeCourse
import FledgeData
import FledgeNN
import FledgeOptim
import Foundation

/// Trains an MLP-ResNet on drawn digits with the learner's AdamW, schedule, clipping and loop, saves
/// the run half way, and takes it up again in a new model: both must end with the same bits.
func milestone6(_ run: MilestoneRun) throws {
  let file = FileManager.default.temporaryDirectory
    .appending(path: "milestone6-\(UUID().uuidString).safetensors")
  defer { try? FileManager.default.removeItem(at: file) }
  let start = ContinuousClock.now
  let digits = DigitTensors(run.control)

  let whole = DigitRun(seed: 1, run.control)
  try whole.train(on: digits, until: DigitRun.steps / 2, run)
  try TrainingCheckpoint.save(
    whole.model, whole.trainer.optimizer, whole.generator, step: whole.trainer.step, to: file.path)
  run.progress("saved half way, after step \(whole.trainer.step)")
  try whole.train(on: digits, until: DigitRun.steps, run)

  let resumed = DigitRun(seed: 2, run.control)
  try resumed.resume(from: file.path, run.control)
  try resumed.train(on: digits, until: DigitRun.steps)
  let differing = whole.elementsThatDiffer(from: resumed)
  let result = resumed.trainer.evaluate(digits.testImages, digits.testLabels)
  run.progress(
    "the resumed run ends with \(differing == 0 ? "the same bits" : "other weights")"
      + String(format: ", %.1f %% of the test digits right", 100 * result.accuracy))

  let plain = DigitRun(seed: 1, run.control, isPlain: true)
  try plain.train(on: digits, until: DigitRun.steps)
  let plainResult = plain.trainer.evaluate(digits.testImages, digits.testLabels)

  // A run that differs after resuming does not count, however good it is.
  run.report("accuracy", differing == 0 ? result.accuracy : 0)
  run.report("loss", result.loss)
  run.report("accuracy with momentum SGD", plainResult.accuracy)
  run.report("elements that differ after resuming", Double(differing))
  run.report("parameters", Double(whole.model.parameterCount))
  let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
  run.report("bytes of the checkpoint", (attributes[.size] as? NSNumber)?.doubleValue ?? .nan)
  run.report("seconds", (ContinuousClock.now - start) / .seconds(1))
}

/// 3,000 drawn digits to train on and 500 others to test with.
private struct DigitTensors {
  let images: Tensor
  let labels: Tensor
  let testImages: Tensor
  let testLabels: Tensor

  init(_ control: String?) {
    var training = DrawnDigits.images(count: 3000, seed: 1)
    if control == "shuffled-labels" {
      training.labels = Generator(seed: 3).permutation(training.count).map { training.labels[$0] }
    }
    (images, labels) = Self.tensors(training)
    (testImages, testLabels) = Self.tensors(DrawnDigits.images(count: 500, seed: 2))
  }

  /// Pixels from 0 to 1, [N, 784], and labels [N].
  private static func tensors(_ digits: LabelledImages) -> (Tensor, Tensor) {
    let pixels = digits.pixels.map { Float($0) / 255 }
    return (
      Tensor(pixels, shape: [digits.count, digits.imageSize]), Tensor(digits.labels.map { Int($0) })
    )
  }
}

/// A training run: everything in it is the learner's, but for the layers.
private final class DigitRun {
  static let steps = 240
  static let batch = 64

  let model: Sequential
  let trainer: ClassifierTrainer
  /// Draws the first weights, the batches and what drops out.
  let generator: Generator

  init(seed: UInt64, _ control: String?, isPlain: Bool = false) {
    let generator = Generator(seed: seed)
    self.generator = generator
    model = withGenerator(generator) { mlpResNet(inputs: 784) }
    let rate = control == "zeroed-rate" ? 0 : 1.0
    let parameters = model.parameters()
    let optimizer: Optimizer =
      isPlain
      ? MomentumSGD(
        parameters, learningRate: 0.1 * rate, momentum: 0.9, isNesterov: true, weightDecay: 1e-4)
      : AdamOptimizer(
        parameters, learningRate: 0.005 * rate, weightDecay: 0.01, isDecoupled: true)
    trainer = ClassifierTrainer(
      model, optimizer, schedule: WarmUpCosine(warmUp: 20, total: Self.steps, minimum: 0.01),
      maximumNorm: 1)
  }

  /// Steps on random batches until `last` steps are done; tells `run` how it goes, where there is one.
  func train(on digits: DigitTensors, until last: Int, _ run: MilestoneRun? = nil) throws {
    while trainer.step < last {
      let indices = Tensor(
        (0..<Self.batch).map { _ in generator.integer(below: digits.labels.count) })
      let (loss, norm) = withGenerator(generator) {
        trainer.takeStep(digits.images.take(indices), digits.labels.take(indices))
      }
      run?.record("loss", loss, at: trainer.step, of: Self.steps)
      run?.record("gradient_norm", norm, at: trainer.step, of: Self.steps)
      if trainer.step % 40 == 0 {
        run?.progress(
          String(format: "step %3d   loss %.4f   gradient norm %.2f", trainer.step, loss, norm))
      }
    }
  }

  func resume(from path: String, _ control: String?) throws {
    let other = AdamOptimizer(model.parameters(), learningRate: 0)
    let forgets = control == "forgets-the-optimizer"
    trainer.step = try TrainingCheckpoint.load(
      path, into: model, forgets ? other : trainer.optimizer,
      control == "forgets-the-generator" ? Generator(seed: 0) : generator)
  }

  /// How many numbers of the model have other bits than those of `other`.
  func elementsThatDiffer(from other: DigitRun) -> Int {
    zip(model.stateDict(), other.model.stateDict()).reduce(0) { sum, pair in
      sum
        + zip(pair.0.value.array(), pair.1.value.array()).count { $0.bitPattern != $1.bitPattern }
    }
  }
}
