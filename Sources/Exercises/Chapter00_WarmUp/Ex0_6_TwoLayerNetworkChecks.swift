import FledgeCore
import FledgeCourse
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

/// Weights that follow a formula, as `make_warm_up_golden.py` has it.
private func formulaWeights(_ rows: Int, _ columns: Int, phase: Int) -> Matrix {
  var weights = Matrix(zeros: rows, columns)
  for i in 0..<rows {
    for j in 0..<columns {
      let number = (7 * i + 11 * j + phase) % 13
      weights[i, j] = Double(number - 6) / 20
    }
  }
  return weights
}

private func tensor(_ x: Matrix) -> Tensor { Tensor(x.values, shape: [x.rows, x.columns]) }

private func loss(_ network: TwoLayerNetwork, _ images: Matrix, _ labels: [Int]) -> Double {
  SoftmaxRegression.loss(logits: network.logits(images), labels: labels)
}

/// The slopes by all elements of one weight, measured by small steps to both sides.
private func measuredSlopes(
  _ network: TwoLayerNetwork, _ weight: WritableKeyPath<TwoLayerNetwork, Matrix>,
  _ images: Matrix, _ labels: [Int]
) -> [Double] {
  network[keyPath: weight].values.indices.map { place in
    func loss(after step: Double) -> Double {
      var moved = network
      moved[keyPath: weight].values[place] += step
      return SoftmaxRegression.loss(logits: moved.logits(images), labels: labels)
    }
    return (loss(after: 1e-5) - loss(after: -1e-5)) / 2e-5
  }
}

/// Two inputs, two hidden units, two classes: small enough for paper.
private let paper = TwoLayerNetwork(
  first: Matrix(2, 2, values: [1, -1, 2, 1]), second: Matrix(2, 2, values: [1, 0, 0, 3]))

let checks0_6: [Check] = [
  Check("the hidden layer lets only positive sums through") { c in
    // [1, 2] · W₁ = [1 + 4, −1 + 2]; [3, 1] · W₁ = [3 + 2, −3 + 1].
    let hidden = paper.hidden(Matrix(2, 2, values: [1, 2, 3, 1]))
    c.expect(
      hidden.values, near: [5, 1, 5, 0], "the hidden layer for the images [1, 2] and [3, 1]")
    c.expect([hidden.rows, hidden.columns], equals: [2, 2], "its shape")
    c.expect(
      paper.hidden(Matrix(1, 2, values: [100, 200])).values, near: [500, 100],
      "for the image [100, 200]: there is no end above")
  },
  Check("the logits come from the hidden layer") { c in
    c.expect(
      paper.logits(Matrix(2, 2, values: [1, 2, 3, 1])).values, near: [5, 3, 5, 0],
      "the logits of the images [1, 2] and [3, 1]")
  },
  Check("gradients have the shapes of their weights") { c in
    let (images, labels) = formulaDigits(6, inputs: 5, classes: 3)
    let network = TwoLayerNetwork(
      inputs: 5, hidden: 7, classes: 3, generator: Generator(seed: 1))
    let slopes = network.gradients(images: images, labels: labels)
    c.expect([slopes.first.rows, slopes.first.columns], equals: [5, 7], "the slopes by W₁")
    c.expect([slopes.second.rows, slopes.second.columns], equals: [7, 3], "the slopes by W₂")
  },
  Check("the gradients are what small steps measure") { c in
    c.forRandomCases(4) { generator in
      let network = TwoLayerNetwork(inputs: 5, hidden: 7, classes: 3, generator: generator)
      let pixels = (0..<30).map { _ in generator.uniform() }
      let images = Matrix(6, 5, values: pixels)
      let labels = (0..<6).map { _ in generator.integer(below: 3) }
      let slopes = network.gradients(images: images, labels: labels)
      c.expect(
        slopes.second.values, near: measuredSlopes(network, \.second, images, labels),
        "the slopes by W₂ of 6 images, 5 inputs, 7 hidden units, 3 classes")
      c.expect(
        slopes.first.values, near: measuredSlopes(network, \.first, images, labels),
        "the slopes by W₁")
    }
  },
  Check("a unit that lets nothing through learns nothing") { c in
    var network = TwoLayerNetwork(inputs: 5, hidden: 7, classes: 3, generator: Generator(seed: 2))
    for i in 0..<5 { network.first[i, 4] = -1 }
    let (images, labels) = formulaDigits(6, inputs: 5, classes: 3)
    let slopes = network.gradients(images: images, labels: labels)
    c.expect(
      (0..<5).map { slopes.first[$0, 4] }, near: [0, 0, 0, 0, 0],
      "the slopes by the weights of a hidden unit whose sum is negative for each image")
  },
  Check("a step uses the gradients of the weights before it") { c in
    let (images, labels) = formulaDigits(8, inputs: 12, classes: 4)
    let before = TwoLayerNetwork(
      first: formulaWeights(12, 8, phase: 0), second: formulaWeights(8, 4, phase: 5))
    let slopes = before.gradients(images: images, labels: labels)
    c.step("hidden", tensor(before.hidden(images)))
    c.step("logits", tensor(before.logits(images)))
    c.step("W₂", tensor(before.second), gradient: tensor(slopes.second))
    c.step("W₁", tensor(before.first), gradient: tensor(slopes.first))
    var after = before
    after.step(images: images, labels: labels, learningRate: 0.5)
    for (name, old, new, slope) in [
      ("W₁", before.first, after.first, slopes.first),
      ("W₂", before.second, after.second, slopes.second),
    ] {
      c.expect(
        new.values, near: zip(old.values, slope.values).map { $0 - 0.5 * $1 },
        "\(name) after a step at rate 0.5")
    }
  },
  Check("an epoch of 25 images in batches of 10 ends where NumPy ends") { c in
    let (images, labels) = formulaDigits(25, inputs: 12, classes: 4)
    var network = TwoLayerNetwork(
      first: formulaWeights(12, 8, phase: 0), second: formulaWeights(8, 4, phase: 5))
    c.expect(loss(network, images, labels), near: 1.3888951, "the loss before the epoch")
    network.epoch(images: images, labels: labels, learningRate: 0.1, batchSize: 10)
    c.expect(network.first.norm, near: 1.8468659, "the norm of W₁ after it")
    c.expect(network.second.norm, near: 1.0969191, "the norm of W₂ after it")
    c.expect(loss(network, images, labels), near: 1.3859920, "the loss after it")
  },
  Check("two layers learn what one cannot") { c in
    // Exclusive or: no line has (0, 1) and (1, 0) on one side. The last input is always 1.
    let images = Matrix(4, 3, values: [0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1])
    let labels = [0, 1, 1, 0]
    var flat = SoftmaxRegression(inputs: 3, classes: 2)
    var network = TwoLayerNetwork(inputs: 3, hidden: 8, classes: 2, generator: Generator(seed: 3))
    for _ in 0..<300 {
      flat.epoch(images: images, labels: labels, learningRate: 0.5, batchSize: 4)
      network.epoch(images: images, labels: labels, learningRate: 0.5, batchSize: 4)
    }
    c.expect(
      SoftmaxRegression.loss(logits: flat.logits(images), labels: labels), near: log(2.0),
      "the loss of softmax regression on exclusive or stays ln 2")
    c.expect(
      SoftmaxRegression.accuracy(logits: network.logits(images), labels: labels), equals: 1,
      "the accuracy of the network on exclusive or")
  },
]
