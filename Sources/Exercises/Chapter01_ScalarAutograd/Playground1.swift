import FledgeCore
import FledgeData

/// The playground's network made of numbers: the operators and lists of chapter 0 answer, the
/// recorded scalars of chapter 1 learn. It is compiled into `learn studio`.
final class ScalarPlayground {
  /// [layer][output][input]
  private(set) var scalars: [[[Scalar]]]
  /// [layer][output]
  private(set) var shifts: [[Scalar]]
  private let activation: String

  /// - Parameters:
  ///   - sizes: two inputs, the widths of the hidden layers, one output
  ///   - activation: tanh, relu, gelu, sigmoid or linear
  init(_ sizes: [Int], activation: String, seed: UInt64) {
    let generator = Generator(seed: seed)
    scalars = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      // Uniform, with the variance of Glorot and Bengio (2010).
      let bound = (6 / Double(inputs + outputs)).squareRoot()
      return (0..<outputs).map { _ in
        (0..<inputs).map { _ in Scalar(generator.uniform(in: -bound..<bound)) }
      }
    }
    shifts = sizes.dropFirst().map { outputs in (0..<outputs).map { _ in Scalar(0) } }
    self.activation = activation
  }

  var weights: [[[Float]]] { scalars.map { $0.map { $0.map { Float($0.value) } } } }
  var biases: [[Float]] { shifts.map { $0.map { Float($0.value) } } }

  // MARK: Answers, by chapter 0

  /// What each layer answers to each point: [layer][unit][point]; the last is the logit.
  func answers(to points: [SIMD2<Double>]) -> [[[Float]]] {
    let layers = zip(scalars, shifts).map { weights, biases in
      (weights: weights.map { Lists.map(\.value)($0) }, biases: Lists.map(\.value)(biases))
    }
    var found = layers.map { layer in
      layer.biases.map { _ in [Float]() }
    }
    for point in points {
      var x = [point.x, point.y]
      for (index, layer) in layers.enumerated() {
        let products = layer.weights.map { Lists.sum(Lists.zip(Operators.mul)($0, x)) }
        x = Lists.add(products, layer.biases)
        if index + 1 < layers.count { x = Lists.map(curved)(x) }
        for (unit, value) in x.enumerated() { found[index][unit].append(Float(value)) }
      }
    }
    return found
  }

  private func curved(_ x: Double) -> Double {
    func tanh(_ x: Double) -> Double {
      Operators.add(Operators.mul(2, Operators.sigmoid(Operators.mul(2, x))), -1)
    }
    switch activation {
    case "tanh": return tanh(x)
    case "relu": return Operators.relu(x)
    case "sigmoid": return Operators.sigmoid(x)
    case "gelu":
      let cube = Operators.mul(x, Operators.mul(x, x))
      let inner = Operators.mul(0.797_884_560_8, Operators.add(x, Operators.mul(0.044715, cube)))
      return Operators.mul(Operators.mul(0.5, x), Operators.add(1, tanh(inner)))
    default: return Operators.id(x)
    }
  }

  // MARK: Learning, by chapter 1

  private var parameters: [Scalar] { scalars.flatMap { $0.flatMap { $0 } } + shifts.flatMap { $0 } }

  private func score(_ point: SIMD2<Double>) -> Scalar {
    var x = [Scalar(constant: point.x), Scalar(constant: point.y)]
    for (index, (weights, biases)) in zip(scalars, shifts).enumerated() {
      x = zip(weights, biases).map { weights, bias in
        zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
      }
      if index + 1 < scalars.count { x = x.map(curved) }
    }
    return x[0]
  }

  private func curved(_ x: Scalar) -> Scalar {
    switch activation {
    case "tanh": return x.tanh()
    case "relu": return x.relu()
    case "sigmoid": return (0.5 * x).tanh() * 0.5 + 0.5
    case "gelu":
      let inner = 0.797_884_560_8 * (x + 0.044715 * x.power(3))
      return 0.5 * x * (1 + inner.tanh())
    default: return x
    }
  }

  /// One step of gradient descent on the mean binary cross-entropy
  ///
  ///     log(1 + eˢ) − s y
  ///
  /// and `l1` · Σ |w| + `l2` / 2 · Σ w².
  func step(on batch: LabelledPoints, rate: Double, l1: Double, l2: Double) {
    let losses = zip(batch.points, batch.labels).map { point, label in
      let s = score(point)
      // The same function twice; in each half the exponent is not positive.
      if s.value > 0 { return (1 - Double(label)) * s + (1 + (-s).exp()).log() }
      return (1 + s.exp()).log() - Double(label) * s
    }
    var loss = losses.reduce(Scalar(constant: 0), +) / Double(losses.count)
    for weight in scalars.flatMap({ $0.flatMap { $0 } }) {
      if l1 > 0 { loss = loss + l1 * (weight.relu() + (-weight).relu()) }
      if l2 > 0 { loss = loss + (l2 / 2) * (weight * weight) }
    }
    parameters.zeroGradients()
    loss.backward()
    for parameter in parameters { parameter.value -= rate * parameter.gradient }
  }
}
