import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import Testing

// Forms that another floor would write: they use what FledgeNN shows to everybody, and the models
// know nothing of them.

/// Eight bits an element, a scale a row (Dettmers et al. 2022).
private final class Int8Linear: Module, LinearForm {
  @Buffer var quantized: Tensor
  @Buffer var scales: Tensor
  @Buffer var bias: Tensor?
  let inputs: Int
  let outputs: Int

  init(weight: Tensor, bias: Tensor?) {
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let scales = weight.abs().max(axes: [1], keepDims: true) / 127
    self.scales = scales
    quantized = (weight / scales).rounded().cast(to: .int8)
    self.bias = bias
  }

  convenience init(_ dense: DenseLinear) {
    self.init(weight: dense.weight.detached(), bias: dense.bias?.detached())
  }

  var denseWeight: Tensor? { quantized.cast(to: .float32) * scales }

  func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight: denseWeight!, bias: bias) }

  func adding(_ change: Tensor) -> any LinearForm {
    Int8Linear(weight: denseWeight! + change, bias: bias)
  }

  override var details: String { "int8" }
}

/// Each of two ranks has half of the outputs (Shoeybi et al. 2019); both are here.
private final class ColumnSplit: Module, LinearForm {
  let parts: [DenseLinear]

  init(_ dense: DenseLinear) {
    let biases = dense.bias?.chunked(2)
    parts = dense.weight.chunked(2).enumerated().map { i, weight in
      DenseLinear(weight: weight, bias: biases?[i])
    }
  }

  var inputs: Int { parts[0].inputs }
  var outputs: Int { parts[0].outputs + parts[1].outputs }

  func callAsFunction(_ x: Tensor) -> Tensor {
    Tensor.concatenate(parts.map { $0(x) }, axis: -1)
  }
}

/// Each of two ranks has half of the inputs, and the halves are added up.
private final class RowSplit: Module, LinearForm {
  let parts: [DenseLinear]

  init(_ dense: DenseLinear) {
    parts = dense.weight.chunked(2, axis: 1).enumerated().map { i, weight in
      DenseLinear(weight: weight, bias: i == 0 ? dense.bias : nil)
    }
  }

  var inputs: Int { parts[0].inputs + parts[1].inputs }
  var outputs: Int { parts[0].outputs }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let halves = x.chunked(2, axis: -1)
    return parts[0](halves[0]) + parts[1](halves[1])
  }
}

/// A form that has a parameter of the name of another one within it.
private final class Clashing: Module, LinearForm {
  @Inlined var base: any LinearForm
  @Parameter var weight: Tensor
  init(_ base: any LinearForm) {
    self.base = base
    weight = .zeros([1])
  }
  var inputs: Int { base.inputs }
  var outputs: Int { base.outputs }
  func callAsFunction(_ x: Tensor) -> Tensor { base(x) }
}

/// Does nothing, and notes its mode.
private final class Noting: Module, LinearForm {
  let inputs = 2
  let outputs = 2
  func callAsFunction(_ x: Tensor) -> Tensor { isTraining ? x : -x }
}

@Suite struct LinearFormTests {
  private let tokens = Tensor([0, 1, 2, 3, 4, 5], shape: [1, 6])

  private func tiny() -> GPT {
    withGenerator(Generator(seed: 2)) {
      let model = GPT(
        GPTConfiguration(
          vocabulary: 6, context: 6, layers: 2, heads: 2, channels: 16, tiedHead: false))
      // As they start, weights are so small that a block hardly matters.
      for (_, layer) in model.linearLayers() { layer.weight = layer.weight.detached() * 10 }
      return model
    }
  }

  private func quantized() -> GPT {
    let model = tiny()
    for (_, layer) in model.linearLayers() { layer.form = Int8Linear(layer.dense) }
    return model
  }

  private func distance(_ a: Tensor, _ b: Tensor) -> Double {
    ((a - b).square().sum() / b.square().sum()).sqrt().item()
  }

  private func loss(_ model: GPT) -> Tensor {
    crossEntropy(model(tokens), Tensor([1, 2, 3, 4, 5, 0], shape: [1, 6]))
  }

  private func train(_ model: GPT, steps: Int) {
    let optimizer = AdamW(model.parameters(), learningRate: 0.02, weightDecay: 0)
    for _ in 0..<steps {
      optimizer.zeroGrad()
      loss(model).backward()
      optimizer.step()
    }
  }

  // MARK: Quantized

  @Test func `every linear layer of a GPT in eight bits computes nearly the same`() {
    let (dense, model) = (tiny(), quantized())
    #expect(dense.linearLayers().count == 9)
    let found = distance(model(tokens).detached(), dense(tokens).detached())
    #expect(found > 1e-5 && found < 0.02, "\(found)")
  }

  @Test func `a form's tensors stand in a checkpoint as if they were the layer's own`() throws {
    #expect(
      Linear(2, 3).stateDict().map(\.name) == ["weight", "bias"], "a dense layer's names stay")
    let (dense, model) = (tiny(), quantized())
    let names = model.stateDict().map(\.name)
    #expect(names.contains("blocks.1.attention.qkv.quantized"))
    #expect(names.contains("blocks.1.attention.qkv.scales") && names.contains("head.quantized"))
    #expect(Set(names).count == names.count)
    let bytes = model.stateDict().filter { $0.name.hasSuffix("quantized") }
    #expect(bytes.allSatisfy { $0.value.dtype == .int8 })

    let state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    let other = withGenerator(Generator(seed: 9)) { quantized() }
    for (_, layer) in other.linearLayers() {
      layer.form = Int8Linear(Linear(layer.inputs, layer.outputs).dense)
    }
    #expect(!other(tokens).isIdentical(to: model(tokens)))
    let isBiased = other.linearLayers().allSatisfy { ($0.layer.form as! Int8Linear).bias != nil }
    #expect(isBiased)
    (other.head!.form as! Int8Linear).bias = nil
    try other.load(state)
    #expect(other(tokens).isIdentical(to: model(tokens)))

    let given = Dictionary(uniqueKeysWithValues: dense.stateDict().map { ($0.name, $0.value) })
    let error = #expect(throws: ModuleError.self) { try model.load(given) }
    #expect(error?.unexpected.contains("head.weight") == true)
    #expect(error?.missing.contains("head.quantized") == true)
  }

  @Test func `summaries print the form behind the sizes, and give the layer its work`() {
    let model = quantized()
    #expect(model.summary().contains("blocks.0.upProjection  Linear 16 → 64, int8"))
    #expect(!model.summary().contains("Int8Linear"))
    let table = summary(model, input: tokens) { _ = model($0) }
    let row = table.rows.first { $0.path == "blocks.0.upProjection" }
    #expect(row?.name == "Linear 16 → 64, int8")
    #expect(row?.output == [1, 6, 64] && row?.multiplyAdds == 6 * 16 * 64)
    #expect(table.rows.count == summary(tiny(), input: tokens) { _ = tiny()($0) }.rows.count)
  }

  @Test func `adapters learn over eight bits, which stay, and merge into them`() throws {
    let model = quantized()
    let base = model.stateDict().filter { $0.name.hasSuffix("quantized") }
    let logits = model(tokens).detached()
    let start = loss(model).item()
    model.applyLoRA(rank: 2, alpha: 4, to: [.query, .value, .layer("upProjection")])
    #expect(model(tokens).isIdentical(to: logits))
    #expect(model.blocks[0].upProjection.details == "16 → 64, int8, adapted")
    train(model, steps: 60)
    #expect(loss(model).item() < start - 0.05)
    let after = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value) })
    for (name, value) in base { #expect(after[name]!.isIdentical(to: value), "\(name) moved") }
    let saved = model.adapterState().map(\.name)
    #expect(saved.count == 2 * 3 * 2)
    #expect(saved.contains("blocks.1.attention.qkv.adapters.1.up"))

    let adapted = model(tokens).detached()
    model.mergeLoRA()
    #expect(model.blocks[0].upProjection.form is Int8Linear)
    #expect(model.adapterState().isEmpty)
    #expect(distance(model(tokens).detached(), adapted) < 0.05)
    #expect(distance(logits, adapted) > 0.05, "the control: what was learned")
  }

  // MARK: Split

  @Test func `two halves of every weight compute the same, with the same gradients`() {
    let (dense, model) = (tiny(), tiny())
    for (path, layer) in model.linearLayers() {
      let isColumn = path.hasSuffix("qkv") || path.hasSuffix("upProjection") || path == "head"
      layer.form = isColumn ? ColumnSplit(layer.dense) : RowSplit(layer.dense)
    }
    #expect(model.parameterCount == dense.parameterCount)
    #expect(model(tokens).isClose(to: dense(tokens), absoluteTolerance: 1e-5))
    loss(model).backward()
    loss(dense).backward()
    func gradients(_ model: GPT) -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: model.namedParameters().map { ($0.name, $0.parameter.grad!) })
    }
    let (parts, whole) = (gradients(model), gradients(dense))
    for (layer, axis) in [("upProjection", 0), ("downProjection", 1)] {
      let name = "blocks.0.\(layer)"
      let joined = Tensor.concatenate(
        (0..<2).map { parts["\(name).parts.\($0).weight"]! }, axis: axis)
      #expect(joined.isClose(to: whole["\(name).weight"]!, absoluteTolerance: 1e-5))
    }
  }

  @Test(arguments: [4, 2]) func `two ranks with half of the heads add up to all`(shared: Int) {
    func attention() -> MultiHeadAttention {
      withGenerator(Generator(seed: 4)) {
        MultiHeadAttention(
          8, heads: 4, keyValueHeads: shared, isCausal: true, rotaryBase: 10_000)
      }
    }
    let whole = attention()
    let x = Tensor.normal([2, 5, 8], using: Generator(seed: 5))
    let outputs = (0..<2).map { rank -> Tensor in
      let part = attention()
      func half(_ tensor: Tensor, axis: Int = 0) -> Tensor { tensor.chunked(2, axis: axis)[rank] }
      func rows(_ tensor: Tensor) -> Tensor {
        Tensor.concatenate(
          tensor.split(sizes: [8, 2 * shared, 2 * shared]).map { half($0) })
      }
      part.divide(
        heads: 2, keyValueHeads: shared / 2,
        qkv: DenseLinear(weight: rows(part.qkv.weight), bias: rows(part.qkv.bias!)),
        projection: DenseLinear(
          weight: half(part.projection.weight, axis: 1),
          bias: rank == 0 ? part.projection.bias : nil))
      #expect(part.details.hasPrefix("8, 2 heads of 2"))
      return part(x)
    }
    #expect((outputs[0] + outputs[1]).isClose(to: whole(x), absoluteTolerance: 1e-5))
  }

  @Test func `the width of a head is its own`() {
    let layer = MultiHeadAttention(8, heads: 2, keyValueHeads: 1, headSize: 3, isCausal: true)
    #expect(layer.qkv.outputs == 12 && layer.projection.inputs == 6)
    #expect(layer.details == "8, 2 heads of 3, 1 for keys and values, causal")
    let x = Tensor.normal([2, 5, 8])
    let parts = layer.qkv(x).split(sizes: [6, 3, 3], axis: 2)
    let queries = parts[0].reshaped([2, 5, 2, 3]).permuted([0, 2, 1, 3])
    let (k, v) = (parts[1].expandedDims(axis: 1), parts[2].expandedDims(axis: 1))
    let y = attention(
      queries, k.repeated(2, axis: 1), v.repeated(2, axis: 1), isCausal: true)
    let expected = layer.projection(y.permuted([0, 2, 1, 3]).reshaped([2, 5, 6]))
    #expect(layer(x).isClose(to: expected, absoluteTolerance: 1e-6))
    let adapters = layer.applyLoRA(rank: 1, alpha: 1, to: [.query, .key, .value])
    #expect(adapters.map(\.rows) == [0..<6, 6..<9, 9..<12])
    let memory = Tensor.normal([2, 4, 8])
    let cross = MultiHeadAttention(8, heads: 2, headSize: 3)
    #expect(cross(x, memory: memory, mask: nil).shape == [2, 5, 8])
    let options = TransformerOptions(headSize: 3)
    #expect(TransformerBlock(8, heads: 2, options: options).attention.headSize == 3)
  }

  // MARK: Corners

  @Test func `a form goes into the mode of its layer`() {
    let layer = Linear(2, 2)
    layer.eval()
    layer.form = Noting()
    #expect(layer(Tensor([1, 2])).array() == [-1, -2])
    layer.train()
    #expect(layer(Tensor([1, 2])).array() == [1, 2])
  }

  @Test func `some outputs of any form are a part of all`() {
    let x = Tensor.normal([3, 4])
    let layer = Linear(4, 6)
    layer.applyLoRA(rank: 2, alpha: 2, to: [.layer("")])
    let adapted = layer.form as! AdaptedLinear
    adapted.adapters[0].up = .normal([6, 2])
    let forms: [any LinearForm] = [
      layer.dense, adapted, Int8Linear(layer.dense),
      AdaptedLinear(
        layer.dense, adapters: [LowRankAdapter(inputs: 4, rows: 1..<3, rank: 1, alpha: 1)]),
    ]
    for form in forms {
      for rows in [0..<6, 1..<4, 2..<3, 5..<6] {
        let part = form(x, rows: rows)
        let expected = form(x).sliced(axis: 1, from: rows.lowerBound, count: rows.count)
        #expect(part.isClose(to: expected, absoluteTolerance: 1e-5), "\(form) \(rows)")
      }
    }
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "Linear: two tensors of a Clashing go by one name: weight, bias, weight",
      {
        let layer = Linear(2, 2)
        layer.form = Clashing(layer.form)
      }
    ),
    (
      "Linear: a Int8Linear has no dense weight to be read or set",
      {
        let layer = Linear(2, 2)
        layer.form = Int8Linear(layer.dense)
        layer.weight = .zeros([2, 2])
      }
    ),
    (
      "Linear: a ColumnSplit takes no change of its weight; it has no adding(_:)",
      {
        let layer = Linear(2, 2)
        layer.form = ColumnSplit(layer.dense)
        Sequential { layer }.applyLoRA(rank: 1, alpha: 1, to: [.layer("layers.0")])
        layer.mergeLoRA()
      }
    ),
    (
      "AdaptedLinear: rows 1..<4 of an adapter are not among the 3 outputs",
      {
        _ = AdaptedLinear(
          Linear(2, 3).form, adapters: [LowRankAdapter(inputs: 2, rows: 1..<4, rank: 1, alpha: 1)])
      }
    ),
    (
      "MultiHeadAttention: 2 query and 2 key heads of 2 need 8 → 12 and 4 → 8, got 8 → 24 and 8 → 8",
      {
        let layer = MultiHeadAttention(8, heads: 4)
        layer.divide(
          heads: 2, keyValueHeads: 2, qkv: layer.qkv.form, projection: layer.projection.form)
      }
    ),
    ("Inlined: a Int is no module", { _ = Inlined(wrappedValue: 3) }),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake ends with its message`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in LinearFormTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let first = text.split(separator: "\n").first.map(String.init)
    #expect(first == "Fledge: \(Self.mistakes[index].message)")
  }
}
