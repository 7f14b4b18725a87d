import FledgeCore
import FledgeCourse
import FledgeData
import Foundation

let checks1_7: [Check] = [
  Check("a neuron is a weighted sum and a bias") { c in
    let neuron = ScalarNeuron(inputs: 2, isRectified: false, generator: Generator(seed: 1))
    set(neuron.parameters, to: [2, -3, 0.5])
    let x = [Scalar(constant: 1), Scalar(constant: 4)]
    c.trying("weights 2 and −3, bias 0.5, inputs 1 and 4") {
      c.expect(neuron(x).value, near: -9.5, "the output of a neuron that is not rectified")
    }
  },
  Check("a rectified neuron never says less than 0") { c in
    let neuron = ScalarNeuron(inputs: 2, isRectified: true, generator: Generator(seed: 1))
    set(neuron.parameters, to: [2, -3, 0.5])
    c.trying("weights 2 and −3, bias 0.5") {
      for (x, expected) in [([4.0, 1], 5.5), ([1, 4], 0)] {
        c.expect(
          neuron(x.map { Scalar(constant: $0) }).value, near: expected, "the output for \(x)")
      }
    }
  },
  Check("a network of 2-16-16-1 has 337 parameters, and its score depends on them") { c in
    let network = ScalarMLP([2, 16, 16, 1], seed: 1)
    c.expect(network.parameters.count, equals: 337, "the number of parameters")
    let score = network.score(SIMD2(0.3, -0.2))
    let reached = Set(score.topologicalOrder().map { ObjectIdentifier($0) })
    let members = network.parameters.filter { reached.contains(ObjectIdentifier($0)) }
    // A neuron's weights are in the graph even where its output is 0.
    c.expect(members.count, equals: 337, "parameters in the graph of a score")
  },
  Check("the scores are those of PyTorch") { c in
    let network = sineNetwork()
    let scores = sixPoints.points.map { network.score($0).value }
    for (point, score) in zip(sixPoints.points, scores) {
      c.step("the score of (\(point.x), \(point.y))", score)
    }
    c.expect(
      scores,
      near: [-1.4728007, -1.4179624, -1.2831722, -0.3848965, -0.9451722, -1.1840009],
      "the scores of six points")
  },
  Check("the loss is a mean of hinges and a penalty") { c in
    let network = sineNetwork()
    c.expect(
      network.loss(on: sixPoints, penalty: 0).value, near: 1.2102351, "the loss without penalty")
    c.expect(
      network.loss(on: sixPoints).value, near: 1.2118051, "the loss with the penalty 0.0001 · Σ p²")
  },
  Check("the gradients of the loss are those of PyTorch") { c in
    let network = sineNetwork()
    network.loss(on: sixPoints).backward()
    let gradients = network.parameters.map(\.gradient)
    c.expect(
      Array(gradients.prefix(3)), near: [-0.0090034, 0.1022162, -0.5651740],
      "the gradients of the first neuron")
    c.expect(gradients.last ?? 0, near: -0.3334141, "the gradient of the last bias")
  },
  Check("the losses of twelve steps are those of PyTorch") { c in
    let network = sineNetwork()
    let losses = (0..<12).map { _ in network.trainStep(on: sixPoints, learningRate: 0.1) }
    for (step, loss) in losses.enumerated() { c.step("the loss at step \(step)", loss) }
    c.expect(
      losses,
      near: [
        1.2118051, 1.1192294, 1.0427291, 0.9856719, 0.9374611, 0.9050268, 0.8725918, 0.8398323,
        0.8113172, 0.7944965, 0.7779225, 0.7612881,
      ], "the loss before each step")
  },
  Check("a step begins with gradients of 0, whatever was there") { c in
    let (fresh, used) = (sineNetwork(), sineNetwork())
    used.loss(on: sixPoints).backward()
    for network in [fresh, used] { network.trainStep(on: sixPoints, learningRate: 0.1) }
    c.expect(
      used.parameters.map(\.value), near: fresh.parameters.map(\.value),
      "the parameters after a step, with gradients left from before, and without")
  },
  Check("a smaller network learns two moons") { c in
    let moons = PlaneDataset.moons.points(count: 40, seed: 3, noise: 0.1)
    let network = ScalarMLP([2, 8, 8, 1], seed: 1)
    let start = network.loss(on: moons).value
    for step in 0..<60 {
      network.trainStep(on: moons, learningRate: 1 - 0.9 * Double(step) / 60)
    }
    c.picture { boundary(of: network, moons) }
    c.expect(
      network.loss(on: moons).value < start / 4, "the loss falls to a quarter or less in 60 steps")
    c.expect(network.accuracy(on: moons), near: 1, "the part of the points that are right")
  },
]

/// Six points of two classes that no line parts.
private let sixPoints = LabelledPoints(
  points: [
    SIMD2(-1, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1), SIMD2(0.5, 0), SIMD2(0, -0.5),
  ], labels: [0, 1, 1, 0, 1, 0])

/// A 2-4-3-1 network with the parameters sin 1, sin 2, …: those of
/// Tests/Golden/make_course_scalar_golden.py, which computed the expected numbers.
private func sineNetwork() -> ScalarMLP {
  let network = ScalarMLP([2, 4, 3, 1], seed: 1)
  set(network.parameters, to: (1...network.parameters.count).map { sin(Double($0)) })
  return network
}

private func set(_ parameters: [Scalar], to values: [Double]) {
  for (parameter, value) in zip(parameters, values) { parameter.value = value }
}

/// Where the network says class 1 ("#") and class 0 (" "); the points are "x" and "o".
private func boundary(of network: ScalarMLP, _ data: LabelledPoints) -> String {
  let (columns, rows) = (50, 18)
  var lines = (0..<rows).map { row in
    (0..<columns).map { column -> Character in
      let point = SIMD2(
        -1.5 + 4 * Double(column) / Double(columns - 1), 1.5 - 2.5 * Double(row) / Double(rows - 1))
      return network.score(point).value > 0 ? "·" : " "
    }
  }
  for (point, label) in zip(data.points, data.labels) {
    let column = Int(((point.x + 1.5) / 4 * Double(columns - 1)).rounded())
    let row = Int(((1.5 - point.y) / 2.5 * Double(rows - 1)).rounded())
    if lines.indices.contains(row) && (0..<columns).contains(column) {
      lines[row][column] = label == 1 ? "x" : "o"
    }
  }
  return lines.map { String($0) }.joined(separator: "\n")
}
