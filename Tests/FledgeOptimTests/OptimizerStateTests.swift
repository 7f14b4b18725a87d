import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

/// A layer used twice and one used once, in an order that can be turned around.
private final class Net: Module {
  let layers: [String: Linear]
  @Parameter var scale: Tensor
  @Parameter var shift: Tensor?
  let tied: Linear?

  init(_ names: [String] = ["first", "second"], hasShift: Bool = false, tying: String? = nil) {
    layers = Dictionary(
      uniqueKeysWithValues: names.map { name in
        // The same numbers under the same name.
        (name, withGenerator(Generator(seed: UInt64(name.count))) { Linear(3, 3) })
      })
    scale = Tensor([0.5, 1, 2] as [Float])
    shift = hasShift ? Tensor.zeros([3]) : nil
    tied = tying.map { [layers] in layers[$0]! }
  }

  func loss() -> Tensor {
    var x = Tensor([[1, -2, 0.5]])
    for name in ["first", "second"] { x = tanh(layers[name]!(x)) }
    if let extra = layers["extra"] { x = x + extra(x) }
    x = x * scale
    return (shift.map { x + $0 } ?? x).square().sum()
  }
}

/// The parameters of a model that has the second before the first.
private final class Reordered: Module {
  @Parameter var second: Tensor
  @Parameter var first: Tensor
  override init() { (second, first) = (Tensor([2, 2] as [Float]), Tensor([1] as [Float])) }
}

private final class Ordered: Module {
  @Parameter var first: Tensor
  @Parameter var second: Tensor
  override init() { (first, second) = (Tensor([1] as [Float]), Tensor([2, 2] as [Float])) }
}

/// The state of optimizers and averages under the names of the parameters.
@Suite struct OptimizerStateTests {
  typealias Make = @Sendable ([AnyParameter]) -> Optimizer

  static let optimizers: [String: Make] = [
    "sgd": { SGD($0, learningRate: 0.01, momentum: 0.9) },
    "adamw": { AdamW($0, learningRate: 0.01) },
    "rmsprop": { RMSprop($0, learningRate: 0.01, momentum: 0.5, centered: true) },
  ]

  private func step(_ net: Net, _ optimizer: Optimizer) {
    optimizer.zeroGrad()
    net.loss().backward()
    optimizer.step()
  }

  @Test func `state is named by the paths of the parameters`() {
    let net = Net()
    let optimizer = Adam(net.parameters())
    step(net, optimizer)
    let slots = ["mean", "square", "step"]
    let names = net.namedParameters().map(\.name)
    #expect(names.contains("layers.first.weight"))
    #expect(optimizer.parameterNames == names)
    let expected = names.flatMap { name in slots.map { "\(name).\($0)" } }
    #expect(Set(optimizer.state.keys) == Set(expected))
  }

  @Test func `a group's name comes first, and parameters that no model has listed are numbered`() {
    let net = Net()
    let loose = Parameter(wrappedValue: Tensor([1] as [Float]))
    let optimizer = SGD([
      ParameterGroup([net.$scale], named: "net", learningRate: 1),
      ParameterGroup([loose], learningRate: 1),
    ])
    #expect(optimizer.parameterNames == ["parameter.0", "parameter.1"])
    let listed = SGD([
      ParameterGroup(net.parameters(), named: "net", learningRate: 1),
      ParameterGroup([loose], learningRate: 1),
    ])
    let own = net.parameters().map { "net.\($0.paths[0])" }
    #expect(listed.parameterNames == own + ["parameter.5"])
  }

  @Test func `listing a part afterwards, printing and counting rename nothing`() {
    let net = Net()
    let optimizer = SGD(net.parameters(), learningRate: 1)
    let names = optimizer.parameterNames
    #expect(net.layers["first"]!.parameters().map(\.paths) == [["weight"], ["bias"]])
    #expect(optimizer.parameterNames == names)
    _ = net.parameters()
    _ = (net.layers["first"]!.parameterCount, net.layers["first"]!.description)
    net.layers["first"]!.zeroGrad()
    net.layers["first"]!.freeze()
    #expect(net.layers["first"]!.dense.$weight.paths == ["layers.first.weight"])
  }

  @Test func `two models in one optimizer are numbered, or their groups are named`() {
    let paths = Net().namedParameters().map(\.name)
    let numbered = (0..<2).flatMap { model in paths.map { "\(model).\($0)" } }
    let both = Net().parameters() + Net().parameters()
    #expect(SGD(both, learningRate: 1).parameterNames == numbered)
    #expect(
      Set(WeightAverage(both).state.keys) == Set(numbered.map { "\($0).average" }))
    let named = SGD(
      ["left", "right"].map { ParameterGroup(Net().parameters(), named: $0, learningRate: 1) })
    #expect(named.parameterNames == ["left", "right"].flatMap { n in paths.map { "\(n).\($0)" } })
    // Layers that were listed one by one have the names of an array's.
    let layers = [Linear(2, 2), Linear(2, 2, bias: false), Linear(2, 2)]
    #expect(
      SGD(layers.flatMap { $0.parameters() }, learningRate: 1).parameterNames
        == ["0.weight", "0.bias", "1.weight", "2.weight", "2.bias"])
  }

  // MARK: Survival

  @Test("Reordered parameters find their own state", arguments: optimizers.keys)
  func reordered(name: String) throws {
    let (ordered, reordered) = (Ordered(), Reordered())
    let optimizers = [ordered, reordered].map { Self.optimizers[name]!($0.parameters()) }
    func step(_ model: Module, _ optimizer: Optimizer) {
      for (name, parameter) in model.namedParameters() {
        parameter.grad = parameter.value! * (name == "first" ? 3 : -1)
      }
      optimizer.step()
    }
    for _ in 0..<3 { step(ordered, optimizers[0]) }
    try reordered.load(Dictionary(uniqueKeysWithValues: ordered.stateDict().map { ($0, $1) }))
    try optimizers[1].load(optimizers[0].state)
    for (model, optimizer) in zip([ordered, reordered] as [Module], optimizers) {
      step(model, optimizer)
    }
    #expect(ordered.first.isIdentical(to: reordered.first))
    #expect(ordered.second.isIdentical(to: reordered.second))
  }

  @Test("An added parameter starts anew, and the others go on with the same bits")
  func added() throws {
    let (small, large) = (Net(), Net(hasShift: true))
    let optimizer = AdamW(small.parameters(), learningRate: 0.01)
    for _ in 0..<3 { step(small, optimizer) }
    try large.load(
      Dictionary(uniqueKeysWithValues: small.stateDict().map { ($0, $1) }), strict: false)
    let resumed = AdamW(large.parameters(), learningRate: 0.01)
    try resumed.load(optimizer.state)
    step(small, optimizer)
    step(large, resumed)
    for (name, parameter) in small.namedParameters() {
      let other = large.namedParameters().first { $0.name == name }!.parameter
      #expect(parameter.value!.isIdentical(to: other.value!), "\(name)")
    }
    #expect(resumed.state["shift.step"]!.item() == 1 && resumed.state["scale.step"]!.item() == 4)
  }

  @Test("The state of a frozen parameter waits until it is trained again")
  func frozen() throws {
    let net = Net()
    let optimizer = AdamW(net.parameters(), learningRate: 0.01)
    step(net, optimizer)
    let (saved, before) = (optimizer.state, net.scale.detached())
    net.$scale.freeze()
    let resumed = AdamW(net.parameters(), learningRate: 0.01)
    try resumed.load(saved)
    step(net, resumed)
    #expect(net.scale.isIdentical(to: before) && resumed.state["scale.step"]!.item() == 1)
    #expect(resumed.state["layers.first.weight.step"]!.item() == 2)
    net.$scale.unfreeze()
    step(net, resumed)
    #expect(resumed.state["scale.step"]!.item() == 2)

    // Made of the trainable ones only, it has no place for the others' state.
    net.$scale.freeze()
    let partial = AdamW(net.parameters().filter(\.isTrainable), learningRate: 0.01)
    #expect(throws: OptimizerError.unexpected(name: "scale.mean")) { try partial.load(saved) }
    try partial.load(saved, strict: false)
    #expect(partial.state["layers.first.weight.step"]!.item() == 1)
  }

  @Test("A shared parameter's state is found under any of its paths")
  func shared() throws {
    let (plain, tied) = (Net(), Net(tying: "second"))
    let optimizer = AdamW(plain.parameters(), learningRate: 0.01)
    step(plain, optimizer)
    var state = optimizer.state
    for slot in ["mean", "square", "step"] {
      state["tied.weight.\(slot)"] = state.removeValue(forKey: "layers.second.weight.\(slot)")
    }
    let resumed = AdamW(tied.parameters(), learningRate: 0.01)
    try resumed.load(state)
    #expect(
      resumed.state["layers.second.weight.mean"]!.isIdentical(
        to: optimizer.state["layers.second.weight.mean"]!))
    state["layers.second.weight.mean"] = Tensor.zeros([3, 3])
    #expect(throws: OptimizerError.unexpected(name: "tied.weight.mean")) {
      try resumed.load(state)
    }
  }

  // MARK: Errors

  @Test func `a state that does not fit is refused by name, and nothing changes`() throws {
    let net = Net()
    let optimizer = AdamW(net.parameters())
    step(net, optimizer)
    let before = optimizer.state
    func refuses(_ change: (inout [String: Tensor]) -> Void, _ error: OptimizerError) {
      var state = before.mapValues { $0 * 2 }
      change(&state)
      #expect(throws: error) { try optimizer.load(state) }
      for (name, value) in before { #expect(optimizer.state[name]!.isIdentical(to: value)) }
    }
    for name in ["3.mean", "scale.velocity", "other.mean", "mean", "", "scale."] {
      refuses({ $0[name] = Tensor.zeros([3]) }, .unexpected(name: name))
    }
    refuses(
      { $0["scale.mean"] = Tensor.zeros([2]) },
      .mismatched(name: "scale.mean", expected: [3], found: [2]))
    refuses(
      { $0["scale.step"] = Tensor.zeros([1]) },
      .mismatched(name: "scale.step", expected: [], found: [1]))
    refuses({ $0["scale.square"] = nil }, .missing(name: "scale.square"))
    // Not even where names may be unknown.
    #expect(throws: OptimizerError.mismatched(name: "scale.mean", expected: [3], found: [2])) {
      try optimizer.load(["scale.mean": Tensor.zeros([2])], strict: false)
    }
  }

  // MARK: Averages

  @Test func `an average is named by paths, and grows with its model`() throws {
    let (small, large) = (Net(), Net(hasShift: true))
    let average = WeightAverage(small.parameters(), decay: 0.5)
    small.scale = Tensor([1, 1, 1] as [Float])
    average.update()
    #expect(Set(average.state.keys) == Set(small.namedParameters().map { "\($0.name).average" }))
    let grown = WeightAverage(large.parameters(), decay: 0.5)
    #expect(throws: OptimizerError.missing(name: "shift.average")) {
      try grown.load(average.state)
    }
    try grown.load(average.state, strict: false)
    #expect(grown.state["scale.average"]!.isIdentical(to: average.state["scale.average"]!))
    #expect(grown.state["shift.average"]!.array() == [0, 0, 0])
    #expect(throws: OptimizerError.unexpected(name: "7.average")) {
      try grown.load(["7.average": Tensor.zeros([1])])
    }
  }
}
