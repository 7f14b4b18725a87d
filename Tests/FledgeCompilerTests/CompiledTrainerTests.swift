import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Testing

@testable import FledgeCompiler

@Suite struct CompiledTrainerTests {
  private typealias Data = TensorDataset

  /// A model with dropout and batch norm, on 22 examples in batches of 4, so that the last one is smaller.
  private func trainer(
    _ change: (Trainer<Data.Batch>) -> Void
  ) -> (trainer: Trainer<Data.Batch>, generator: Generator) {
    let generator = Generator(seed: 5)
    return withGenerator(generator) {
      let (x, y) = (Tensor.normal([22, 6]), Tensor((0..<22).map { $0 % 3 }))
      let model = Sequential {
        Linear(6, 8); BatchNorm1d(8); ReLU(); Dropout(0.2); Linear(8, 3)
      }
      let loader = DataLoader(TensorDataset(x, y), batchSize: 4, seed: 3)
      let trainer = Trainer(
        model, AdamW(model.parameters(), learningRate: 0.01), on: TrainingData(loader),
        count: { $0[0].shape[0] }, arguments: { [$0[0], $0[1]] }
      ) { crossEntropy(model($0[0]), $0[1]) }
      trainer.schedule = CosineSchedule(warmUp: 2, total: 12)
      trainer.handlesInterrupts = false
      trainer.generators = ["default": generator]
      change(trainer)
      return (trainer, generator)
    }
  }

  private func state(_ trainer: Trainer<Data.Batch>) -> [String: Tensor] {
    var state = Dictionary(uniqueKeysWithValues: trainer.model.stateDict())
    for (name, value) in trainer.optimizer.state { state["optimizer.\(name)"] = value }
    for (name, parameter) in trainer.model.namedParameters() {
      state["\(name).grad"] = parameter.grad
    }
    return state
  }

  @Test(arguments: [1, 2, 4])
  func `a compiled training has the bits of an ordinary one`(accumulation: Int) throws {
    func train(isCompiled: Bool) throws -> (losses: [Double], state: [String: Tensor], Int) {
      var (losses, seen) = ([Double](), 0)
      let (trainer, generator) = trainer { trainer in
        trainer.accumulation = accumulation
        trainer.clipping = .norm(0.4)
        trainer.validate(every: .epochs(1)) { [model = trainer.model] in
          seen += model.isTraining ? 100 : 1
          return [:]
        }
        trainer.on(.gradientsReady) { trainer in
          losses.append(trainer.optimizer.parameters[0].grad!.sum().item())
        }
        trainer.on(.stepEnds) { losses += [$0.loss, $0.gradientNorm!] }
      }
      if isCompiled { trainer.compiled() }
      try withGenerator(generator) { _ = try trainer.train(until: .epochs(3)) }
      return (losses, state(trainer), seen)
    }
    let (ordinary, compiled) = (try train(isCompiled: false), try train(isCompiled: true))
    #expect(ordinary.losses == compiled.losses)
    #expect(differences(ordinary.state, compiled.state) == [])
    #expect(ordinary.2 == 3 && compiled.2 == 3)
  }

  @Test func `a checkpoint of either run is gone on with by the other`() throws {
    func train(_ path: String, first: Bool, then second: Bool) throws -> [String: Tensor] {
      for (isCompiled, epochs) in [(first, 1), (second, 2)] {
        let (trainer, generator) = trainer {
          $0.checkpoints = CheckpointPlan(last: path, settings: "none")
          if isCompiled { $0.compiled() }
        }
        try withGenerator(generator) {
          if epochs == 2 { try trainer.resume(from: Checkpoint<TrainingRun<String>>.load(path)) }
          try trainer.train(until: .epochs(epochs))
        }
        if epochs == 2 { return state(trainer) }
      }
      return [:]
    }
    try withTemporaryDirectory { directory in
      let path = "\(directory)/checkpoint.safetensors"
      let expected = try train(path, first: false, then: false)
      #expect(expected.count > 10)
      for (first, second) in [(true, false), (false, true), (true, true)] {
        let found = try train(path, first: first, then: second)
        #expect(differences(expected, found) == [], "\(first), then \(second)")
      }
    }
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    (
      "compiled: the loss is a function of a batch, and a graph would keep the first one",
      {
        let model = Linear(1, 1)
        let data = TrainingData(
          DataLoader(
            TensorDataset(Tensor.ones([2, 1]), Tensor.ones([2, 1])), batchSize: 1, seed: 1))
        Trainer(model, SGD(model.parameters(), learningRate: 1), on: data) {
          meanSquaredError(model($0[0]), $0[1])
        }.compiled()
      }
    ),
    (
      "Trainer: a compiled pass is plain and on one rank; with MixedPrecision and SingleProcess",
      {
        let (trainer, _) = CompiledTrainerTests().trainer {
          $0.stepRule = MixedPrecision(.bfloat16)
        }
        _ = try? trainer.compiled().train(until: .steps(1))
      }
    ),
  ]

  @Test(arguments: mistakes.indices)
  func `what a compiled trainer does not do is told`(index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [index = index as Int] in CompiledTrainerTests.mistakes[index].make()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(Self.mistakes[index].message), "\(text)")
  }
}
