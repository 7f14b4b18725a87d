import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

@Suite struct LoRATests {
  private let tokens = Tensor([0, 1, 2, 3, 4, 5], shape: [1, 6])

  private func tiny() -> GPT {
    withGenerator(Generator(seed: 2)) {
      GPT(GPTConfiguration(vocabulary: 6, context: 6, layers: 2, heads: 2, channels: 8))
    }
  }

  private func loss(_ model: GPT) -> Tensor {
    crossEntropy(model(tokens), Tensor([1, 2, 3, 4, 5, 0], shape: [1, 6]))
  }

  private func train(_ model: GPT, steps: Int) {
    let optimizer = AdamW(model.parameters(), learningRate: 0.05, weightDecay: 0)
    for _ in 0..<steps {
      optimizer.zeroGrad()
      loss(model).backward()
      optimizer.step()
    }
  }

  @Test func `adapters change nothing at the start, then learn while the base stays`() {
    let model = tiny()
    let (logits, base) = (model(tokens).detached(), model.stateDict())
    let start = loss(model).item()
    model.applyLoRA(rank: 2, alpha: 4)
    #expect(model(tokens).isIdentical(to: logits))
    train(model, steps: 30)
    #expect(loss(model).item() < start - 0.05)
    let after = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    for (name, value) in base { #expect(after[name]!.isIdentical(to: value), "\(name) moved") }
  }

  @Test func `only query and value rows are adapted`() {
    let model = tiny()
    model.applyLoRA(rank: 2, alpha: 4)
    train(model, steps: 3)
    let before = model.blocks[0].attention.qkv.weight.detached()
    model.mergeLoRA()
    let change = (model.blocks[0].attention.qkv.weight - before).abs().sum(axis: 1).array()
    #expect(change.count == 24)
    #expect((0..<8).allSatisfy { change[$0] > 0 } && (16..<24).allSatisfy { change[$0] > 0 })
    #expect((8..<16).allSatisfy { change[$0] == 0 }, "the keys stay")
  }

  @Test func `adapters count where queries look at another sequence, and for shared heads`() {
    let attention = withGenerator(Generator(seed: 3)) {
      MultiHeadAttention(8, heads: 4, keyValueHeads: 2)
    }
    let adapters = attention.applyLoRA(rank: 2, alpha: 4, to: [.query, .key, .value])
    #expect(adapters.map(\.rows) == [0..<8, 8..<12, 12..<16])
    for adapter in adapters {
      adapter.up = .normal(adapter.up.shape, using: Generator(seed: 4))
    }
    let x = Tensor.normal([1, 3, 8], using: Generator(seed: 5))
    let memory = Tensor.normal([1, 5, 8], using: Generator(seed: 6))
    let adapted = [attention(x, mask: nil), attention(x, memory: memory, mask: nil)]
      .map { $0.detached() }
    attention.mergeLoRA()
    let merged = [attention(x, mask: nil), attention(x, memory: memory, mask: nil)]
    for (a, b) in zip(adapted, merged) {
      #expect(a.isClose(to: b, relativeTolerance: 1e-4, absoluteTolerance: 1e-5))
    }
  }

  @Test func `a merged model computes the same, without adapters`() {
    let model = tiny()
    model.applyLoRA(
      rank: 3, alpha: 6, to: [.query, .key, .layer("upProjection"), .layer("projection")])
    train(model, steps: 5)
    let logits = model(tokens).detached()
    model.mergeLoRA()
    #expect(model(tokens).isClose(to: logits, relativeTolerance: 1e-4, absoluteTolerance: 1e-5))
    #expect(model.adapterState().isEmpty)
    #expect(model.stateDict().map(\.name) == tiny().stateDict().map(\.name))
    #expect(model.trainableParameterCount == model.parameterCount)
  }

  @Test func `only adapters are saved, and go back into another copy of the base`() throws {
    let (model, other) = (tiny(), tiny())
    for copy in [model, other] { copy.applyLoRA(rank: 2, alpha: 4) }
    train(model, steps: 5)
    let saved = Dictionary(uniqueKeysWithValues: model.adapterState().map { ($0.name, $0.value) })
    #expect(saved.count == 2 * 2 * 2)
    #expect(saved.keys.contains("blocks.0.attention.qkv.adapters.1.up"))
    #expect(saved.values.reduce(0) { $0 + $1.count } == model.trainableParameterCount)
    try other.loadAdapters(saved)
    #expect(other(tokens).isIdentical(to: model(tokens).detached()))

    var broken = saved
    broken["blocks.0.attention.qkv.adapters.0.down"] = nil
    broken["head.weight"] = Tensor.zeros([1])
    let error = #expect(throws: ModuleError.self) { try other.loadAdapters(broken) }
    #expect(error?.missing == ["blocks.0.attention.qkv.adapters.0.down"])
    #expect(error?.unexpected == ["head.weight"])
  }

  @Test func `GPT-3 has 18,874,368 parameters of rank 4 on queries and values`() {
    #expect(GPTConfiguration.gpt3.loraParameterCount(rank: 4) == 18_874_368)
    // The same count as that of real adapters, for a model that fits here.
    let model = tiny()
    let adapters = model.applyLoRA(rank: 4, alpha: 8)
    let expected = model.configuration.loraParameterCount(rank: 4)
    #expect(adapters.reduce(0) { $0 + $1.parameterCount } == expected)
    #expect(model.trainableParameterCount == expected)
  }

  @Test func `mistakes have their messages`() async {
    await #expect(processExitsWith: .failure) { MLP(sizes: [2, 3]).applyLoRA(rank: 1, alpha: 1) }
    await #expect(processExitsWith: .failure) {
      let model = Sequential { Linear(2, 3) }
      for _ in 0..<2 { model.applyLoRA(rank: 1, alpha: 1, to: [.layer("layers.0")]) }
    }
  }

  // MARK: Checkpointed blocks

  @Test(arguments: [1, 2])
  func `checkpointed blocks give the same bits`(segments: Int) {
    func gradients(_ segments: Int?) -> [Tensor] {
      let model = withGenerator(Generator(seed: 2)) {
        GPT(
          GPTConfiguration(
            vocabulary: 6, context: 6, layers: 2, heads: 2, channels: 8, dropout: 0.2))
      }
      model.checkpointSegments = segments
      withGenerator(Generator(seed: 7)) { loss(model).backward() }
      return model.parameters().map { $0.grad! }
    }
    for (a, b) in zip(gradients(segments), gradients(nil)) { #expect(a.isIdentical(to: b)) }
  }

  // MARK: Mixed precision

  @Test(arguments: [DType.bfloat16, .float16])
  func `a GPT under autocast has float32 gradients near its own`(dtype: DType) {
    let model = tiny()
    loss(model).backward()
    let exact = model.parameters().map { $0.grad! }
    let value = loss(model).item()
    model.zeroGrad()
    let mixed = autocast(dtype) { loss(model) }
    #expect(mixed.dtype == .float32 && abs(mixed.item() - value) < 0.02)
    mixed.backward()
    // Over all parameters: some gradients are nearly 0 at the start, and only rounding is left.
    var (error, size) = (0.0, 0.0)
    for (parameter, exact) in zip(model.parameters(), exact) {
      let gradient = parameter.grad!
      #expect(gradient.dtype == .float32)
      error += (gradient - exact).square().sum().item()
      size += exact.square().sum().item()
    }
    #expect((error / size).squareRoot() < 0.02, "\((error / size).squareRoot())")
  }
}
