import FledgeCore
import FledgeCourse
import FledgeData
import Foundation

/// Trains exercise 0.7's network on digits, and softmax regression beside it.
///
/// The digits are drawn, or MNIST's if `FLEDGE_MNIST` names the folder of its files. Either way they
/// pass through exercise 0.4's reader.
func milestone0(_ run: MilestoneRun) throws {
  let (train, test) = try digits(run)
  var labels = train.labels
  if run.control == "shuffled-labels" {
    labels = Generator(seed: 1).permutation(labels.count).map { labels[$0] }
  }
  let rate = run.control == "zeroed-gradient" ? 0 : 0.5

  let inputs = train.images.columns
  let start = TwoLayerNetwork(
    inputs: inputs, hidden: 100, classes: 10, generator: Generator(seed: 2))
  let network = RawNetwork(start, batchSize: 50)
  var regression = SoftmaxRegression(inputs: inputs, classes: 10)
  let pixels = train.images.values.map { Float($0) }
  for epoch in 1...10 {
    network.epoch(
      images: pixels, labels: labels, learningRate: Float(rate), batchSize: 50,
      product: RawProducts.byBLAS)
    regression.epoch(images: train.images, labels: labels, learningRate: rate, batchSize: 50)
    run.record(
      "loss",
      SoftmaxRegression.loss(logits: network.network.logits(test.images), labels: test.labels),
      at: epoch, of: 10)
    run.record(
      "accuracy",
      SoftmaxRegression.accuracy(logits: network.network.logits(test.images), labels: test.labels),
      at: epoch, of: 10)
    if epoch.isMultiple(of: 5) {
      let loss = SoftmaxRegression.loss(
        logits: network.network.logits(test.images), labels: test.labels)
      run.progress("epoch \(epoch): loss \(loss) on unseen digits")
    }
  }

  func accuracy(_ logits: Matrix) -> Double {
    SoftmaxRegression.accuracy(logits: logits, labels: test.labels)
  }
  let oneLayer = accuracy(regression.logits(test.images))
  let logits = network.network.logits(test.images)
  run.report("accuracy", run.control == "one-layer" ? oneLayer : accuracy(logits))
  run.report("accuracy of softmax regression", oneLayer)
  run.report("loss", SoftmaxRegression.loss(logits: logits, labels: test.labels))
  run.report("parameters", Double(start.first.values.count + start.second.values.count))

  /// How long 1000 digits take, in milliseconds.
  func milliseconds(_ product: RawProduct) -> Double {
    let thousand = (Array(pixels.prefix(1000 * inputs)), Array(labels.prefix(1000)))
    let network = RawNetwork(start, batchSize: 50)
    let begin = ContinuousClock.now
    network.epoch(
      images: thousand.0, labels: thousand.1, learningRate: 0.1, batchSize: 50, product: product)
    return (ContinuousClock.now - begin) / .milliseconds(1)
  }
  run.report("ms for 1000 digits, products by hand", milliseconds(RawProducts.byHand))
  run.report("ms for 1000 digits, products by BLAS", milliseconds(RawProducts.byBLAS))
}

/// Digits to learn from, and unseen ones.
private func digits(_ run: MilestoneRun) throws -> (train: Digits, test: Digits) {
  guard let folder = ProcessInfo.processInfo.environment["FLEDGE_MNIST"] else {
    run.progress(
      "2000 drawn digits; set FLEDGE_MNIST to the folder of the MNIST files for real ones")
    let drawn = DrawnDigits.images(count: 3000, seed: 3)
    return try (
      read(drawn.batch(indices: Array(0..<2000))), read(drawn.batch(indices: Array(2000..<3000)))
    )
  }
  let mnist = try MNIST.load(directory: URL(filePath: folder))
  let (train, test) = (min(mnist.train.count, 10_000), min(mnist.test.count, 2000))
  run.progress("\(train) digits of MNIST")
  return try (
    read(mnist.train.batch(indices: Array(0..<train))),
    read(mnist.test.batch(indices: Array(0..<test)))
  )
}

/// Writes images as IDX files are and reads them back with the learner's reader.
private func read(_ images: LabelledImages) throws -> Digits {
  func file(_ dimensions: [Int], _ elements: [UInt8]) throws -> DigitFile {
    var bytes: [UInt8] = [0, 0, 8, UInt8(dimensions.count)]
    for size in dimensions {
      for shift in [24, 16, 8, 0] { bytes.append(UInt8(size >> shift & 255)) }
    }
    return try DigitFile(bytes + elements)
  }
  return try Digits(
    images: file([images.count, images.rows, images.columns], images.pixels),
    labels: file([images.count], images.labels))
}
