import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct ReplayTests {
  @Test(arguments: TrainingStep.names)
  func `a compiled step does what the ordinary one does, bit by bit`(name: String) {
    let (ordinary, other) = (TrainingStep.make(name), TrainingStep.make(name))
    let compiled = compile(other.body)
    let generators = (Generator(seed: 11), Generator(seed: 11))
    for step in 1...5 {
      for optimizer in [ordinary.optimizer, other.optimizer] {
        optimizer.learningRateFactor = 1 / Double(step)
        if step == 4 { optimizer.groups[0].weightDecay = 0.2 }
      }
      let expected = withGenerator(generators.0) { ordinary.body(ordinary.arguments) }
      let found = withGenerator(generators.1) { compiled.call(other.arguments) }
      for (x, y) in zip(expected, found) {
        #expect(x.detached().isIdentical(to: y), "step \(step): \(x) and \(y)")
      }
      #expect(differences(ordinary.state, other.state) == [], "step \(step)")
      #expect(generators.0.state == generators.1.state)
    }
    // Where gradients add up, the first step is another program than the ones after it.
    #expect(compiled.compilations == (name == "checkpoint" ? 2 : 1))
  }

  @Test(arguments: ["mlp", "gpt", "resnet"])
  func `a planned step needs less memory than the ordinary one`(name: String) {
    func peak(_ run: (TrainingStep) -> () -> Void) -> MemoryStatistics {
      let ledger = Ledger(name)
      // On one thread, since each has scratch memory of its own, and not always at the same time.
      return withRank(0, of: 1, ledger: ledger) {
        let step = TrainingStep.make(name, isLarge: true)
        let body = run(step)
        for _ in 1...2 { body() }
        ledger.resetPeak()
        body()
        return ledger.statistics
      }
    }
    let ordinary = peak { step in { _ = step.body(step.arguments) } }
    let planned = peak { step in
      let compiled = compile(step.body)
      return { _ = compiled.call(step.arguments) }
    }
    #expect(planned.peakBytes < ordinary.peakBytes)
    print("\(name): at most \(planned.peakBytes) bytes, \(ordinary.peakBytes) in ordinary code")
  }

  @Test func `a planned step allocates what it returns and the numbers of the optimizer`() {
    let ledger = Ledger("steps")
    withLedger(ledger) {
      let step = TrainingStep.make("mlp")
      let compiled = compile(step.body)
      for _ in 1...2 { _ = compiled.call(step.arguments) }
      let before = ledger.statistics
      for _ in 1...3 { _ = compiled.call(step.arguments) }
      let after = ledger.statistics
      // The loss, and one set of the optimizer's numbers for all parameters.
      #expect(after.allocations - before.allocations == 3 * 2)
      #expect(after.liveBytes == before.liveBytes && after.liveBuffers == before.liveBuffers)
    }
  }

  @Test func `random streams are all that a forward pass in training allocates besides its result`()
  {
    let model = Sequential {
      Linear(8, 16); ReLU(); Dropout(0.5); Linear(16, 16); Tanh(); Dropout(0.5); Linear(16, 2)
    }
    let forward = compile(model)
    let x = Tensor.normal([4, 8])
    for _ in 1...2 { _ = forward(x) }
    let ledger = Ledger("forward")
    withLedger(ledger) { for _ in 1...10 { _ = forward(x) } }
    #expect(ledger.statistics.allocations == 10 * 3)
  }

  @Test func `parameters and moments are changed where they lie, unless somebody holds them`() {
    let step = TrainingStep.make("mlp")
    let compiled = compile(step.body)
    _ = compiled.call(step.arguments)
    let addresses = { step.model.parameters().map { $0.value!.storage.pointer } }
    let before = addresses()
    _ = compiled.call(step.arguments)
    #expect(addresses() == before)
    let held = step.model.parameters().map { $0.value!.detached() }
    let numbers = held.map { $0.array() }
    _ = compiled.call(step.arguments)
    #expect(held.map { $0.array() } == numbers)
    #expect(zip(addresses(), before).allSatisfy { $0 != $1 })
  }

  @Test func `a gradient that somebody holds stays as it is in the next step`() {
    let (ordinary, other) = (TrainingStep.make("mlp"), TrainingStep.make("mlp"))
    let compiled = compile(other.body)
    var held: [(Tensor, [Float])] = []
    for step in 1...5 {
      _ = ordinary.body(ordinary.arguments)
      _ = compiled.call(other.arguments)
      if step == 2 || step == 3 {
        held += other.model.parameters().map { ($0.grad!, $0.grad!.array()) }
      }
      #expect(differences(ordinary.state, other.state) == [])
    }
    for (gradient, numbers) in held { #expect(gradient.array() == numbers) }
  }

  @Test func `a value from before the optimizer's step is still there after it`() {
    func make() -> (Linear, ([Tensor]) -> [Tensor]) {
      let model = withGenerator(Generator(seed: 1)) { Linear(3, 2) }
      let optimizer = SGD(model.parameters(), learningRate: 0.5, momentum: 0.9)
      return (
        model,
        { arguments in
          let (old, view) = (model.weight.detached(), model.weight.transposed())
          optimizer.zeroGrad()
          model(arguments[0]).square().sum().backward()
          optimizer.step()
          return [old * 2, view + 1, model.weight - old]
        }
      )
    }
    let ((first, ordinary), (second, body)) = (make(), make())
    let compiled = compile(body)
    for _ in 1...4 {
      let x = Tensor.ones([2, 3])
      for (a, b) in zip(ordinary([x]), compiled.call([x])) {
        #expect(a.detached().isIdentical(to: b))
      }
      #expect(first.weight.detached().isIdentical(to: second.weight.detached()))
    }
  }

  @Test func `a gradient may be changed where it is, as clipping does`() {
    let (ordinary, other) = (TrainingStep.make("mlp"), TrainingStep.make("mlp"))
    let compiled = compile(other.body)
    for _ in 1...3 {
      _ = ordinary.body(ordinary.arguments)
      _ = compiled.call(other.arguments)
      for step in [ordinary, other] {
        clipGradientValue(step.model.parameters(), maximum: 0.01)
        step.optimizer.step()
      }
      #expect(differences(ordinary.state, other.state) == [])
    }
  }

  @Test func `results of one call stay as they are in the next`() {
    let f = compile { (x: Tensor, y: Tensor) in (x.matmul(y) + 1).transposed() * 1 }
    let (a, b) = (Tensor.normal([3, 4]), Tensor.normal([4, 5]))
    let first = f(a, b)
    let numbers = first.array()
    for _ in 1...3 { _ = f(a * 2, b) }
    #expect(first.array() == numbers)
  }

  @Test(arguments: [false, true])
  func `a kernel that decides by its numbers still gets memory of its own`(makesView: Bool) {
    // In the first run sums are positive, and so the output is the second of two buffers.
    let ordinary = { (x: Tensor) in
      let y = apply(Capricious(makesView: makesView), x + 0.5)
      let z = apply(Capricious(makesView: makesView), y * 2)
      return y.tanh() + z
    }
    let f = compile(ordinary)
    for sign in [1.0, -1, 1, -1] {
      let x = (Tensor.normal([6], using: Generator(seed: 4)).square() + 1) * sign
      #expect(f(x).isIdentical(to: ordinary(x)), "sign \(sign)")
    }
    #expect(f.compilations == 1)
  }

  @Test func `who observes operations sees those of a compiled step, and the bits are the same`() {
    let (ordinary, other) = (TrainingStep.make("gpt"), TrainingStep.make("gpt"))
    let compiled = compile(other.body)
    for step in 1...3 {
      let expected = withGenerator(Generator(seed: 5)) { ordinary.body(ordinary.arguments) }
      let (found, profile) = withGenerator(Generator(seed: 5)) {
        withProfiler { compiled.call(other.arguments) }
      }
      #expect(expected[0].detached().isIdentical(to: found[0]), "step \(step)")
      #expect(differences(ordinary.state, other.state) == [])
      #expect(profile.events.contains { $0.name == "adamUpdate" })
    }
  }

  @Test func `another backend than that of the first run is given every operation`() {
    let model = MLP(sizes: [4, 5, 2])
    let forward = compile(model)
    let x = Tensor.normal([3, 4])
    let expected = model(x).detached()
    #expect(forward(x).isIdentical(to: expected))
    let reference = withBackend(.reference) { (forward(x), model(x).detached()) }
    #expect(reference.0.isIdentical(to: reference.1))
    #expect(forward(x).isIdentical(to: expected))
  }
}

/// y = x, in the second of two buffers where the sum is positive; otherwise in the first, or in a part of a
/// larger one.
private struct Capricious: Primitive {
  static let name = "capricious"
  static let formula = "y = x"
  let makesView: Bool
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let x = inputs[0]
    let isPositive = x.sum().item() > 0
    if makesView && !isPositive {
      return [backend.concatenate([x, x], axis: 0)[x.count..<2 * x.count]]
    }
    let (first, second) = (x + 0, x * 1)
    return [isPositive ? second : first]
  }
}
