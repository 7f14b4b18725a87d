import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct TraceTests {
  @Test(arguments: TrainingStep.names)
  func `a traced step does what the ordinary one does, bit by bit`(name: String) throws {
    let (ordinary, traced) = (TrainingStep.make(name), TrainingStep.make(name))
    let generators = (Generator(seed: 11), Generator(seed: 11))
    let program = withGenerator(generators.1) { trace(traced.types, traced.body) }
    try program.graph.verify()
    for step in 1...3 {
      for optimizer in [ordinary.optimizer, traced.optimizer] {
        optimizer.learningRateFactor = 1 / Double(step)
      }
      let expected = withGenerator(generators.0) { ordinary.body(ordinary.arguments) }
      // The first backward pass makes gradients, without which the second one is another program.
      let current =
        program.fits(traced.arguments)
        ? program : withGenerator(generators.1) { trace(traced.types, traced.body) }
      let found = withGenerator(generators.1) { current.run(traced.arguments) }
      for (x, y) in zip(expected, found) {
        #expect(x.detached().isIdentical(to: y), "step \(step): \(x) and \(y)")
      }
      #expect(differences(ordinary.state, traced.state) == [], "step \(step)")
      #expect(generators.0.state == generators.1.state)
    }
  }

  @Test(arguments: TrainingStep.names)
  func `the graph of a step comes back from its text`(name: String) throws {
    let step = TrainingStep.make(name)
    let graph = trace(step.types, step.body).graph
    let again = try Graph(parsing: graph.description)
    #expect(again == graph)
    let inputs = graph.inputs.map { input -> Tensor in
      input.type.dtype == .int64
        ? .zeros(input.type.shape, dtype: .int64)
        : .full(input.type.shape, 0.25, dtype: input.type.dtype)
    }
    let (a, b) = (Interpreter(graph).run(inputs), Interpreter(again).run(inputs))
    for (x, y) in zip(a.outputs, b.outputs) { #expect(x.isIdentical(to: y)) }
  }

  @Test(arguments: TrainingStep.names)
  func `a trace changes nothing and keeps nothing`(name: String) {
    let step = TrainingStep.make(name)
    let generator = Generator(seed: 1)
    withGenerator(generator) { _ = step.body(step.arguments) }
    let (before, place) = (step.state, generator.state)
    let ledger = Ledger("trace")
    withLedger(ledger) {
      withGenerator(generator) { _ = trace(step.types, step.body) }
    }
    #expect(differences(before, step.state) == [])
    #expect(generator.state == place)
    let abstract = step.state.filter { $0.value.isAbstract }
    #expect(abstract.isEmpty)
    // Places in streams and literals have elements; activations have none.
    #expect(ledger.statistics.peakBytes <= 4096, "\(ledger)")
  }

  @Test func `before the first step a trace leaves an optimizer without state`() {
    let step = TrainingStep.make("gpt")
    _ = trace(step.types, step.body)
    #expect(step.optimizer.state.isEmpty)
    let gradients = step.model.parameters().compactMap(\.grad)
    #expect(gradients.isEmpty)
  }

  @Test func `a step is one graph of forward, backward and updates`() {
    let step = TrainingStep.make("gpt")
    let graph = trace(step.types, step.body).graph
    let counts = graph.operationCounts
    #expect(counts["layerNorm"] == 5 && counts["layerNormGradient"] == 5)
    #expect(counts["crossEntropy"] == 1 && counts["crossEntropyGradient"] == 1)
    let parameters = step.model.namedParameters()
    #expect(counts["adamUpdate"] == parameters.count)
    let names = Set(parameters.map(\.name))
    #expect(Set(graph.inputs.filter { $0.kind == .parameter }.map(\.name)) == names)
    #expect(Set(graph.updates.map(\.name)).isSuperset(of: names))
    // Gradients are cleared in the end, and so they are no updates with values.
    let kept = graph.updates.filter { $0.name.hasSuffix(".grad") }.compactMap(\.value)
    #expect(kept.isEmpty)
    #expect(graph.inputs.filter { $0.kind == .numbers }.count == parameters.count)
    #expect(graph.inputs.filter { $0.kind == .draw }.count == counts["dropout"]! / 2)
    #expect(graph.inputs.filter { $0.kind == .argument }.map(\.name) == ["x0", "x1"])
    #expect(graph.constants.isEmpty)
  }

  @Test func `a checkpoint's second run is a region that draws the same numbers`() {
    let step = TrainingStep.make("checkpoint")
    let graph = trace(step.types, step.body).graph
    let again = graph.equations.filter { $0.region == 1 }
    #expect(again.map(\.name).filter { $0 == "dropout" || $0 == "gelu" } == ["gelu", "dropout"])
    let dropouts = graph.equations.filter { $0.name == "dropout" }
    #expect(dropouts.count == 3, "twice forward, once backward")
    #expect(Set(dropouts.map { $0.inputs[1] }).count == 1)
  }

  @Test func `gradients that are not cleared add up over runs`() throws {
    let model = Linear(2, 1)
    func body(_ x: [Tensor]) -> [Tensor] {
      let loss = model(x[0]).sum()
      loss.backward()
      return [loss]
    }
    let x = Tensor([[1, 2]])
    let first = trace([.float32([1, 2])], body)
    _ = first.run([x])
    #expect(model.weight.grad?.array() == [1, 2])
    #expect(!first.fits([x]), "there is a gradient now")
    let second = trace([.float32([1, 2])], body)
    _ = second.run([x])
    _ = second.run([x])
    #expect(model.weight.grad?.array() == [3, 6])
    model.zeroGrad()
    #expect(first.fits([x]) && !second.fits([x]))
  }

  @Test func `a schedule, a loaded checkpoint and moved weights count in the next run`() throws {
    let (a, b) = (TrainingStep.make("gpt"), TrainingStep.make("gpt"))
    let program = withGenerator(Generator(seed: 1)) { trace(b.types, b.body) }
    withGenerator(Generator(seed: 1)) { _ = a.body(a.arguments) }
    try b.optimizer.load(a.optimizer.state)
    try b.model.load(a.model.stateDict())
    for optimizer in [a.optimizer, b.optimizer] { optimizer.groups[0].weightDecay = 0.3 }
    withGenerator(Generator(seed: 2)) { _ = a.body(a.arguments) }
    withGenerator(Generator(seed: 2)) { _ = program.run(b.arguments) }
    #expect(differences(a.state, b.state) == [])
  }

  @Test func `modes, frozen parameters and types are part of a program`() {
    let model = Sequential {
      Linear(2, 2); Dropout(0.5)
    }
    let program = trace(model, .float32([3, 2]))
    let x = Tensor.ones([3, 2])
    #expect(program.fits([x]))
    #expect(!program.fits([Tensor.ones([2, 2])]) && !program.fits([x, x]) && !program.fits([]))
    model.eval()
    #expect(!program.fits([x]))
    model.train()
    #expect(program.fits([x]))
    model.parameters()[0].freeze()
    #expect(!program.fits([x]))
  }

  @Test func `literals are constants, and captured tensors that are named`() throws {
    let table = Tensor([[1, 2], [3, 4]])
    let program = trace([.float32([2])], constants: [table]) { x in
      [table.matmul(x[0].reshaped([2, 1])) + Tensor([0.5]) * 2]
    }
    #expect(program.graph.constants.map(\.tensor.count).sorted() == [1, 4])
    #expect(program.run([Tensor([1, 1])])[0].array() == [4, 8])
    let again = try Graph(parsing: program.graph.description)
    #expect(Interpreter(again).run([Tensor([1, 1])]).outputs[0].array() == [4, 8])
  }

  @Test func `random tensors are drawn anew in each run, from the generator of the run`() {
    let own = Generator(seed: 5)
    let program = trace([]) { _ in
      [Tensor.normal([3]), Tensor.uniform([2], using: own), Tensor.draws()]
    }
    let draws = withGenerator(Generator(seed: 9)) { [program.run([]), program.run([])] }
    let (again, other) = (Generator(seed: 9), Generator(seed: 5))
    let expected = withGenerator(again) {
      (0..<2).map { _ in
        [Tensor.normal([3]), Tensor.uniform([2], using: other), Tensor.draws()]
      }
    }
    for (found, expected) in zip(draws, expected) {
      for (x, y) in zip(found, expected) { #expect(x.isIdentical(to: y)) }
    }
    #expect(!draws[0][0].isIdentical(to: draws[1][0]))
  }
}

extension Tensor {
  fileprivate static func draws() -> Tensor { multinomial(Tensor([1, 2, 3]), count: 4) }
}
