import Fledge
import FledgeCompiler

/// A step as a function of tensors, which can be measured as it is and compiled.
struct StepWorkload: Sendable {
  let name: String
  let about: String
  var work = Workload.Work.unknown
  /// Makes the arguments and the step.
  let prepare: @Sendable () -> (arguments: [Tensor], step: ([Tensor]) -> [Tensor])

  /// The step as it is.
  var workload: Workload {
    Workload(name, about, work) { [prepare] in
      let (arguments, step) = prepare()
      return { _ = step(arguments) }
    }
  }

  /// The step as a graph that is replayed.
  var compiled: Workload {
    Workload("compiled-\(name)", "\(name), compiled", work) { [prepare] in
      let (arguments, step) = prepare()
      let compiled = compile(step)
      return { _ = compiled.call(arguments) }
    }
  }
}

extension Workload {
  /// Steps as graphs that are replayed.
  static let compiled: [Workload] = [tinyOperations, tinyMLP, mnistMLP, charGPT].map(\.compiled)

  /// `tiny-ops` as a function: what a graph can replay has arguments and returns its gradients.
  static let tinyOperations = StepWorkload(
    name: "tiny-ops", about: "five operations on 4×4, forward and backward"
  ) {
    (
      [.normal([4, 4]), .normal([4, 4]), .normal([4])],
      { arguments in
        let leaves = arguments.map { $0.detached().requiringGradients() }
        let (x, w, b) = (leaves[0], leaves[1], leaves[2])
        (tanh(x.matmul(w) + b) * x).sum().backward()
        return leaves.map { $0.grad! }
      }
    )
  }

  static let tinyMLP = StepWorkload(name: "mlp-tiny", about: "2-16-16-1, batch 32, MSE, Adam") {
    let model = MLP(sizes: [2, 16, 16, 1])
    let optimizer = Adam(model.parameters(), learningRate: 1e-3)
    return (
      [.normal([32, 2]), .normal([32, 1])],
      { arguments in
        optimizer.zeroGrad()
        meanSquaredError(model(arguments[0]), arguments[1]).backward()
        optimizer.step()
        return []
      }
    )
  }

  static let mnistMLP = StepWorkload(
    name: "mlp-mnist", about: "784-256-128-10, batch 64, cross-entropy, Adam"
  ) {
    let model = MLP(sizes: [784, 256, 128, 10])
    let optimizer = Adam(model.parameters(), learningRate: 1e-3)
    return (
      [.uniform([64, 784]), Tensor((0..<64).map { $0 % 10 })],
      { arguments in
        optimizer.zeroGrad()
        crossEntropy(model(arguments[0]), arguments[1]).backward()
        optimizer.step()
        return []
      }
    )
  }

  static let charGPT = gptStep(
    "gpt-char", GPTConfiguration(vocabulary: 65, context: 64, bias: false), batch: 12)
}
