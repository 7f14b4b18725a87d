import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

@Suite struct FlatParametersTests {
  private static func network(_ seed: UInt64 = 3) -> Sequential {
    withGenerator(Generator(seed: seed)) {
      Sequential {
        Linear(5, 7)
        LayerNorm(7)
        GELU()
        Linear(7, 3)
      }
    }
  }

  private static func train(_ model: Sequential, _ optimizer: Optimizer, steps: Int = 4) {
    let source = Generator(seed: 8)
    for _ in 0..<steps {
      let (x, y) = (Tensor.normal([6, 5], using: source), Tensor.normal([6, 3], using: source))
      optimizer.zeroGrad()
      meanSquaredError(model(x), y).backward()
      _ = clipGradientNorm(model.parameters(), maximum: 0.5)
      optimizer.step()
    }
  }

  private static func expectEqual(_ a: Module, _ b: Module) {
    for (a, b) in zip(a.parameters(), b.parameters()) {
      let isIdentical = a.value!.isIdentical(to: b.value!)
      let hasSameGradient = a.grad.map { $0.isIdentical(to: b.grad!) } ?? (b.grad == nil)
      #expect(isIdentical && hasSameGradient)
    }
  }

  private static func addresses(_ model: Module) -> [UnsafeMutableRawPointer] {
    model.parameters().map { $0.value!.storage.pointer }
  }

  private static let optimizers: [@Sendable ([AnyParameter]) -> Optimizer] = [
    { Adam($0, learningRate: 0.05) },
    { AdamW($0, learningRate: 0.05, weightDecay: 0.1) },
    { SGD($0, learningRate: 0.1, momentum: 0.9) },
    { LAMB($0, learningRate: 0.05) },
  ]

  @Test(arguments: optimizers.indices)
  func `parameters in a flat buffer train to the bits of ordinary ones, in their places`(i: Int) {
    let (ordinary, flat) = (Self.network(), Self.network())
    let ledger = Ledger()
    withLedger(ledger) {
      let parameters = FlatParameters(flat.parameters(), divisibleBy: 3)
      #expect(ledger.statistics.liveBytesByTag[.parameter] == parameters.buffer.byteCount)
      Self.expectEqual(ordinary, flat)
      let places = Self.addresses(flat)
      ledger.resetPeak()
      Self.train(flat, Self.optimizers[i](flat.parameters()))
      #expect(Self.addresses(flat) == places)
      #expect(
        ledger.statistics.peakBytesByTag[.parameter] == parameters.buffer.byteCount,
        "no value was copied")
      for (index, parameter) in flat.parameters().enumerated() {
        let inBuffer = parameters.buffer.copy(parameters.buffer.ranges[index])
        #expect(inBuffer.array() == parameter.value!.array())
      }
    }
    Self.train(ordinary, Self.optimizers[i](ordinary.parameters()))
    Self.expectEqual(ordinary, flat)
  }

  @Test func `moving into a buffer keeps identities and gradients, in the middle of training too`()
  {
    let (ordinary, flat) = (Self.network(), Self.network())
    let optimizers = [ordinary, flat].map { Adam($0.parameters(), learningRate: 0.05) }
    Self.train(ordinary, optimizers[0])
    Self.train(flat, optimizers[1])
    let parameters = FlatParameters(flat.parameters())
    Self.expectEqual(ordinary, flat)
    Self.train(ordinary, optimizers[0])
    Self.train(flat, optimizers[1])
    Self.expectEqual(ordinary, flat)
    parameters.release()
    let first = flat.parameters()[0].value!
    parameters.update { $0 *= 0 }
    #expect(flat.parameters()[0].value!.isIdentical(to: first), "it lives elsewhere again")
    Self.train(ordinary, optimizers[0])
    Self.train(flat, optimizers[1])
    Self.expectEqual(ordinary, flat)
  }

  @Test func `an update of the whole reaches every parameter, and no snapshot`() {
    let model = Self.network()
    let flat = FlatParameters(model.parameters())
    let before = model.parameters().map { $0.value! }
    let copies = before.map { $0 + 0 }
    let x = Tensor.ones([1, 5])
    let loss = model(x).sum()
    flat.update { $0 *= 2 }
    for (index, parameter) in model.parameters().enumerated() {
      #expect(before[index].isIdentical(to: copies[index]))
      #expect(parameter.value!.isIdentical(to: copies[index] * 2))
    }
    // The old graph goes backward at the old values.
    loss.backward()
    let other = Self.network()
    other(x).sum().backward()
    for (a, b) in zip(model.parameters(), other.parameters()) {
      #expect(a.grad!.isIdentical(to: b.grad!))
    }
    // A range reaches what lies in it only.
    let last = model.parameters().count - 1
    flat.update(flat.buffer.ranges[last]) { $0 = Tensor.zeros($0.shape) }
    #expect(model.parameters()[last].value!.array() == [0, 0, 0])
    #expect(model.parameters()[0].value!.isIdentical(to: copies[0] * 2))
  }

  @Test func `assigning and loading write through to the buffer`() throws {
    let (model, other) = (Self.network(), Self.network(4))
    let flat = FlatParameters(model.parameters())
    let (places, snapshot) = (Self.addresses(model), model.parameters()[0].value!)
    let old = snapshot.array()
    try model.load(Dictionary(uniqueKeysWithValues: other.stateDict()))
    Self.expectEqual(model, other)
    #expect(Self.addresses(model) == places && snapshot.array() == old)
    let parameter = model.parameters()[0]
    parameter.value = parameter.value
    parameter.value = Tensor.ones([5, 7]).transposed()
    #expect(Self.addresses(model) == places && parameter.grad == nil)
    #expect(flat.buffer.copy(0..<35).array() == [Float](repeating: 1, count: 35))
  }

  @Test(arguments: [
    "FlatParameters: a parameter is given twice",
    "FlatParameters: the parameters are of float32 and float64; make a buffer for each dtype",
    "update: the value was float32[7, 5], the update made it float32[7]",
  ])
  func `what cannot lie in one buffer ends the program`(message: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [message = message as String] in
      let parameters = FlatParametersTests.network().parameters()
      if message.hasSuffix("twice") { _ = FlatParameters(parameters + parameters) }
      if message.hasSuffix("dtype") {
        parameters[1].value = parameters[1].value!.cast(to: .float64)
        _ = FlatParameters(parameters)
      }
      _ = FlatParameters(parameters)
      parameters[0].value = Tensor.zeros([7])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("Fledge: \(message)\n"), "\(text)")
  }
}
