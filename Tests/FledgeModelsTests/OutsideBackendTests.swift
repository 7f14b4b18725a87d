import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Foundation
import Synchronization
import Testing

/// A backend from outside the package: layer norm and softmax in loops of its own, attention in smaller
/// operations, everything else as the CPU backend does it.
private final class LoopBackend: Backend {
  let fallback: any Backend = CPUBackend()
  /// Multiplies each softmax; anything but 1 is a mistake that must show.
  private let factor: Float
  private let answers = Mutex<[String: Int]>([:])
  var counts: [String: Int] { answers.withLock { $0 } }

  init(softmaxTimes factor: Float = 1) { self.factor = factor }

  func run(_ primitive: some Primitive, _ inputs: Tensors) -> Tensors? {
    let name = type(of: primitive).name
    switch name {
    case "softmax":
      answers.withLock { $0[name, default: 0] += 1 }
      return [softmax(inputs[0])]
    case "layerNorm":
      guard inputs[0].dtype == .float32, case .double(let epsilon) = primitive.attributes["epsilon"]
      else { return nil }
      answers.withLock { $0[name, default: 0] += 1 }
      let hasWeight = primitive.attributes["hasWeight"] == .boolean(true)
      let hasBias = primitive.attributes["hasBias"] == .boolean(true)
      return layerNorm(
        inputs[0], hasWeight ? inputs[1] : nil, hasBias ? inputs[inputs.count - 1] : nil,
        Float(epsilon))
    case "attention", "attentionGradient": return nil
    default: return fallback.run(primitive, inputs)
    }
  }

  private func rows(_ x: Tensor) -> [[Float]] {
    let (values, width) = (x.array(), x.shape[-1])
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private func softmax(_ x: Tensor) -> Tensor {
    let result = rows(x).flatMap { row -> [Float] in
      let powers = row.map { exp($0 - row.max()!) }
      let sum = powers.reduce(0, +)
      return powers.map { factor * $0 / sum }
    }
    return Tensor(result, shape: x.shape)
  }

  private func layerNorm(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Float)
    -> Tensors
  {
    var (y, means, inverses): ([Float], [Float], [Float]) = ([], [], [])
    let (scales, shifts) = (weight?.array(), bias?.array())
    for row in rows(x) {
      let mean = row.reduce(0, +) / Float(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(row.count)
      let inverse = 1 / (variance + epsilon).squareRoot()
      means.append(mean)
      inverses.append(inverse)
      y += row.indices.map { (row[$0] - mean) * inverse * (scales?[$0] ?? 1) + (shifts?[$0] ?? 0) }
    }
    let shape = Shape(Array(x.shape.dimensions.dropLast()))
    return [
      Tensor(y, shape: x.shape), Tensor(means, shape: shape), Tensor(inverses, shape: shape),
    ]
  }
}

@Suite struct OutsideBackendTests {
  /// Loss, gradients and weights of one step of a small GPT.
  private func step(on backend: any Backend) -> [Tensor] {
    let model = withGenerator(Generator(seed: 3)) {
      GPT(GPTConfiguration(vocabulary: 7, context: 6, layers: 2, heads: 2, channels: 8))
    }
    let tokens = Tensor([0, 1, 2, 3, 4, 5, 6, 5, 3, 1, 0, 2] as [Int], shape: [2, 6])
    let targets = Tensor([1, 2, 3, 4, 5, 6, 5, 3, 1, 0, 2, 4] as [Int], shape: [2, 6])
    let optimizer = SGD(model.parameters(), learningRate: 0.5)
    func run<B: Backend>(_ backend: B) -> Tensor {
      withBackend(backend) {
        let loss = crossEntropy(model(tokens), targets)
        loss.backward()
        optimizer.step()
        return loss.detached()
      }
    }
    let loss = run(backend)
    return [loss] + model.parameters().map { $0.grad! } + model.parameters().compactMap(\.value)
  }

  private func agree(_ a: [Tensor], _ b: [Tensor]) -> Bool {
    zip(a, b).allSatisfy { $0.isClose(to: $1, relativeTolerance: 1e-4, absoluteTolerance: 1e-5) }
  }

  @Test func `a backend that answers for some fused operations trains as the CPU backend does`() {
    let backend = LoopBackend()
    #expect(agree(step(on: backend), step(on: CPUBackend())))
    // Two layer norms a block and one at the end; a softmax in each attention and in its gradient.
    #expect(backend.counts == ["layerNorm": 5, "softmax": 4])
  }

  @Test func `what it answers is what counts`() {
    #expect(!agree(step(on: LoopBackend(softmaxTimes: 1.05)), step(on: CPUBackend())))
  }
}
