import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

/// Several trainers that are one run: four ranks as threads, each with a part of every batch.
@Suite struct TrainerRanksTests {
  struct Settings: Codable, Sendable {}

  /// 26 examples in batches of 8, the last of which has 2; a rank has every `count`th example of each.
  final class Run {
    struct Batch {
      var x: [Float] = []
      var y: [Float] = []
    }

    let model: Sequential
    let trainer: Trainer<Batch>
    let generator: Generator
    let strategy: any TrainingStrategy
    let part: [Batch]

    init(
      _ strategy: any TrainingStrategy = SingleProcess(), sizes: [Int] = [8, 8, 8, 6],
      seed: UInt64 = 1, dropout: Double = 0, rate: Double = 0.1
    ) {
      self.strategy = strategy
      let model = withGenerator(Generator(seed: seed)) {
        Sequential {
          Linear(2, 6)
          Tanh()
          if dropout > 0 { Dropout(dropout) }
          Linear(6, 1)
        }
      }
      let numbers = Generator(seed: 77)
      let part = sizes.map { size in
        var batch = Batch()
        for i in 0..<size {
          let (a, b) = (Float(numbers.uniform()), Float(numbers.uniform()))
          if i % strategy.rankCount != strategy.rank { continue }
          batch.x += [a, b]
          batch.y.append(a * b - 0.3)
        }
        return batch
      }
      let generator = Generator(seed: 40 + UInt64(strategy.rank))
      var place = 0
      let data = TrainingData<Batch>(
        batchesPerEpoch: part.count,
        next: {
          defer { place += 1 }
          return part[place % part.count]
        }, state: { place }, restore: { place = $0 })
      trainer = Trainer(
        model, AdamW(model.parameters(), learningRate: rate), on: data, count: { $0.y.count }
      ) { batch in
        withGenerator(generator) { Self.loss(model, batch) }
      }
      trainer.strategy = strategy
      trainer.generators = ["dropout": generator]
      trainer.handlesInterrupts = false
      (self.model, self.generator, self.part) = (model, generator, part)
    }

    static func loss(_ model: Sequential, _ batch: Batch) -> Tensor {
      let y = model(Tensor(batch.x, shape: [batch.y.count, 2])).squeezed(axis: 1)
      return meanSquaredError(y, Tensor(batch.y))
    }

    /// The mean loss over the batches of this rank's part; of uneven parts where `sizes` are.
    func validate(every span: TrainingSpan) {
      trainer.validateMeans(every: span) { [model, part] in
        var loss = RunningMean()
        for batch in part where !batch.y.isEmpty {
          loss.add(Self.loss(model, batch).item(), weight: Double(batch.y.count))
        }
        return ["val_loss": loss]
      }
    }

    func keepCheckpoints(in directory: String, every: TrainingSpan? = nil) {
      trainer.checkpoints = CheckpointPlan(
        last: "\(directory)/last.safetensors", best: "\(directory)/best.safetensors",
        settings: Settings(), every: every)
    }

    func resume(from directory: String) throws {
      try trainer.resume(
        from: Checkpoint<TrainingRun<Settings>>.load("\(directory)/last.safetensors"))
    }

    var weights: [Float] { model.stateDict().flatMap { $0.value.array() } }
  }

  /// What a rank says of its run.
  struct Report: Sendable, Equatable {
    var end: TrainingEnd?
    var step = 0
    var weights: [Float] = []
    var losses: [Double] = []
    var norms: [Double] = []
    var validations: [Double] = []
    var best: Double?
    var lines: [String] = []
    var saved = 0
    var calls: [String] = []
  }

  private static func report(
    _ run: Run, until span: TrainingSpan = .epochs(3), _ setUp: (Run) throws -> Void = { _ in }
  ) throws -> Report {
    var report = Report()
    run.trainer.clipping = .norm(0.05)
    run.trainer.on(.stepEnds) {
      report.losses.append($0.loss)
      report.norms.append($0.gradientNorm!)
    }
    run.trainer.on(.epochEnds) { report.losses.append($0.epochLoss) }
    run.trainer.on(.validationEnds) { report.validations.append($0.validation[0].value) }
    run.trainer.on(.checkpointSaved) { _ in report.saved += 1 }
    let recorder = LineRecorder()
    run.trainer.record(to: recorder)
    try setUp(run)
    report.end = try run.trainer.train(until: span)
    (report.step, report.weights, report.best) = (run.trainer.step, run.weights, run.trainer.best)
    report.lines = recorder.lines
    report.calls = (run.strategy as? ThreadStrategy)?.calls ?? []
    return report
  }

  private func distance(_ a: [some BinaryFloatingPoint], _ b: [some BinaryFloatingPoint]) -> Double
  {
    a.count == b.count ? zip(a, b).map { abs(Double($0) - Double($1)) }.max() ?? 0 : .infinity
  }

  // MARK: One run

  @Test(
    "Four ranks with a quarter of each batch train as one process with the whole batches",
    arguments: [[8, 8, 8, 8], [8, 8, 9, 6]], [1, 3])
  func together(sizes: [Int], accumulation: Int) throws {
    @Sendable func setUp(_ run: Run) {
      run.trainer.accumulation = accumulation
      run.trainer.monitor = Monitor("val_loss")
      run.validate(every: .epochs(1))
    }
    let whole = try Self.report(Run(sizes: sizes), setUp)
    func onRanks(averages: Bool) throws -> [Report] {
      try onThreads(4) { rank, mailbox in
        // Other weights on each: those of rank 0 are for all.
        let strategy = ThreadStrategy(rank, mailbox, averages: averages)
        return try Self.report(Run(strategy, sizes: sizes, seed: UInt64(rank + 1)), setUp)
      }
    }
    let ranks = try onRanks(averages: true)
    for report in ranks {
      #expect(distance(report.weights, whole.weights) <= 1e-6)
      #expect(distance(report.losses, whole.losses) <= 1e-6)
      #expect(distance(report.norms, whole.norms) <= 1e-6)
      #expect(distance(report.validations, whole.validations) <= 1e-6)
      #expect(report.weights == ranks[0].weights && report.losses == ranks[0].losses)
      #expect(report.best == ranks[0].best && report.best != nil)
      #expect(report.step == whole.step && report.end == .completed)
    }
    // Gradients are exchanged once a step, after the last of its batches.
    let epoch =
      accumulation == 1
      ? ["last", "last", "last", "last"]
      : ["backward", "backward", "last", "last"]
    #expect(ranks[3].calls == ["prepare"] + epoch + epoch + epoch)
    // Negative control.
    let apart = try onRanks(averages: false)
    #expect(distance(apart[0].weights, whole.weights) > 1e-3)
    #expect(distance(apart[0].weights, apart[1].weights) > 1e-3)
  }

  @Test("Metrics without weights are means over the ranks, and those of empty parts do not count")
  func metrics() throws {
    let values = try onThreads(4) { rank, mailbox in
      let run = Run(ThreadStrategy(rank, mailbox))
      var found: [[Double]] = []
      run.trainer.on(.validationEnds) { found.append($0.validation.map(\.value)) }
      run.trainer.validate(every: .steps(1)) { ["rank": Double(rank)] }
      try run.trainer.train(until: .steps(1))
      run.trainer.validateMeans(every: .steps(2)) {
        // Nothing on rank 0, one example on rank 1, and so on.
        var mean = RunningMean()
        if rank > 0 { mean.add(Double(rank), weight: Double(rank)) }
        return ["some": mean, "none": RunningMean()]
      }
      try run.trainer.train(until: .steps(2))
      return found
    }
    for value in values {
      #expect(value[0] == [1.5])
      #expect(value[1][0] == (1 + 4 + 9) / 6.0 && value[1][1].isNaN)
    }
  }

  // MARK: The end

  @Test("A stop on one rank ends all after the same step")
  func stop() throws {
    let reports = try onThreads(4) { rank, mailbox in
      try Self.report(Run(ThreadStrategy(rank, mailbox))) { run in
        run.trainer.on(.stepEnds) { if rank == 2 && $0.step == 3 { $0.stop() } }
      }
    }
    #expect(reports.map(\.step) == [3, 3, 3, 3])
    #expect(reports.allSatisfy { $0.end == .stopped && $0.weights == reports[0].weights })
  }

  @Test("Ctrl-C on one rank ends all after the same step, with one line and one checkpoint")
  func interrupted() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      try withTemporaryDirectory { directory in
        let reports = try onThreads(4) { rank, mailbox in
          try TrainerRanksTests.report(Run(ThreadStrategy(rank, mailbox))) { run in
            // The signal is the process's: only rank 1 listens to it.
            run.trainer.handlesInterrupts = rank == 1
            run.keepCheckpoints(in: directory)
            run.trainer.on(.stepEnds) {
              if rank == 1 && $0.step == 2 { InterruptionTests.pressCtrlC() }
            }
          }
        }
        #expect(reports.map(\.step) == [2, 2, 2, 2])
        #expect(reports.allSatisfy { $0.end == .interrupted && $0.saved == 1 })
        #expect(
          try FileManager.default.contentsOfDirectory(atPath: directory) == ["last.safetensors"])
      }
    }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("stopped after step 2") } == 1)
  }

  // MARK: Checkpoints

  @Test("Rank 0 writes the logs and the checkpoint; resumed, all ranks end with the same bits")
  func checkpoints() throws {
    try withTemporaryDirectory { directory in
      func ranks(_ count: Int = 4, _ setUp: @escaping @Sendable (Run) throws -> Void) throws
        -> [Report]
      {
        try onThreads(count) { rank, mailbox in
          // Dropout: each rank draws from a generator of its own.
          let run = Run(
            ThreadStrategy(rank, mailbox), sizes: [8, 8, 9, 6], dropout: 0.3)
          return try Self.report(run, until: .steps(9), setUp)
        }
      }
      let whole = try ranks { _ in }
      let first = try ranks { run in
        run.keepCheckpoints(in: directory)
        run.trainer.on(.stepEnds) { if $0.step == 6 { $0.stop() } }
      }
      #expect(first.map(\.saved) == [1, 1, 1, 1])
      #expect(first.map(\.lines.count) == [6, 0, 0, 0])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory) == ["last.safetensors"])
      let second = try ranks { try $0.resume(from: directory) }
      #expect(second.map(\.weights) == whole.map(\.weights))
      #expect(second.map(\.step) == [9, 9, 9, 9])
      #expect(distance(whole[0].weights, first[0].weights) > 1e-4)

      // Each place in the data and each generator is a rank's own.
      for count in [1, 2] {
        let problem = #expect(throws: CheckpointError.self) {
          _ = try ranks(count) { try $0.resume(from: directory) }
        }
        #expect(problem?.reason.hasPrefix("was written by 4 ranks") == true)
      }
    }
  }

  @Test("A checkpoint that rank 0 cannot write ends the run on all ranks")
  func unwritable() throws {
    let errors = try onThreads(3) { rank, mailbox in
      let run = Run(ThreadStrategy(rank, mailbox))
      run.keepCheckpoints(in: "/nowhere/at/all")
      do {
        try run.trainer.train(until: .steps(2))
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(!errors[0].contains("rank 0") && errors[0].contains("/nowhere/at/all"))
    #expect(errors[1].hasSuffix("rank 0 could not write it") && errors[2] == errors[1])
  }

  // MARK: Parts of the gradients

  /// Each rank keeps the gradients of some parameters only, as a sharded optimizer does.
  private final class Sharded: ThreadStrategy {
    override func backward(_ loss: Tensor, isLast: Bool) throws {
      try super.backward(loss, isLast: isLast)
      for (i, parameter) in parameters.enumerated() where i % rankCount != rank {
        parameter.grad = nil
      }
    }

    override func totalSquares(_ local: Tensor) throws -> Tensor {
      Tensor([try sum([local.item()])[0]], shape: [])
    }
  }

  @Test("Where each rank has a part of the gradients, all clip by the norm of the whole")
  func shardedNorm() throws {
    let whole = Run()
    whole.trainer.clipping = .norm(0.05)
    var expected: [[Float]] = []
    whole.trainer.on(.stepEnds) { run in
      expected = run.model.parameters().map { $0.grad!.array() }
    }
    try whole.trainer.train(until: .steps(1))
    let parts = try onThreads(4) { rank, mailbox in
      let run = Run(Sharded(rank, mailbox))
      run.trainer.clipping = .norm(0.05)
      try run.trainer.train(until: .steps(1))
      return (run.trainer.gradientNorm!, run.model.parameters()[rank].grad!.array())
    }
    for (rank, (norm, gradient)) in parts.enumerated() {
      #expect(abs(norm - whole.trainer.gradientNorm!) <= 1e-6 && norm > 0.05)
      #expect(distance(gradient, expected[rank]) <= 1e-6)
    }
  }

  @Test("What a strategy throws ends the run")
  func lostConnection() {
    struct Lost: Error {}
    struct Broken: TrainingStrategy {
      func sum(_ values: [Double]) throws -> [Double] { throw Lost() }
    }
    #expect(throws: Lost.self) { try Run(Broken()).trainer.train(until: .steps(1)) }
  }
}
