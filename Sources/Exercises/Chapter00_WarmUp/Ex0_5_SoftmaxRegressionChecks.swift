import FledgeCore
import FledgeCourse
import FledgeData
import Foundation

/// Images and labels that follow a formula, as `make_warm_up_golden.py` has it.
private func formulaDigits(_ count: Int, inputs: Int, classes: Int) -> (Matrix, [Int]) {
  var (pixels, labels): ([Double], [Int]) = ([], [])
  for i in 0..<count {
    labels.append((7 * i + i * i / 3) % classes)
    for j in 0..<inputs {
      let byte = (37 * i * i + 101 * j + 13 * i * j) % 256
      pixels.append(Double(byte) / 255)
    }
  }
  return (Matrix(count, inputs, values: pixels), labels)
}

private func tensor(_ x: Matrix) -> Tensor { Tensor(x.values, shape: [x.rows, x.columns]) }

let checks0_5: [Check] = [
  Check("the softmax of a row is positive and sums to 1") { c in
    let result = SoftmaxRegression.softmax(Matrix(2, 3, values: [0, 0, 0, 0, log(2.0), log(5.0)]))
    let thirds = [1.0 / 3, 1.0 / 3, 1.0 / 3]
    c.expect(Array(result.values[0..<3]), near: thirds, "softmax of [0, 0, 0]")
    c.expect(
      Array(result.values[3...]), near: [0.125, 0.25, 0.625], "softmax of [ln 1, ln 2, ln 5]")
  },
  Check("who knows nothing loses ln 10") { c in
    c.expect(
      SoftmaxRegression.loss(logits: Matrix(zeros: 7, 10), labels: [0, 1, 2, 3, 9, 9, 9]),
      near: 2.3025850, tolerance: 1e-7, "the loss of zero logits for 10 classes")
  },
  Check("the loss is the mean over the rows") { c in
    // −ln(1/8), −ln(5/8) and their mean.
    let row = [0, log(2.0), log(5.0)]
    let logits = Matrix(2, 3, values: row + row)
    c.expect(
      SoftmaxRegression.loss(logits: logits, labels: [0, 2]), near: (log(8.0) + log(1.6)) / 2,
      "the loss of the row [ln 1, ln 2, ln 5] with the labels 0 and 2")
  },
  Check("large logits do no harm") { c in
    let logits = Matrix(2, 2, values: [1000, 1001, -1000, -1001])
    let small = 1 / (1 + M_E)
    c.expect(
      SoftmaxRegression.softmax(logits).values, near: [small, 1 - small, 1 - small, small],
      "softmax of the rows [1000, 1001] and [−1000, −1001]")
    c.expect(
      SoftmaxRegression.loss(logits: logits, labels: [0, 0]),
      near: (log(1 + M_E) + log(1 + 1 / M_E)) / 2, "their loss, both labels 0")
    c.expect(
      SoftmaxRegression.loss(logits: Matrix(1, 2, values: [1000, 0]), labels: [1]), near: 1000,
      "the loss of [1000, 0] with label 1: very wrong, and still a number")
  },
  Check("the slopes by the logits sum to 0 in each row") { c in
    let logits = Matrix(2, 3, values: [0, log(2.0), log(5.0), 0, 0, 0])
    c.expect(
      SoftmaxRegression.logitGradient(logits: logits, labels: [1, 0]).values,
      near: [0.0625, -0.375, 0.3125, -1.0 / 3, 1.0 / 6, 1.0 / 6],
      "slopes for [ln 1, ln 2, ln 5] with label 1 and [0, 0, 0] with label 0")
  },
  Check("the slopes by the weights are what small steps measure") { c in
    let (images, labels) = formulaDigits(6, inputs: 5, classes: 3)
    var model = SoftmaxRegression(inputs: 5, classes: 3)
    for i in model.weights.values.indices { model.weights.values[i] = Double(i % 7) / 7 - 0.4 }
    let gradient = model.gradient(images: images, labels: labels)
    guard c.expect([gradient.rows, gradient.columns], equals: [5, 3], "the shape of the gradient")
    else { return }
    func loss(moving place: Int, by step: Double) -> Double {
      var moved = model
      moved.weights.values[place] += step
      return SoftmaxRegression.loss(logits: moved.logits(images), labels: labels)
    }
    let measured = gradient.values.indices.map {
      (loss(moving: $0, by: 1e-5) - loss(moving: $0, by: -1e-5)) / 2e-5
    }
    c.expect(gradient.values, near: measured, "the gradient of 6 images, 5 inputs, 3 classes")
  },
  Check("one step goes against the slope") { c in
    let (images, labels) = formulaDigits(8, inputs: 5, classes: 3)
    var model = SoftmaxRegression(inputs: 5, classes: 3)
    let before = model.gradient(images: images, labels: labels)
    c.step("softmax", tensor(SoftmaxRegression.softmax(model.logits(images))))
    c.step("gradient", tensor(before))
    model.epoch(images: images, labels: labels, learningRate: 0.5, batchSize: 8)
    c.step("weights", tensor(model.weights))
    c.expect(
      model.weights.values, near: before.values.map { -0.5 * $0 },
      "the weights after one step at rate 0.5 from zero")
    c.expect(
      SoftmaxRegression.loss(logits: model.logits(images), labels: labels) < log(3.0),
      "the loss is below ln 3 after the step")
  },
  Check("an epoch of 25 images in batches of 10 ends where NumPy ends") { c in
    let (images, labels) = formulaDigits(25, inputs: 12, classes: 4)
    var model = SoftmaxRegression(inputs: 12, classes: 4)
    model.epoch(images: images, labels: labels, learningRate: 0.1, batchSize: 10)
    c.expect(model.weights.norm, near: 0.0646193, "the norm of the weights")
    c.expect(
      SoftmaxRegression.loss(logits: model.logits(images), labels: labels), near: 1.3727110,
      "the loss")
  },
  Check("a batch may be larger than all the data") { c in
    let (images, labels) = formulaDigits(8, inputs: 5, classes: 3)
    var (exact, large) = (
      SoftmaxRegression(inputs: 5, classes: 3), SoftmaxRegression(inputs: 5, classes: 3)
    )
    exact.epoch(images: images, labels: labels, learningRate: 0.5, batchSize: 8)
    large.epoch(images: images, labels: labels, learningRate: 0.5, batchSize: 100)
    c.expect(
      large.weights.values, near: exact.weights.values,
      "the weights after an epoch of 8 images in batches of 100: one batch of 8")
  },
  Check("the first 100 images of MNIST give the weights of needle's homework") { c in
    guard let folder = ProcessInfo.processInfo.environment["FLEDGE_MNIST"] else {
      return c.skip(
        "FLEDGE_MNIST is not set: give it the folder of the MNIST files to try them, too")
    }
    let mnist = try MNIST.load(directory: URL(filePath: folder)).train
    guard mnist.count >= 100, mnist.labels.starts(with: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]) else {
      return c.skip("the files in \(folder) do not begin as MNIST's training set does: 5 0 4 1 9 …")
    }
    let images = Matrix(100, 784, values: mnist.pixels[..<78400].map { Double($0) / 255 })
    var model = SoftmaxRegression(inputs: 784, classes: 10)
    model.epoch(
      images: images, labels: mnist.labels[..<100].map { Int($0) }, learningRate: 0.1, batchSize: 10
    )
    c.expect(model.weights.norm, near: 1.0947356, "the norm of the weights")
  },
]
