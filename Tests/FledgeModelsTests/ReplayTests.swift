import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Synchronization
import Testing

/// Everything that passes the door, with what went in and what came out.
private final class Tape: Transformation {
  struct Event: Sendable {
    let name: String
    let attributes: Attributes
    let inputs: Tensors
    let outputs: Tensors
  }

  private let recorded = Mutex<[Event]>([])
  var events: [Event] { recorded.withLock { $0 } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    let event = Event(
      name: type(of: primitive).name, attributes: primitive.attributes,
      inputs: Tensors(inputs.map { $0.detached() }), outputs: Tensors(outputs.map { $0.detached() })
    )
    recorded.withLock { $0.append(event) }
    return outputs
  }
}

/// Tells values apart by where they lie. The tape keeps all of them, so no place is used twice.
private struct Place: Hashable {
  let storage: ObjectIdentifier
  let layout: Layout
  let dtype: DType

  init(_ x: Tensor) {
    (storage, layout, dtype) = (ObjectIdentifier(x.storage), x.layout, x.dtype)
  }
}

@Suite struct ReplayTests {
  /// Runs two training steps under an observer, then again what it saw, made from names and
  /// attributes, and compares the weights. Returns the names of the operations.
  private func replay(
    _ model: Module, optimizer: Optimizer, data: [Tensor], loss: () -> Tensor
  ) throws -> Set<String> {
    let before = model.stateDict().map(\.value)
    let tape = Tape()
    withGenerator(Generator(seed: 11)) {
      withTransformation(tape) {
        for _ in 0..<2 {
          optimizer.zeroGrad()
          loss().backward()
          clipGradientNorm(model.parameters(), maximum: 0.5)
          optimizer.step()
        }
      }
    }
    let events = tape.events
    var known: [Place: Tensor] = [:]
    for x in before + data { known[Place(x)] = x }
    var fromOutside: [TensorType] = []
    for event in events {
      let primitive = try Registry.make(event.name, event.attributes)
      let inputs = event.inputs.map { x -> Tensor in
        if let value = known[Place(x)] { return value }
        fromOutside.append(TensorType(shape: x.shape, dtype: x.dtype))
        return x
      }
      for (seen, again) in zip(event.outputs, withoutGradients { outputs(of: primitive, inputs) }) {
        known[Place(seen)] = again
      }
    }
    // What no operation made are places in streams of random numbers, and numbers of a step.
    #expect(
      fromOutside.allSatisfy { $0.shape.rank == 1 && ($0.dtype == .int64 || $0.dtype == .float64) },
      "\(Set(fromOutside))")
    for (name, value) in model.stateDict() {
      let again = try #require(known[Place(value)], "\(name) was changed outside of the door")
      let isSame = again.isIdentical(to: value)
      #expect(isSame, "\(name)")
    }
    return Set(events.map(\.name))
  }

  private func outputs(of primitive: any Primitive, _ inputs: [Tensor]) -> Tensors {
    func open(_ primitive: some Primitive) -> Tensors { apply(primitive, Tensors(inputs)) }
    return open(primitive)
  }

  @Test func aTrainingStepOfGPTIsReplayedFromWhatPassedTheDoor() throws {
    let gpt = withGenerator(Generator(seed: 3)) {
      GPT(.init(vocabulary: 11, context: 8, layers: 2, heads: 2, channels: 16, dropout: 0.1))
    }
    let tokens = Tensor((0..<16).map { $0 * 7 % 11 }, shape: [2, 8])
    let targets = Tensor((0..<16).map { $0 * 5 % 11 }, shape: [2, 8])
    let names = try replay(
      gpt, optimizer: AdamW(gpt.parameters(), learningRate: 1e-2), data: [tokens, targets]
    ) { crossEntropy(gpt(tokens), targets) }
    #expect(names.isSuperset(of: ["dropout", "linear", "layerNorm", "crossEntropy", "adamUpdate"]))
    #expect(names.contains("dropout") && names.contains("layerNormGradient"))
  }

  @Test func aTrainingStepOfResNetIsReplayedFromWhatPassedTheDoor() throws {
    let model = withGenerator(Generator(seed: 4)) { ResNet9(classes: 10) }
    let x = Tensor.normal([4, 3, 32, 32], using: Generator(seed: 1))
    let y = Tensor([0, 1, 2, 3] as [Int])
    let head = Dropout(0.2)
    let names = try replay(
      model, optimizer: SGD(model.parameters(), learningRate: 1e-2, momentum: 0.9), data: [x, y]
    ) {
      var logits = head(model(x))
      logits += 1
      return crossEntropy(logits, y)
    }
    #expect(names.contains("conv2d") && names.contains("batchNorm") && names.contains("dropout"))
  }

  @Test func aChangeThatDoesNotPassTheDoorIsNoticed() {
    let x = Tensor.zeros([2])
    let tape = Tape()
    withTransformation(tape) {
      var y = x + 1
      y += 2
      y *= Tensor([3, 4])
      _ = y
    }
    #expect(tape.events.map(\.name) == ["fill", "add", "fill", "add", "multiply"])
  }
}
