import FledgeCore
import FledgeData

/// The playground's network made of the operations of chapter 4, trained by its reverse mode. It is
/// compiled into `learn studio`.
final class OperationPlayground {
  /// Weight [inputs, outputs] and bias [outputs] of each layer.
  private var parameters: [Tensor]
  private let activation: String

  /// - Parameters:
  ///   - sizes: two inputs, the widths of the hidden layers, one output
  ///   - activation: tanh, relu, gelu, sigmoid or linear
  init(_ sizes: [Int], activation: String, seed: UInt64) {
    let generator = Generator(seed: seed)
    parameters = zip(sizes, sizes.dropFirst()).flatMap { inputs, outputs in
      // Uniform, with the variance of Glorot and Bengio (2010).
      let bound = (6 / Double(inputs + outputs)).squareRoot()
      return [
        Tensor.uniform([inputs, outputs], in: -bound...bound, using: generator),
        Tensor.zeros([outputs]),
      ].map { $0.requiringGradients() }
    }
    self.activation = activation
  }

  var weights: [[[Float]]] {
    layers.map { weight, _ in
      let (inputs, outputs) = (weight.shape[0], weight.shape[1])
      let all: [Float] = weight.array()
      return (0..<outputs).map { output in (0..<inputs).map { all[$0 * outputs + output] } }
    }
  }

  var biases: [[Float]] { layers.map { $0.bias.array() } }

  private var layers: [(weight: Tensor, bias: Tensor)] {
    stride(from: 0, to: parameters.count, by: 2).map { (parameters[$0], parameters[$0 + 1]) }
  }

  /// What each layer answers: [N, 2] → [N, units], the last layer's are the logits.
  private func outputs(_ points: [SIMD2<Double>]) -> [Tensor] {
    var x = Tensor(points.flatMap { [Float($0.x), Float($0.y)] }, shape: [points.count, 2])
    return layers.enumerated().map { index, layer in
      x = My.add(My.matmul(x, layer.weight), layer.bias)
      if index + 1 < parameters.count / 2 { x = curved(x) }
      return x
    }
  }

  private func curved(_ x: Tensor) -> Tensor {
    switch activation {
    case "tanh": My.tanh(x)
    case "relu": My.relu(x)
    case "sigmoid": My.multiply(My.add(My.tanh(My.multiply(x, 0.5)), 1), 0.5)
    case "gelu": My.gelu(x)
    default: x
    }
  }

  /// What each layer answers to each point: [layer][unit][point]; the last is the logit.
  func answers(to points: [SIMD2<Double>]) -> [[[Float]]] {
    withoutGradients {
      outputs(points).map { layer in
        let (count, units) = (layer.shape[0], layer.shape[1])
        let all: [Float] = layer.array()
        return (0..<units).map { unit in (0..<count).map { all[$0 * units + unit] } }
      }
    }
  }

  /// One step of gradient descent on the mean binary cross-entropy
  ///
  ///     log(1 + eˢ) − s y
  ///
  /// and `l1` · Σ |w| + `l2` / 2 · Σ w².
  func step(on batch: LabelledPoints, rate: Double, l1: Double, l2: Double) {
    let s = outputs(batch.points).last!
    let y = Tensor(batch.labels.map(Float.init), shape: [batch.labels.count, 1])
    // Of 0 and s, [N, 2].
    let both = My.matmul(s, Tensor([0, 1] as [Float], shape: [1, 2]))
    let sums = My.reshape(My.logSumExp(both, axis: 1), s.shape)
    var loss = My.mean(My.subtract(sums, My.multiply(s, y)))
    for (weight, _) in layers {
      if l1 > 0 {
        let sizes = My.add(My.relu(weight), My.relu(My.negate(weight)))
        loss = My.add(loss, My.multiply(My.sum(sizes), l1))
      }
      if l2 > 0 {
        loss = My.add(loss, My.multiply(My.sum(My.multiply(weight, weight)), l2 / 2))
      }
    }
    let slopes = My.gradients(of: loss, withRespectTo: parameters)
    parameters = descended(parameters, along: slopes, learningRate: rate)
  }
}
