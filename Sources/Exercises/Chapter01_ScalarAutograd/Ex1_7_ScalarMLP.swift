import FledgeCore
import FledgeCourse
import FledgeData

/// A neuron: a weighted sum of its inputs and a bias, rectified unless it makes the final score.
///
///     s = w₀ · x₀ + w₁ · x₁ + … + b
///     y = max(s, 0), or s itself
final class ScalarNeuron {
  let weights: [Scalar]
  let bias: Scalar
  /// Whether the sum goes through ReLU.
  let isRectified: Bool

  /// Weights start anywhere between −1 and 1, the bias at 0.
  init(inputs: Int, isRectified: Bool, generator: Generator) {
    weights = (0..<inputs).map { Scalar(generator.uniform(in: -1..<1), "w\($0)") }
    bias = Scalar(0, "b")
    self.isRectified = isRectified
  }

  var parameters: [Scalar] { weights + [bias] }

  /// The neuron's output for the inputs `x`, of which there are as many as weights.
  func callAsFunction(_ x: [Scalar]) -> Scalar {
    // solution
    let sum = zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
    return isRectified ? sum.relu() : sum
    // end solution
  }
}

/// A network of layers of neurons (a multi-layer perceptron) that tells two classes of points apart.
///
///     let network = ScalarMLP([2, 16, 16, 1], seed: 1)      // 337 parameters
///     for _ in 0..<100 { network.trainStep(on: points, learningRate: 0.5) }
final class ScalarMLP {
  /// The neurons of each layer.
  let layers: [[ScalarNeuron]]

  /// - Parameter sizes: how many inputs there are, then how many neurons each layer has. All layers
  ///   but the last are rectified.
  init(_ sizes: [Int], seed: UInt64) {
    let generator = Generator(seed: seed)
    layers = (1..<sizes.count).map { layer in
      (0..<sizes[layer]).map { _ in
        ScalarNeuron(
          inputs: sizes[layer - 1], isRectified: layer < sizes.count - 1, generator: generator)
      }
    }
  }

  /// Layer by layer, neuron by neuron: its weights, then its bias.
  var parameters: [Scalar] { layers.flatMap { $0.flatMap(\.parameters) } }

  /// The outputs of the last layer: the first layer's neurons all see `x`, those of each further
  /// layer see the outputs of the layer before.
  func callAsFunction(_ x: [Scalar]) -> [Scalar] {
    // solution
    layers.reduce(x) { outputs, layer in layer.map { $0(outputs) } }
    // end solution
  }

  /// The score of a point: above 0 means class 1, below means class 0.
  func score(_ point: SIMD2<Double>) -> Scalar {
    self([Scalar(constant: point.x), Scalar(constant: point.y)])[0]
  }

  /// The part of the points whose scores have the right sign.
  func accuracy(on data: LabelledPoints) -> Double {
    let right = zip(data.points, data.labels).count { (score($0).value > 0) == ($1 == 1) }
    return Double(right) / Double(data.labels.count)
  }

  /// What training makes small: the mean of the hinge loss over all points, and a penalty for large
  /// weights.
  ///
  ///     L = 1/n · Σ max(0, 1 − y · score)  +  penalty · Σ p²
  ///
  /// For a point of class 1, y is 1; for one of class 0, it is −1. So a point costs nothing once its
  /// score is on the right side by 1 or more. The second sum goes over all ``parameters``.
  ///
  /// `data.points` and `data.labels` are arrays of the same length; a label is 0 or 1.
  func loss(on data: LabelledPoints, penalty: Double = 1e-4) -> Scalar {
    // solution
    let hinges = zip(data.points, data.labels).map { point, label in
      (1 - (label == 1 ? 1.0 : -1.0) * score(point)).relu()
    }
    let mean = hinges.reduce(Scalar(constant: 0), +) / Double(hinges.count)
    let squares = parameters.map { $0 * $0 }.reduce(Scalar(constant: 0), +)
    return mean + penalty * squares
    // end solution
  }

  /// One step of gradient descent: finds the loss and the gradients of all parameters, and moves each
  /// parameter against its gradient.
  ///
  ///     p ← p − learningRate · ∂L/∂p
  ///
  /// - Returns: the loss before the step.
  @discardableResult
  func trainStep(on data: LabelledPoints, learningRate: Double) -> Double {
    // solution
    let loss = loss(on: data)
    parameters.zeroGradients()
    loss.backward()
    for parameter in parameters { parameter.value -= learningRate * parameter.gradient }
    return loss.value
    // end solution
  }
}
