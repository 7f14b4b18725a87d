import FledgeCore
import FledgeNN
import FledgeOptim
import Synchronization
import Testing

/// Keeps what passes the door.
private final class Recording: Transformation {
  struct Operation {
    let primitive: any Primitive
    let inputs: Tensors
    let outputs: Tensors
    var name: String { type(of: primitive).name }
  }

  private let kept = Mutex<[Operation]>([])
  var operations: [Operation] { kept.withLock { $0 } }

  func apply(
    _ primitive: any Primitive, _ inputs: Tensors, next: (any Primitive, Tensors) -> Tensors
  ) -> Tensors {
    let outputs = next(primitive, inputs)
    kept.withLock {
      $0.append(Operation(primitive: primitive, inputs: inputs, outputs: outputs))
    }
    return outputs
  }
}

/// Two parameters, a matrix and a vector.
private final class Pair: Module {
  @Parameter var matrix: Tensor
  @Parameter var vector: Tensor

  init(_ dtype: DType = .float32) {
    matrix = Tensor.normal([4, 3], using: Generator(seed: 1)).cast(to: dtype)
    vector = Tensor.normal([5], using: Generator(seed: 2)).cast(to: dtype)
  }

  func setGradients(_ step: Int) {
    for (i, parameter) in parameters().enumerated() {
      let value = parameter.value!
      parameter.grad = Tensor.normal(value.shape, using: Generator(seed: UInt64(10 * step + i)))
        .cast(to: value.dtype)
    }
  }
}

/// Each parameter's step is one operation at the door.
@Suite struct UpdateRuleTests {
  typealias Make = @Sendable (Module) -> Optimizer

  static let optimizers: [String: Make] = [
    "sgdUpdate": { SGD($0.parameters(), learningRate: 0.1) },
    "sgdUpdate.nesterov": {
      SGD($0.parameters(), learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1)
    },
    "sgdUpdate.dampened": {
      SGD($0.parameters(), learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.1)
    },
    "amsgradUpdate": { Adam($0.parameters(), learningRate: 0.1, weightDecay: 0.1, amsgrad: true) },
    "radamUpdate": { RAdam($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
    "adamaxUpdate": { Adamax($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
    "adamUpdate": { Adam($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
    "adamUpdate.decoupled": { AdamW($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
    "rmspropUpdate": { RMSprop($0.parameters(), momentum: 0.9, centered: true) },
    "adagradUpdate": { Adagrad($0.parameters(), rateDecay: 0.1, weightDecay: 0.1) },
    "adadeltaUpdate": { Adadelta($0.parameters(), weightDecay: 0.1) },
    "nadamUpdate": { NAdam($0.parameters(), weightDecay: 0.1, decoupled: true) },
    "lionUpdate": { Lion($0.parameters(), learningRate: 0.01, weightDecay: 0.1) },
    "larsUpdate": { LARS($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
    "lambUpdate": { LAMB($0.parameters(), learningRate: 0.1, weightDecay: 0.1) },
  ]

  private static func train(_ pair: Pair, _ optimizer: Optimizer, steps: Range<Int>) {
    for step in steps {
      pair.setGradients(step)
      optimizer.learningRateFactor = 1 / Double(step + 1)
      optimizer.step()
    }
  }

  @Test(
    "An observer sees one operation for each parameter and replays it to the same bits",
    arguments: optimizers.keys, [DType.float32, .float64, .bfloat16])
  func observed(name: String, dtype: DType) {
    let (plain, seen) = (Pair(dtype), Pair(dtype))
    let optimizers = [plain, seen].map { Self.optimizers[name]!($0) }
    Self.train(plain, optimizers[0], steps: 0..<3)
    let recording = Recording()
    withTransformation(recording) { Self.train(seen, optimizers[1], steps: 0..<3) }
    for (a, b) in zip(plain.parameters(), seen.parameters()) {
      #expect(a.value!.isIdentical(to: b.value!))
    }
    let updates = recording.operations.filter { $0.name == name.split(separator: ".")[0] }
    #expect(updates.count == 6)
    for update in updates {
      #expect(update.inputs.count == update.outputs.count + 2)
      #expect(update.inputs.last!.dtype == .float64 && update.inputs.last!.shape == [6])
      let replayed = apply(update.primitive, update.inputs)
      for (a, b) in zip(replayed, update.outputs) { #expect(a.isIdentical(to: b)) }
    }
    // Step after step, the outputs are the next inputs.
    for i in 0..<4 {
      for (a, b) in zip(updates[i].outputs, updates[i + 2].inputs) {
        #expect(a.storage === b.storage)
      }
    }
    // The primitive is its attributes: nothing that changes from step to step is among them.
    #expect(updates.allSatisfy { $0.primitive.isEqual(to: updates[0].primitive) })
    #expect(!updates[0].inputs.last!.isIdentical(to: updates[2].inputs.last!))
  }

  @Test("A rule is found by its name and made anew from its attributes", arguments: optimizers.keys)
  func rebuilt(name: String) throws {
    let pair = Pair()
    let optimizer = Self.optimizers[name]!(pair)
    let recording = Recording()
    withTransformation(recording) { Self.train(pair, optimizer, steps: 0..<1) }
    for operation in recording.operations where operation.name.hasSuffix("Update") {
      let made = try Registry.make(operation.name, operation.primitive.attributes)
      #expect(made.isEqual(to: operation.primitive))
      let replayed = apply(made, operation.inputs)
      for (a, b) in zip(replayed, operation.outputs) { #expect(a.isIdentical(to: b)) }
    }
  }

  @Test(
    "Without an observer a step changes memory in place and allocates nothing",
    arguments: optimizers.keys.filter { $0 != "lambUpdate" })
  func inPlace(name: String) async {
    await #expect(processExitsWith: .success) { [name = name as String] in
      let pair = Pair()
      let optimizer = UpdateRuleTests.optimizers[name]!(pair)
      UpdateRuleTests.train(pair, optimizer, steps: 0..<2)
      let addresses = pair.parameters().map { $0.value!.storage.pointer }
      let slots = optimizer.state.filter { !$0.key.hasSuffix("step") }
      let places = slots.mapValues { $0.storage.pointer }
      pair.setGradients(2)
      _ = consume slots
      let before = MemoryStatistics.current.liveBytes
      MemoryStatistics.resetPeak()
      optimizer.step()
      // A line for the numbers of the step, and for norms; a parameter has 48 or 20 bytes.
      #expect(MemoryStatistics.current.peakBytes - before <= 128)
      #expect(pair.parameters().map { $0.value!.storage.pointer } == addresses)
      for (name, value) in optimizer.state where !name.hasSuffix("step") {
        #expect(value.storage.pointer == places[name]!)
      }
    }
  }

  @Test(
    "Whatever the backend and the dtype, a step stays in its place",
    arguments: [DType.float32, .float64, .float16])
  func inPlaceEverywhere(dtype: DType) {
    withBackend(.reference) {
      let pair = Pair(dtype)
      let optimizer = AdamW(pair.parameters(), learningRate: 0.1)
      let addresses = pair.parameters().map { $0.value!.storage.pointer }
      Self.train(pair, optimizer, steps: 0..<2)
      #expect(pair.parameters().map { $0.value!.storage.pointer } == addresses)
      #expect(pair.matrix.array().allSatisfy { $0.isFinite })
    }
  }

  @Test("A step of parameters without elements is shapes alone", arguments: optimizers.keys)
  func abstract(name: String) {
    let pair = withAbstractTensors { Pair() }
    let optimizer = Self.optimizers[name]!(pair)
    withAbstractTensors { Self.train(pair, optimizer, steps: 0..<2) }
    // Abstract parameters are so outside of the scope, too.
    for parameter in pair.parameters() { parameter.grad = .zeros(like: parameter.value!) }
    optimizer.step()
    for parameter in pair.parameters() { #expect(parameter.value!.isAbstract) }
    for (name, value) in optimizer.state where !name.hasSuffix("step") {
      #expect(value.isAbstract, "\(name)")
    }
  }

  @Test("A gradient of 10⁻⁶ moves a float16 weight: its square would vanish in float16")
  func halfPrecision() {
    let parameter = Parameter(wrappedValue: Tensor([1, 1], dtype: .float16))
    let optimizer = Adam([parameter], learningRate: 0.25)
    parameter.grad = Tensor([1e-6, 0], dtype: .float16)
    optimizer.step()
    // m / (√v + ε) is 1 / 1.01 for ε = 10⁻⁸, and 0 where there is no gradient.
    let value = parameter.value!.array(of: Double.self)
    #expect(abs(value[0] - (1 - 0.25 / 1.01)) < 1e-3 && value[1] == 1)
  }

  @Test("A rule can be differentiated: the derivative of SGD's step for the gradient is −η")
  func differentiated() {
    let pair = Pair()
    let optimizer = SGD(pair.parameters(), learningRate: 0.25, momentum: 0.5)
    let recording = Recording()
    withTransformation(recording) { Self.train(pair, optimizer, steps: 0..<1) }
    let update = recording.operations.last { $0.name == "sgdUpdate" }!
    var inputs = update.inputs
    inputs[2] = inputs[2].requiringGradients()
    let slope = gradients(of: apply(update.primitive, inputs)[0].sum(), withRespectTo: [inputs[2]])
    #expect(slope[0].array() == [-0.25, -0.25, -0.25, -0.25, -0.25])
  }

  @Test("Muon's matrices are one operation, too, and all else is AdamW's")
  func muon() {
    let pair = Pair()
    let optimizer = Muon(
      [ParameterGroup([pair.$matrix], learningRate: 0.1)],
      adamW: [ParameterGroup([pair.$vector], learningRate: 0.1)])
    let recording = Recording()
    withTransformation(recording) { Self.train(pair, optimizer, steps: 0..<2) }
    let updates = recording.operations.filter { $0.name.hasSuffix("Update") }
    #expect(updates.map(\.name) == ["muonUpdate", "adamUpdate", "muonUpdate", "adamUpdate"])
    for update in updates {
      let replayed = apply(update.primitive, update.inputs)
      for (a, b) in zip(replayed, update.outputs) { #expect(a.isIdentical(to: b)) }
    }
  }

  @Test("Adafactor keeps a row and a column of a matrix, and its steps are one operation, too")
  func adafactor() throws {
    let pair = Pair()
    let optimizer = Adafactor(pair.parameters(), learningRate: 0.1, weightDecay: 0.1)
    let recording = Recording()
    withTransformation(recording) { Self.train(pair, optimizer, steps: 0..<2) }
    let updates = recording.operations.filter { $0.name == "adafactorUpdate" }
    #expect(updates.count == 4)
    #expect(updates[2].outputs.map(\.shape) == [[4, 3], [4, 1], [1, 3]])
    #expect(updates[3].outputs.map(\.shape) == [[5], [5]])
    for update in updates {
      let made = try Registry.make(update.name, update.primitive.attributes)
      let replayed = apply(made, update.inputs)
      for (a, b) in zip(replayed, update.outputs) { #expect(a.isIdentical(to: b)) }
    }
    let abstract = withAbstractTensors { Pair() }
    let shapes = Adafactor(abstract.parameters())
    withAbstractTensors { Self.train(abstract, shapes, steps: 0..<2) }
    #expect(shapes.state["matrix.columnSquare"]?.shape == [1, 3])
    var state = optimizer.state
    state["matrix.rowSquare"] = Tensor.zeros([4, 3])
    let error = OptimizerError.mismatched(
      name: "matrix.rowSquare", expected: [4, 1], found: [4, 3])
    #expect(throws: error) { try optimizer.load(state) }
  }

  // MARK: Clipping

  @Test("Clipping passes the door as operations, and scales only where the norm is too large")
  func clipping() {
    func names(_ maximum: Double) -> [String] {
      let pair = Pair()
      pair.setGradients(0)
      let recording = Recording()
      withTransformation(recording) {
        _ = clipGradientNorm(pair.parameters(), maximum: maximum)
      }
      return recording.operations.map(\.name)
    }
    #expect(names(1e6) == ["sumOfSquares", "sumOfSquares", "add", "sqrt"])
    #expect(names(1e-3).filter { $0 == "multiply" }.count == 2)
  }

  @Test("Gradients without elements are clipped, too, by a scale that may be 1")
  func abstractClipping() {
    withAbstractTensors {
      let pair = Pair()
      pair.setGradients(0)
      let norm = clipGradientNorm(pair.parameters(), maximum: 1)
      #expect(norm.isAbstract && norm.shape == [] && norm.dtype == .float64)
      #expect(pair.$matrix.grad!.isAbstract && pair.$matrix.grad!.shape == [4, 3])
    }
  }

  @Test(
    "Norms that are not numbers, infinite or 0 are what they were",
    arguments: [
      ([Float.nan, 1], [Float.nan, 1]), ([.infinity, 1], [.nan, 0]), ([0, 0], [0, 0]),
      ([3e15, 4e15], [0.6, 0.8]),
    ])
  func clippingCorners(gradient: [Float], expected: [Float]) {
    let parameter = Parameter(wrappedValue: Tensor([0, 0] as [Float]))
    parameter.grad = Tensor(gradient)
    let norm = clipGradientNorm([parameter], maximum: 1).item()
    let found = parameter.grad!.array()
    for (a, b) in zip(found, expected) { #expect(a == b || (a.isNaN && b.isNaN), "\(found)") }
    #expect(norm.isNaN == gradient[0].isNaN)
    #expect(clipGradientNorm([], maximum: 1).item() == 0)
  }
}
