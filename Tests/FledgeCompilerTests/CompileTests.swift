import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

@testable import FledgeCompiler

@Suite struct CompileTests {
  @Test func `each type of arguments is compiled once`() {
    let model = Linear(3, 2)
    let f = compile { (x: Tensor) in model(x).sum() * 2 }
    for rows in [1, 2, 1, 3, 2, 1] {
      let x = Tensor.normal([rows, 3])
      #expect(f(x).isIdentical(to: (model(x).sum() * 2).detached()), "\(rows) rows")
    }
    #expect(f.compilations == 3)
    let doubles = compile { (x: Tensor) in x.square() }
    #expect(doubles(Tensor([2])).dtype == .float32)
    #expect(doubles(Tensor([2]).cast(to: .float64)).dtype == .float64)
    #expect(doubles.compilations == 2)
  }

  @Test func `of more versions than the limit the one that waits longest is compiled again`() {
    let f = compile(limit: 2) { (x: Tensor) in x + 1 }
    for count in [1, 2, 1, 3, 1, 2] {
      #expect(f(.zeros([count])).array() == .init(repeating: 1, count: count))
    }
    // 1, 2 and 3, which takes the place of 2, and 2 again.
    #expect(f.compilations == 4)
  }

  @Test func `a module's mode and frozen parameters make versions of their own`() {
    let model = Sequential {
      Linear(4, 4); Dropout(0.5); Linear(4, 1)
    }
    let f = compile(model)
    let x = Tensor.normal([3, 4])
    func both() -> (Tensor, Tensor) {
      (
        withGenerator(Generator(seed: 2)) { f(x) },
        withGenerator(Generator(seed: 2)) { model(x).detached() }
      )
    }
    for (count, change) in [
      (1, { model.train() }), (2, { model.eval() }), (2, { model.train() }),
      (3, { model.parameters()[0].freeze() }), (3, { model.parameters()[0].unfreeze() }),
    ] as [(Int, () -> Void)] {
      change()
      let (found, expected) = both()
      #expect(found.isIdentical(to: expected))
      #expect(f.compilations == count)
    }
  }

  @Test
  func `a checkpoint of a compiled training is that of an ordinary one, and is loaded by either`()
    throws
  {
    let (ordinary, other) = (TrainingStep.make("gpt"), TrainingStep.make("gpt"))
    let compiled = compile(other.body)
    let generators = (Generator(seed: 8), Generator(seed: 8))
    func train(_ steps: Int) {
      for _ in 0..<steps {
        _ = withGenerator(generators.0) { ordinary.body(ordinary.arguments) }
        _ = withGenerator(generators.1) { compiled.call(other.arguments) }
      }
    }
    train(3)
    let kept = (Dictionary(uniqueKeysWithValues: other.model.stateDict()), other.optimizer.state)
    #expect(differences(ordinary.optimizer.state, kept.1) == [])
    #expect(kept.1["blocks.0.attention.qkv.weight.step"]?.item() == 3)
    let state = generators.1.state
    train(2)
    let end = ordinary.state
    // Back to the checkpoint: the compiled step goes on from what was loaded.
    try other.model.load(kept.0)
    try other.optimizer.load(kept.1)
    generators.1.state = state
    for _ in 0..<2 { _ = withGenerator(generators.1) { compiled.call(other.arguments) } }
    #expect(differences(end, other.state) == [])
    #expect(compiled.compilations == 1)
  }

  @Test func `a compiled function within a trace, and on abstract tensors, is the function itself`()
  {
    let inner = compile { (x: Tensor) in x.exp() }
    let outer = compile { (x: Tensor) in inner(x) + 1 }
    #expect(outer(Tensor([0])).array() == [2])
    #expect(inner.compilations == 0 && outer.compilations == 1)
    #expect(outer.graph?.equations.map(\.name).contains("exp") == true)
    let type = withAbstractTensors { inner(Tensor.zeros([2, 3])) }
    #expect(type.isAbstract && type.shape == [2, 3])
  }

  @Test func `it shows its graph with the places of its values`() {
    let f = compile { (x: Tensor) in (x.exp() + x).tanh() }
    #expect(f.description == "not compiled" && f.graph == nil && f.plan == nil)
    _ = f(.ones([16]))
    #expect(
      f.description == """
        graph {
          argument %0 x0: float32[16]
          %1: float32[16] = exp %0   @ 0..<64
          %2: float32[16] = add %1, %0   @ 0..<64 in place
          %3: float32[16] = tanh %2   @ own memory
          return %3
        }
        arena: 64 bytes, of which 64 are needed at once; without sharing 128; results: 64

        """)
  }

  @Test func `arguments of any layout are taken`() {
    let f = compile { (x: Tensor) in x.reshaped([6]).cumulativeSum(axis: 0) + x.reshaped([6]) }
    let x = Tensor.normal([3, 2])
    let expected = x.reshaped([6]).cumulativeSum(axis: 0) + x.reshaped([6])
    for _ in 0..<2 {
      #expect(f(x).isIdentical(to: expected))
      #expect(f(x.transposed().contiguous().transposed()).isIdentical(to: expected))
      #expect(f(x.transposed()).shape == [6])
    }
    #expect(f.compilations == 2)
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "item: asks for the elements of an abstract tensor, float32[]",
      { _ = compile { (x: Tensor) in x.sum().item() > 0 ? x : -x }(Tensor([1, 2])) }
    ),
    (
      "trace: float32[3], which `add` reads, was made outside of the traced program",
      {
        let batch = Tensor([1, 2, 3])
        _ = compile { (x: Tensor) in x + batch }(Tensor([1, 2, 3]))
      }
    ),
    (
      "compile: the function takes 2 tensors, got 1",
      { _ = compile { (x: Tensor, y: Tensor) in x + y }(Tensor([1])) }
    ),
    (
      "compile: at least one version has to be kept, the limit is 0",
      { _ = compile(limit: 0) { (x: Tensor) in x } }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `what cannot be compiled is named, with its line`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in CompileTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Self.mistakes[index].message), "\(text)")
    #expect(text.contains("at CompileTests.swift:"), "\(text)")
  }
}
