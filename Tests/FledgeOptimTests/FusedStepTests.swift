import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

/// The kernels of the optimizers beside their rules in tensor operations.
@Suite struct FusedStepTests {
  typealias Make = @Sendable ([AnyParameter]) -> SlotOptimizer

  static let optimizers: [String: Make] = [
    "sgd": { SGD($0, learningRate: 0.1, weightDecay: 0.1) },
    "sgd.momentum": { SGD($0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.1) },
    "sgd.nesterov": { SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true) },
    "sgd.dampened": {
      SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.1)
    },
    "adam.amsgrad": { Adam($0, learningRate: 0.01, weightDecay: 0.1, amsgrad: true) },
    "radam": { RAdam($0, learningRate: 0.01, weightDecay: 0.1) },
    "radam.decoupled": { RAdam($0, learningRate: 0.01, weightDecay: 0.1, decoupled: true) },
    "adamax": { Adamax($0, learningRate: 0.01, weightDecay: 0.1) },
    "adafactor": { Adafactor($0, learningRate: 0.01, weightDecay: 0.1) },
    "adam": { Adam($0, learningRate: 0.01, weightDecay: 0.1) },
    "adamw": { AdamW($0, learningRate: 0.01, weightDecay: 0.1) },
    "rmsprop": { RMSprop($0, weightDecay: 0.1) },
    "rmsprop.centered": { RMSprop($0, epsilon: 1e-3, centered: true) },
    "rmsprop.momentum": { RMSprop($0, momentum: 0.9) },
    "rmsprop.both": { RMSprop($0, epsilon: 1e-3, momentum: 0.9, centered: true) },
    "adagrad": { Adagrad($0, rateDecay: 0.1, weightDecay: 0.1) },
    "adadelta": { Adadelta($0, weightDecay: 0.1) },
    "nadam": { NAdam($0, weightDecay: 0.1) },
    "nadam.decoupled": { NAdam($0, weightDecay: 0.1, decoupled: true) },
    "lion": { Lion($0, learningRate: 1e-3, weightDecay: 0.1) },
    "lars": { LARS($0, learningRate: 0.1, weightDecay: 0.1) },
    "lamb": { LAMB($0, learningRate: 0.01, weightDecay: 0.1) },
  ]

  /// A parameter and what its optimizer keeps after three steps.
  private func run(
    _ name: String, count: Int = 40_003, isReference: Bool = false,
    gradient: (Int) -> Tensor
  ) -> [Tensor] {
    func steps() -> [Tensor] {
      let parameter = Parameter(
        wrappedValue: Tensor.normal([count], using: Generator(seed: 1)))
      let optimizer = Self.optimizers[name]!([parameter])
      for step in 0..<3 {
        parameter.grad = gradient(step)
        optimizer.step()
      }
      let kept = optimizer.state.filter { !$0.key.hasSuffix("step") }.sorted { $0.key < $1.key }
      return [parameter.value!] + kept.map(\.value)
    }
    return isReference ? withBackend(.reference, steps) : withBackend(.cpu, steps)
  }

  @Test(
    "Parameter and slots are those of the rule in tensor operations, whatever the strides",
    arguments: optimizers.keys)
  func parity(name: String) {
    let gradients = (0..<3).map { Tensor.normal([2, 40_003], using: Generator(seed: 2 + $0)) }
    // Every second number of a row: the kernels get a copy without gaps.
    let strided = gradients.map { $0.transposed().contiguous().transposed() }
    let fused = run(name) { strided[$0][1] }
    let composed = run(name, isReference: true) { gradients[$0][1] }
    #expect(fused.count == composed.count)
    for (a, b) in zip(fused, composed) {
      #expect(a.isClose(to: b, relativeTolerance: 1e-4, absoluteTolerance: 1e-6))
    }
    let plain = run(name) { gradients[$0][1].contiguous() }
    for (a, b) in zip(fused, plain) { #expect(a.isIdentical(to: b)) }
  }

  @Test("A gradient that is not a number shows in the parameter", arguments: optimizers.keys)
  func notANumber(name: String) {
    var gradient = [Float](repeating: 0.5, count: 37)
    gradient[20] = .nan
    for isReference in [true, false] {
      let values = run(name, count: 37, isReference: isReference) { _ in Tensor(gradient) }
      #expect(values[0][20].item().isNaN)
    }
  }
}
