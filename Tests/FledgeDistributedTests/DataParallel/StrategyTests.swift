import FledgeCore
import FledgeDistributed
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import RankChecks
import Testing

@Suite struct StrategyTests {
  /// What a run leaves behind on a rank.
  private struct Outcome {
    var weights: [Tensor] = []
    var losses: [Double] = []
    var norms: [Double] = []
    var validation: [Double] = []
  }

  /// Trains with accumulation, clipping and a schedule, on shares that are not equal.
  private static func train(
    _ world: Group?, _ strategy: ParallelStrategy, until steps: Int = 8, saving path: String? = nil,
    resuming: Bool = false
  ) throws -> Outcome {
    let model = makeModel(seed: 3 + UInt64(world?.rank ?? 0))
    let groups = model.parameterGroups(learningRate: 0.02, decayingMatricesBy: 0.1)
    var optimizer: Optimizer = AdamW(groups)
    var together: any TrainingStrategy = SingleProcess()
    if let world {
      (optimizer, together) = try strategy.optimizer(groups, over: world, bytes: 700) { AdamW($0) }
    }
    var next = 0
    let data = TrainingData(
      batchesPerEpoch: nil,
      next: {
        next += 1
        return Points(11, step: next)
      }, state: { next }, restore: { next = $0 })
    let share = world?.share(of: 11) ?? 0..<11
    let trainer = Trainer(model, optimizer, on: data, count: { _ in share.count }) {
      $0.loss(model.callAsFunction, share)!
    }
    trainer.strategy = together
    trainer.accumulation = 2
    trainer.clipping = .norm(0.3)
    trainer.schedule = CosineSchedule(warmUp: 2, total: 8)
    trainer.handlesInterrupts = false
    trainer.validate(every: .steps(4)) {
      let points = Points(20, step: 1000)
      return ["loss": points.loss(model.callAsFunction, 0..<20)!.item()]
    }
    if let path { trainer.checkpoints = CheckpointPlan(last: path, settings: 7) }
    if resuming, let path { try trainer.resume(from: Checkpoint<TrainingRun<Int>>.load(path)) }
    var outcome = Outcome()
    trainer.on(.stepEnds) {
      outcome.losses.append($0.loss)
      outcome.norms.append($0.gradientNorm!)
    }
    trainer.on(.validationEnds) { outcome.validation.append($0.validation[0].value) }
    try trainer.train(until: .steps(steps))
    outcome.weights = values(model)
    return outcome
  }

  private func expectEqual(_ found: Outcome, _ expected: Outcome) {
    #expect(found.losses.count == expected.losses.count)
    for (a, b) in zip(found.weights, expected.weights) { #expect(difference(a, b) < 1e-5) }
    for (a, b) in zip(
      found.losses + found.norms + found.validation,
      expected.losses + expected.norms + expected.validation)
    {
      #expect(abs(a - b) < 1e-5 * max(1, abs(b)))
    }
  }

  @Test(arguments: ParallelStrategy.allCases, [2, 4])
  func `a trainer of several ranks follows one alone: losses, norms, validation, weights`(
    strategy: ParallelStrategy, ranks: Int
  ) throws {
    let alone = try Self.train(nil, strategy)
    // Clipping is at work.
    #expect(alone.norms.allSatisfy { $0 > 0.3 } && alone.validation.count == 2)
    let together = try launch(ranks: ranks) { try Self.train($0, strategy) }
    for outcome in together {
      expectEqual(outcome, alone)
      for (a, b) in zip(outcome.weights, together[0].weights) {
        let isIdentical = a.isIdentical(to: b)
        #expect(isIdentical)
      }
    }
  }

  @Test(arguments: ParallelStrategy.allCases)
  func `a run that is resumed from its checkpoint ends with the same bits`(
    strategy: ParallelStrategy
  ) throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/checkpoint.safetensors"
      let whole = try launch(ranks: 3) { try Self.train($0, strategy) }
      _ = try launch(ranks: 3) { try Self.train($0, strategy, until: 4, saving: path) }
      let resumed = try launch(ranks: 3) {
        try Self.train($0, strategy, saving: path, resuming: true)
      }
      for (a, b) in zip(resumed, whole) {
        for (x, y) in zip(a.weights, b.weights) {
          let isIdentical = x.isIdentical(to: y)
          #expect(isIdentical)
        }
      }
    }
  }

  @Test func `a checkpoint of other ranks is refused on all of them`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/checkpoint.safetensors"
      _ = try launch(ranks: 3) { try Self.train($0, .zero2, until: 2, saving: path) }
      let failure = failure(ranks: 2) {
        _ = try Self.train($0, .zero2, saving: path, resuming: true)
      }
      #expect("\(failure!.error)".contains("was written by 3 ranks and cannot be resumed by 2"))
    }
  }

  @Test func `a graph of before a step of stage 3 does not go on with the weights of after it`()
    async
  {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try launch(ranks: 1) { world in
        let model = makeModel()
        let optimizer = try ZeroRedundancyOptimizer(
          .parameters, [ParameterGroup(model.parameters(), learningRate: 0.1)], over: world
        ) { SGD($0) }
        let loss = Points(4).loss(model.callAsFunction, 0..<4)!
        try optimizer.backward(Points(4).loss(model.callAsFunction, 0..<4))
        optimizer.step()
        try optimizer.backward(loss)
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.hasPrefix("Fledge: "), "\(text)")
  }
}
