import FledgeCore
import FledgeCourse
import FledgeData
import FledgeModels
import FledgeNN
import FledgeOptim
import Foundation

/// Trains train-mlp's network on drawn digits that are moved at random, from batches that the learner's
/// thread makes; then the first 200 steps once more in two parts, by the learner's loader: they must have
/// the same losses.
func milestone7(_ run: MilestoneRun) throws {
  let start = ContinuousClock.now
  var drawn = DrawnDigits.images(count: 2000, seed: 1)
  if run.control == "shuffled-labels" {
    drawn.labels = Generator(seed: 3).permutation(drawn.count).map { drawn.labels[$0] }
  }
  let digits = MovedDigits(drawn, most: run.control == "never-moved" ? 0 : 4)
  let test = MovedDigits(DrawnDigits.images(count: 500, seed: 2), most: 4)
    .batch(indices: Array(0..<500), generator: Generator(seed: 5))

  let whole = MovedRun(digits)
  for epoch in 0..<MovedRun.epochs {
    let before = whole.losses.count
    try whole.trainByThread(epoch: epoch)
    for step in before..<whole.losses.count {
      run.record("loss", whole.losses[step], at: step + 1, of: MovedRun.steps)
    }
    if epoch % 5 == 4 {
      run.progress(String(format: "epoch %2d   loss %.4f", epoch + 1, whole.losses.last!))
    }
  }

  let resumed = MovedRun(digits)
  let (stop, last) = (107, 200)
  resumed.trainByLoader(until: stop)
  let saved = resumed.loader.position
  resumed.loader = BatchLoader(digits, MovedRun.plan)
  resumed.loader.position =
    run.control == "forgets-the-position" ? DataPosition(epoch: saved.epoch, batch: 0) : saved
  resumed.trainByLoader(until: last)
  let differing = zip(whole.losses, resumed.losses).count { $0.bitPattern != $1.bitPattern }
  run.progress(
    "stopped after step \(stop), in epoch \(saved.epoch + 1), and taken up: "
      + (differing == 0 ? "the same losses" : "\(differing) other losses"))

  // A run that differs after resuming does not count, however good it is.
  run.report("accuracy", differing == 0 ? whole.accuracy(test) : 0)
  run.report("losses that differ after resuming", Double(differing))
  run.report("steps", Double(whole.losses.count))
  run.report("seconds", (ContinuousClock.now - start) / .seconds(1))
}

/// Digits that are moved by up to `most` pixels, differently in each batch.
private struct MovedDigits: Dataset {
  let images: [ChannelImage]
  let labels: [Int]
  let most: Int

  init(_ digits: LabelledImages, most: Int) {
    images = (0..<digits.count).map { number in
      ChannelImage(
        1, digits.rows, digits.columns, pixels: digits.image(number).map { Float($0) / 255 })
    }
    labels = digits.labels.map { Int($0) }
    self.most = most
  }

  var count: Int { labels.count }

  /// Pixels [N, 784] and labels [N].
  struct Batch: Sendable {
    let pixels: Tensor
    let labels: Tensor
  }

  func batch(indices: [Int]) -> Batch { batch(indices.map { images[$0] }, of: indices) }

  func batch(indices: [Int], generator: Generator) -> Batch {
    batch(
      indices.map { images[$0].augmented(flipping: false, movingBy: most, using: generator) },
      of: indices)
  }

  private func batch(_ images: [ChannelImage], of indices: [Int]) -> Batch {
    let pixels = images.flatMap(\.pixels)
    return Batch(
      pixels: Tensor(pixels, shape: [indices.count, pixels.count / indices.count]),
      labels: Tensor(indices.map { labels[$0] }))
  }
}

/// A training run of 784-256-128-10 with Adam.
private final class MovedRun {
  static let epochs = 15
  static let plan = BatchPlan(count: 2000, batchSize: 50, seed: 9)
  static var steps: Int { epochs * plan.batchesPerEpoch }

  let digits: MovedDigits
  var loader: BatchLoader<MovedDigits>
  let model: MLP
  let optimizer: Adam
  private(set) var losses: [Double] = []

  init(_ digits: MovedDigits) {
    self.digits = digits
    loader = BatchLoader(digits, Self.plan)
    model = withGenerator(Generator(seed: 4)) { MLP(sizes: [784, 256, 128, 10]) }
    optimizer = Adam(model.parameters(), learningRate: 1e-3)
  }

  private func step(on batch: MovedDigits.Batch) {
    optimizer.zeroGrad()
    let loss = crossEntropy(model(batch.pixels), batch.labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
  }

  /// An epoch of batches that a thread makes ahead.
  func trainByThread(epoch: Int) throws {
    let (digits, plan) = (digits, Self.plan)
    let thread = PrefetchThread(count: plan.batchesPerEpoch, ahead: 3) { number in
      digits.batch(
        indices: plan.examples(ofBatch: number, epoch: epoch),
        generator: plan.generator(ofBatch: number, epoch: epoch))
    }
    while let batch = try thread.next() { step(on: batch) }
  }

  /// Steps on the loader's batches until `last` steps are done, wherever that is.
  func trainByLoader(until last: Int) {
    while losses.count < last {
      for batch in loader {
        step(on: batch)
        if losses.count == last { break }
      }
    }
  }

  func accuracy(_ test: MovedDigits.Batch) -> Double {
    withoutGradients {
      (model(test.pixels).argmax(axis: 1) .== test.labels).cast(to: .float32).mean().item()
    }
  }
}
