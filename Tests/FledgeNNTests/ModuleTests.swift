import FledgeCore
import FledgeNN
import Testing

private final class Inner: Module {
  @Parameter var weight: Tensor
  @Parameter var bias: Tensor?
  @Buffer var mean: Tensor

  init(bias: Bool) {
    weight = Tensor.ones([2])
    self.bias = bias ? Tensor.zeros([2]) : nil
    mean = Tensor.zeros([3])
  }
}

private final class Outer: Module {
  let first = Inner(bias: true)
  let list = [Inner(bias: false), Inner(bias: false)]
  let table = ["b": Inner(bias: false), "a": Inner(bias: false)]
  var absent: Inner?
  var present: Inner? = Inner(bias: false)
  let shared: Inner
  let numbers = [1, 2, 3]
  @NotSaved var cache: Tensor? = Tensor.zeros([1])

  override init() { shared = first }
}

private final class Optionals: Module {
  var present: Inner? = Inner(bias: false)
  var absent: Inner?
  let list: [Inner?] = [Inner(bias: true), nil, Inner(bias: false)]
}

private final class HiddenTensor: Module {
  let pair = (1, Tensor.zeros([2]))
}

private final class BareTensor: Module {
  var state = Tensor.zeros([2])
}

@Suite struct ModuleTests {
  @Test func `names are property paths, a shared parameter goes by its first`() {
    #expect(
      Outer().namedParameters().map(\.name) == [
        "first.weight", "first.bias", "list.0.weight", "list.1.weight", "table.a.weight",
        "table.b.weight", "present.weight",
      ])
  }

  @Test func `an optional is looked into, whatever others of its type hold`() {
    #expect(
      Optionals().namedParameters().map(\.name) == [
        "present.weight", "list.0.weight", "list.0.bias", "list.2.weight",
      ])
  }

  @Test func `the state has buffers too`() {
    #expect(Inner(bias: true).stateDict().map(\.name) == ["weight", "bias", "mean"])
  }

  @Test func `a tensor in a tuple traps with its path`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = HiddenTensor().parameters()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("`HiddenTensor.pair"))
  }

  @Test func `a bare tensor traps`() async {
    await #expect(processExitsWith: .failure) { _ = BareTensor().parameters() }
  }

  @Test func `loading what was saved gives the same values`() throws {
    let (a, b) = (Linear(3, 2), Linear(3, 2))
    #expect(a.weight.array() != b.weight.array())
    let state = Dictionary(uniqueKeysWithValues: a.stateDict().map { ($0.name, $0.value) })
    try b.load(state)
    #expect(a.weight.array() == b.weight.array())
    #expect(a.bias?.array() == b.bias?.array())
  }

  @Test func `a state that does not fit is refused with every name and shape`() {
    let layer = Linear(3, 2)
    let before = layer.weight.array()
    let error = #expect(throws: ModuleError.self) {
      try layer.load(["weight": Tensor.zeros([3, 2]), "other": Tensor.zeros([1])])
    }
    #expect(error?.missing == ["bias"])
    #expect(error?.unexpected == ["other"])
    #expect(error?.mismatched == [.init(name: "weight", expected: [2, 3], found: [3, 2])])
    #expect(layer.weight.array() == before)
  }

  @Test func `loading that is not strict passes over names but not shapes`() throws {
    let layer = Linear(1, 2)
    try layer.load(["bias": Tensor.full([2], 7), "other": Tensor.zeros([1])], strict: false)
    #expect(layer.bias?.array() == [7, 7])
    #expect(throws: ModuleError.self) {
      try layer.load(["bias": Tensor.zeros([3])], strict: false)
    }
  }

  @Test func `a module under two names can be loaded by either`() throws {
    let outer = Outer()
    var state = Dictionary(uniqueKeysWithValues: outer.stateDict().map { ($0.name, $0.value) })
    state["shared.weight"] = Tensor.full([2], 9)
    state["first.weight"] = nil
    try outer.load(state)
    #expect(outer.first.weight.array() == [9, 9])
  }

  @Test func `training mode reaches every module below`() {
    let model = Sequential {
      Linear(2, 2)
      Dropout(0.5)
    }
    model.eval()
    #expect(!model.isTraining && !model.layers[1].isTraining)
    model.train()
    #expect(model.layers[1].isTraining)
  }

  @Test func `a backward pass fills the gradients, zeroGrad empties them`() {
    let layer = Linear(2, 1)
    layer(Tensor([[1, 2], [3, 4]])).sum().backward()
    #expect(layer.dense.$weight.grad?.array() == [4, 6])
    #expect(layer.dense.$bias.grad?.array() == [2])
    layer.zeroGrad()
    #expect(layer.dense.$weight.grad == nil)
  }

  @Test func `a frozen parameter gets no gradient, the others do`() {
    let layer = Linear(2, 1)
    layer.dense.$weight.freeze()
    layer(Tensor([[1, 2]])).sum().backward()
    #expect(layer.dense.$weight.grad == nil)
    #expect(layer.dense.$bias.grad != nil)
  }

  @Test func `the summary counts parameters`() {
    let model = Sequential {
      Linear(784, 256)
      ReLU()
    }
    #expect(model.parameterCount == 200_960)
    #expect(model.description.contains("784 → 256"))
    #expect(model.description.contains("200,960"))
  }
}
