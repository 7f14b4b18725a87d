import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim

@testable import FledgeCompiler

/// A training step of a model, made the same again and again, so that one can run as Swift and another
/// as a graph.
struct TrainingStep {
  let model: Module
  let optimizer: Optimizer
  let arguments: [Tensor]
  /// The whole step; returns what is to be compared.
  let body: ([Tensor]) -> [Tensor]

  static let names = ["mlp", "gpt", "resnet", "checkpoint"]

  /// - Parameter isLarge: Whether activations and parameters are of sizes that matter for memory.
  static func make(_ name: String, isLarge: Bool = false) -> TrainingStep {
    withGenerator(Generator(seed: 3)) {
      switch name {
      case "mlp":
        isLarge ? mlp(sizes: [64, 128, 128, 3], batch: 256) : mlp(sizes: [6, 8, 3], batch: 5)
      case "gpt":
        isLarge ? gpt(context: 32, batch: 8, channels: 32) : gpt(context: 8, batch: 2, channels: 16)
      case "resnet": resnet()
      default: checkpointed()
      }
    }
  }

  private static func mlp(sizes: [Int], batch: Int) -> TrainingStep {
    let model = MLP(sizes: sizes)
    let optimizer = SGD(model.parameters(), learningRate: 0.1, momentum: 0.9, weightDecay: 0.01)
    return TrainingStep(
      model: model, optimizer: optimizer,
      arguments: [.normal([batch, sizes[0]]), Tensor((0..<batch).map { $0 % 3 })]
    ) { arguments in
      optimizer.zeroGrad()
      let loss = crossEntropy(model(arguments[0]), arguments[1])
      loss.backward()
      optimizer.step()
      return [loss]
    }
  }

  private static func gpt(context: Int, batch: Int, channels: Int) -> TrainingStep {
    let model = GPT(
      .init(
        vocabulary: 11, context: context, layers: 2, heads: 2, channels: channels, dropout: 0.1))
    let optimizer = AdamW(model.parameters(), learningRate: 1e-2)
    let (count, shape) = (batch * context, Shape([batch, context]))
    let tokens = Tensor((0..<count).map { $0 * 7 % 11 }, shape: shape)
    let targets = Tensor((0..<count).map { $0 * 5 % 11 }, shape: shape)
    return TrainingStep(model: model, optimizer: optimizer, arguments: [tokens, targets]) {
      arguments in
      let loss = crossEntropy(model(arguments[0]), arguments[1])
      loss.backward()
      let norm = clipGradientNorm(model.parameters(), maximum: 0.5)
      optimizer.step()
      optimizer.zeroGrad()
      return [loss, norm]
    }
  }

  private static func resnet() -> TrainingStep {
    let model = ResNet9(classes: 10)
    let head = Dropout(0.2)
    let optimizer = SGD(model.parameters(), learningRate: 1e-2, momentum: 0.9, nesterov: true)
    return TrainingStep(
      model: model, optimizer: optimizer,
      arguments: [.normal([2, 3, 32, 32]), Tensor([3, 1] as [Int])]
    ) { arguments in
      optimizer.zeroGrad()
      var logits = head(model(arguments[0]))
      logits += 1
      let loss = crossEntropy(logits, arguments[1])
      loss.backward()
      optimizer.step()
      return [loss, logits]
    }
  }

  /// A part with dropout that is computed again in the backward pass; gradients add up over calls.
  private static func checkpointed() -> TrainingStep {
    let model = MLP(sizes: [6, 8, 8, 3])
    let optimizer = Adam(model.parameters(), learningRate: 1e-2, amsgrad: true)
    return TrainingStep(
      model: model, optimizer: optimizer,
      arguments: [.normal([5, 6]), Tensor([0, 1, 2, 1, 0] as [Int])]
    ) { arguments in
      let hidden = checkpoint(arguments[0]) { x in
        model.layers[1](dropout(gelu(model.layers[0](x)), probability: 0.3))
      }
      let loss = crossEntropy(model.layers[2](hidden), arguments[1])
      loss.backward()
      optimizer.step()
      return [loss]
    }
  }

  /// Everything that the step may change, and the gradients.
  var state: [String: Tensor] {
    var state = Dictionary(uniqueKeysWithValues: model.stateDict())
    for (name, parameter) in model.namedParameters() { state["\(name).grad"] = parameter.grad }
    for (name, value) in optimizer.state { state["optimizer.\(name)"] = value }
    return state
  }

  var types: [TensorType] { arguments.map { TensorType(shape: $0.shape, dtype: $0.dtype) } }
}

/// The names whose tensors are not the same bit by bit.
func differences(_ a: [String: Tensor], _ b: [String: Tensor]) -> [String] {
  Set(a.keys).union(b.keys).filter { name in
    guard let x = a[name], let y = b[name] else { return true }
    return !x.isIdentical(to: y)
  }.sorted()
}
