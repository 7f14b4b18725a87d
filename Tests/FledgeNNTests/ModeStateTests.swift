import FledgeCore
import FledgeNN
import Testing

/// What a module is in the middle of is left as it was: its mode, its running means, what is frozen.
@Suite struct ModeStateTests {
  private struct Stop: Error {}

  /// A tree with a submodule that is deliberately in evaluation mode.
  private static func tree() -> (model: Sequential, frozen: BatchNorm1d) {
    let frozen = BatchNorm1d(4)
    let model = Sequential {
      Linear(4, 4)
      frozen
      Residual {
        Linear(4, 4)
        BatchNorm1d(4)
        Dropout(0.5)
      }
    }
    frozen.eval()
    return (model, frozen)
  }

  private static func modes(_ model: Module) -> [Bool] { model.modules().map(\.isTraining) }

  private static let helpers: [(name: String, run: @Sendable (Sequential) throws -> Void)] = [
    ("evaluating", { model in model.evaluating {} }),
    ("evaluating twice", { model in model.evaluating { model.evaluating {} } }),
    (
      "evaluating that throws",
      { model in try? model.evaluating { () throws(Stop) in throw Stop() } }
    ),
    ("evaluating that trains", { model in model.evaluating { model.train() } }),
    ("summary of a run", { model in _ = summary(model, input: Tensor.ones([2, 4])) }),
    ("summary of modules", { model in _ = model.summary() }),
    ("listing parameters", { model in _ = model.parameters() + [model.parameters()[0]] }),
    ("state", { model in _ = model.stateDict() }),
  ]

  @Test(arguments: helpers.indices)
  func `each module of a tree has the mode afterwards that it had before`(index: Int) throws {
    for rootTrains in [true, false] {
      let (model, frozen) = Self.tree()
      if !rootTrains {
        model.eval()
        frozen.train()
      }
      let before = Self.modes(model)
      #expect(Set(before) == [true, false])
      try Self.helpers[index].run(model)
      #expect(Self.modes(model) == before, "\(Self.helpers[index].name)")
    }
  }

  @Test func `all of a tree evaluates meanwhile`() {
    let (model, frozen) = Self.tree()
    frozen.train()
    model.evaluating { #expect(!Self.modes(model).contains(true)) }
  }

  @Test func `a module that comes into the tree meanwhile follows the root`() {
    let (model, _) = Self.tree()
    let layer = model.layers[0] as! Linear
    model.evaluating { layer.form = DenseLinear(weight: layer.weight, bias: layer.bias) }
    #expect(layer.form.isTraining)
  }

  @Test func `a frozen norm keeps its statistics through evaluation and training`() {
    let (model, frozen) = Self.tree()
    let x = Tensor.normal([8, 4], using: Generator(seed: 1))
    let before = (frozen.runningMean!, frozen.runningVariance!)
    _ = summary(model, input: x)
    _ = model(x)
    #expect(frozen.runningMean!.isIdentical(to: before.0))
    #expect(frozen.runningVariance!.isIdentical(to: before.1))
  }

  @Test(arguments: [1, 2, 7]) func `a recomputed batch counts once`(segments: Int) {
    func trained(_ segments: Int?) -> [Tensor] {
      let model = withGenerator(Generator(seed: 3)) {
        Sequential {
          Linear(4, 4)
          BatchNorm1d(4)
          Sequential {
            BatchNorm1d(4)
            Dropout(0.5)
          }
        }
      }
      model.checkpointSegments = segments
      (model.layers[2] as! Sequential).checkpointSegments = segments
      withGenerator(Generator(seed: 4)) {
        for seed in 5..<8 {
          let x = Tensor.normal([6, 4], using: Generator(seed: UInt64(seed)))
          model(x).square().sum().backward()
        }
      }
      return model.stateDict().map(\.value) + model.parameters().map { $0.grad! }
    }
    for (a, b) in zip(trained(segments), trained(nil)) {
      let isIdentical = a.isIdentical(to: b)
      #expect(isIdentical)
    }
  }

  @Test func `merging adapters thaws what they froze and nothing else`() {
    let model = Sequential {
      Linear(4, 4)
      Linear(4, 2)
    }
    let frozen = model.layers[0] as! Linear
    frozen.freeze()
    let before = model.parameters().map(\.isTrainable)
    model.applyLoRA(rank: 1, alpha: 1, to: [.layer("layers.1")])
    #expect(model.parameters().filter(\.isTrainable).count == 2, "the adapter's")
    model.mergeLoRA()
    #expect(model.parameters().map(\.isTrainable) == before)
    model.mergeLoRA()
    #expect(model.parameters().map(\.isTrainable) == before, "nothing to merge, nothing changes")
  }
}
