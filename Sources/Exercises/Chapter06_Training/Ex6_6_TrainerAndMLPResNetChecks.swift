import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import Foundation

let checks6_6: [Check] = [
  Check("a block and a network have needle's numbers of parameters") { c in
    c.expect(
      mlpResidualBlock(15, hidden: 2, dropout: 0.1).parameterCount, equals: 111,
      "parameters of a block of 15 features, 2 hidden")
    c.expect(
      mlpResNet(inputs: 150, width: 100, blocks: 5, classes: 10).parameterCount, equals: 68360,
      "parameters of 150 → 100, 5 blocks, 10 classes")
    c.expect(
      mlpResNet(inputs: 10, width: 100, blocks: 1, classes: 100).parameterCount, equals: 21650,
      "parameters of 10 → 100, 1 block, 100 classes")
  },
  Check("a block has its layers in the order of the drawing") { c in
    c.expect(
      names(of: mlpResidualBlock(4, hidden: 2, dropout: 0.25)),
      equals: [
        "Residual", "Linear", "BatchNorm1d", "ReLU", "Dropout 0.25", "Linear", "BatchNorm1d",
        "ReLU",
      ], "its layers, from the input on")
  },
  Check("a block whose layers say nothing passes what goes in") { c in
    let block = mlpResidualBlock(3, hidden: 2, dropout: 0)
    for parameter in block.parameters() { parameter.value = .zeros(like: parameter.value!) }
    c.trying("all weights and biases 0, x = [[1, −2, 3], [−1, 4, 0]]") {
      c.expect(
        block([[1, -2, 3], [-1, 4, 0]]), near: [[1, 0, 3], [0, 4, 0]],
        "the block's answer, relu(x + 0)")
    }
  },
  Check("the network answers as in PyTorch") { c in
    let network = sineNetwork()
    network.eval()
    c.expect(
      network(inputs).reshaped([-1]).array(of: Double.self),
      near: [
        0.6997079, 0.1899222, -1.683209, 0.682884, 1.814772, -2.139216, 0.653191, 3.104221,
        -2.484752, 0.2346338, 3.823434, -2.275487,
      ], tolerance: 1e-4, "the logits in evaluation")
    network.train()
    c.expect(
      network(inputs).reshaped([-1]).array(of: Double.self),
      near: [
        3.033283, -5.57647, -2.338763, 4.391544, -5.80999, -3.62907, 3.874249, -4.487847, -3.496519,
        -0.01228094, -8.004507, 1.413359,
      ], tolerance: 1e-4, "the logits in training, normalized by the batch's moments")
  },
  Check("dropout is on in training, off in evaluation") { c in
    let trainer = ClassifierTrainer(
      mlpResNet(inputs: 6, width: 8, blocks: 2, classes: 3, dropout: 0.5), SGD([], learningRate: 0))
    let first = trainer.evaluate(inputs, labels).loss
    c.expect(trainer.evaluate(inputs, labels).loss, near: first, "a second evaluation")
    let losses = Set((0..<4).map { _ in trainer.takeStep(inputs, labels).loss })
    c.expect(
      losses.count > 1, "steps that change nothing have different losses: other units drop out")
    c.expect(trainer.step, equals: 4, "the number of steps counted")
  },
  Check("a step counts, and takes the schedule's factor for the step before counting") { c in
    let number = OneWeight()
    let trainer = ClassifierTrainer(
      number, SGD(number.parameters(), learningRate: 1), schedule: Tenths())
    let labels = Tensor([0] as [Int])
    for step in 0..<3 {
      let before = number.weight.item()
      let norm = trainer.takeStep([[1]], labels).norm
      c.trying("a rate of 1 with the factors 0.1, 0.2, 0.3, …") {
        c.expect(
          abs(number.weight.item() - before) / norm, near: 0.1 * Double(step + 1), tolerance: 1e-4,
          "how far step \(step) goes, as a part of the gradient")
      }
    }
    c.expect(trainer.step, equals: 3, "the number of steps counted")
  },
  Check("old gradients are forgotten before the step, whoever left them") { c in
    let number = OneWeight()
    let trainer = ClassifierTrainer(number, SGD(number.parameters(), learningRate: 0))
    let norm = trainer.takeStep([[1]], Tensor([0] as [Int])).norm
    number.$weight.grad = Tensor([[100]])
    c.expect(
      trainer.takeStep([[1]], Tensor([0] as [Int])).norm, near: norm,
      "the norm of the gradients, after somebody left a gradient of 100")
  },
  Check("gradients are clipped before the step") { c in
    let number = OneWeight()
    let trainer = ClassifierTrainer(
      number, SGD(number.parameters(), learningRate: 1), maximumNorm: 0.01)
    let before = number.weight.item()
    let norm = trainer.takeStep([[1]], Tensor([0] as [Int])).norm
    c.trying("a rate of 1, a maximum of 0.01") {
      c.expect(norm > 0.1, "the norm returned is the one before clipping, about 0.5")
      c.expect(abs(number.weight.item() - before), near: 0.01, "how far the step goes")
    }
  },
  Check("six steps are those of PyTorch") { c in
    let network = sineNetwork()
    let trainer = ClassifierTrainer(
      network,
      AdamOptimizer(
        network.parameters(), learningRate: 0.005, weightDecay: 0.01, isDecoupled: true),
      schedule: FourUpThenHalf(), maximumNorm: 1)
    let steps = (0..<6).map { _ in trainer.takeStep(inputs, labels) }
    for (number, step) in steps.enumerated() {
      c.step("the loss of step \(number)", step.loss)
      c.step("the norm of step \(number)", step.norm)
    }
    c.expect(
      steps.map(\.loss),
      near: [
        4.151054, 4.097389, 3.99744, 3.853997, 3.654458, 3.554353,
      ], tolerance: 1e-4, "the losses")
    c.expect(
      steps.map(\.norm),
      near: [
        5.927492, 5.702475, 5.640394, 5.765659, 5.635242, 5.495936,
      ], tolerance: 1e-4, "the norms before clipping")
  },
  Check("evaluation leaves the running moments alone") { c in
    let network = sineNetwork()
    let trainer = ClassifierTrainer(network, SGD(network.parameters(), learningRate: 0.01))
    trainer.takeStep(inputs, labels)
    let before = network.stateDict().map { $0.value.array() }
    let result = trainer.evaluate(inputs, labels)
    c.expect(
      network.stateDict().map { $0.value.array() } == before, "no parameter or buffer changes")
    network.eval()
    c.expect(
      result.loss, near: crossEntropy(network(inputs), labels).item(), "the loss in evaluation mode"
    )
  },
  Check("evaluation records no graph") { c in
    let number = OneWeight()
    let trainer = ClassifierTrainer(number, SGD(number.parameters(), learningRate: 1))
    _ = trainer.evaluate([[1], [2]], Tensor([0, 1] as [Int]))
    c.expect(!number.hasRecorded, "the model was called within withoutGradients")
    trainer.takeStep([[1]], Tensor([0] as [Int]))
    c.expect(number.hasRecorded, "a step records one")
  },
  Check("the accuracy is the part of the examples that are right") { c in
    let number = OneWeight()
    number.weight = [[1]]
    let trainer = ClassifierTrainer(number, SGD([], learningRate: 0))
    let result = trainer.evaluate([[1], [-1], [2], [-3]], Tensor([0, 0, 0, 1] as [Int]))
    c.trying("logits [1, 0], [−1, 0], [2, 0], [−3, 0] for the classes 0, 0, 0, 1") {
      c.expect(result.accuracy, near: 0.75, "the accuracy: the second is wrong")
      c.expect(result.loss, near: 0.4505097, tolerance: 1e-5, "the loss, a mean over four")
    }
  },
]

/// The kinds of the layers in it, one after another.
private func names(of layer: any Layer) -> [String] {
  switch layer {
  case let sequence as Sequential: sequence.layers.flatMap { names(of: $0) }
  case let residual as Residual: ["Residual"] + names(of: residual.body)
  case let dropout as Dropout: ["Dropout \(dropout.probability)"]
  default: ["\(type(of: layer))"]
  }
}

/// Four examples of six numbers, with the labels of three classes.
private var inputs: Tensor {
  Tensor((0..<4).flatMap { r in (0..<6).map { Float(cos(Double(6 * r + $0))) } }, shape: [4, 6])
}
private var labels: Tensor { Tensor([0, 2, 1, 2] as [Int]) }

/// 6 → 8, two blocks of 4, 3 classes, with the parameters sin 1, sin 2, …: that of
/// Tests/Golden/make_course_training_golden.py.
private func sineNetwork() -> Sequential {
  let network = mlpResNet(inputs: 6, width: 8, blocks: 2, classes: 3, dropout: 0)
  var count = 0
  for parameter in network.parameters() {
    guard let shape = parameter.value?.shape else { continue }
    let values = (1...shape.count).map { Float(sin(Double(count + $0))) }
    parameter.value = Tensor(values, shape: shape)
    count += shape.count
  }
  return network
}

/// Logits [w · x, 0].
private final class OneWeight: Module, Layer {
  @Parameter var weight: Tensor = [[0]]
  /// Whether the last call recorded a graph.
  private(set) var hasRecorded = false

  func callAsFunction(_ x: Tensor) -> Tensor {
    let product = x.matmul(weight)
    hasRecorded = product.graphNode != nil
    return Tensor.concatenate([product, Tensor.zeros([x.shape[0], 1])], axis: 1)
  }
}

private struct Tenths: Schedule {
  func factor(at step: Int) -> Double { 0.1 * Double(step + 1) }
}

private struct FourUpThenHalf: Schedule {
  func factor(at step: Int) -> Double { step < 4 ? Double(step + 1) / 4 : 0.5 }
}
