import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

/// A run that ends anywhere and goes on from its checkpoint ends with the bits of one that did not.
@Suite struct TrainerResumeTests {
  /// Ten steps over more than three epochs of three, with everything on whose state matters.
  private func run() -> MoonsRun {
    let run = MoonsRun()
    run.trainer.accumulation = 2
    run.trainer.schedule = CosineSchedule(warmUp: 3, total: 10)
    run.trainer.clipping = .norm(0.5)
    run.trainer.monitor = Monitor("loss")
    run.trainer.validate(every: .steps(2)) { [trainer = run.trainer] in
      ["loss": trainer.loss]
    }
    return run
  }

  @Test(
    "Stopped after any step and resumed: the same weights, losses and judgement",
    arguments: [1, 3, 4, 8])
  func resume(after step: Int) throws {
    try withTemporaryDirectory { directory in
      let whole = run()
      try whole.trainer.train(until: .steps(10))

      let first = run()
      first.keepCheckpoints(in: directory)
      first.stop(after: step)
      #expect(try first.trainer.train(until: .steps(10)) == .stopped)

      let second = run()
      try second.resume(from: "\(directory)/last.safetensors")
      #expect(second.trainer.step == step)
      #expect(try second.trainer.train(until: .steps(10)) == .completed)
      #expect(second.weights == whole.weights)
      #expect(second.trainer.epochLoss == whole.trainer.epochLoss)
      #expect(second.trainer.epoch == whole.trainer.epoch)
      #expect(second.trainer.best == whole.trainer.best)
      #expect(second.trainer.bestStep == whole.trainer.bestStep)
      #expect(second.generator.state == whole.generator.state)
    }
  }

  @Test("The checkpoint at the end is the same file, byte for byte")
  func sameFile() throws {
    try withTemporaryDirectory { directory in
      func path(_ name: String) -> String { "\(directory)/\(name)" }
      for name in ["whole", "parts"] {
        try FileManager.default.createDirectory(
          atPath: path(name), withIntermediateDirectories: true)
      }
      let whole = run()
      whole.keepCheckpoints(in: path("whole"))
      try whole.trainer.train(until: .steps(7))
      let first = run()
      first.keepCheckpoints(in: path("parts"))
      first.stop(after: 5)
      try first.trainer.train(until: .steps(7))
      let second = run()
      second.keepCheckpoints(in: path("parts"))
      try second.resume(from: path("parts/last.safetensors"))
      try second.trainer.train(until: .steps(7))
      let files = try ["whole", "parts"].map {
        try Data(contentsOf: URL(fileURLWithPath: path("\($0)/last.safetensors")))
      }
      #expect(files[0] == files[1])
    }
  }

  @Test("Negative control: a run whose generator was not kept ends elsewhere")
  func forgottenGenerator() throws {
    try withTemporaryDirectory { directory in
      let whole = run()
      try whole.trainer.train(until: .steps(10))
      let first = run()
      first.trainer.generators = [:]
      first.keepCheckpoints(in: directory)
      first.stop(after: 4)
      try first.trainer.train(until: .steps(10))
      let second = run()
      second.trainer.generators = [:]
      try second.resume(from: "\(directory)/last.safetensors")
      try second.trainer.train(until: .steps(10))
      #expect(second.weights != whole.weights)
    }
  }

  @Test("Data without end goes on with the batches that would have come")
  func endlessData() throws {
    try withTemporaryDirectory { directory in
      func run(_ file: String) -> (Trainer<Tensor>, Linear) {
        let model = withGenerator(Generator(seed: 1)) { Linear(3, 1) }
        let data = TrainingData(drawingWith: Generator(seed: 2)) {
          Tensor.normal([4, 3], using: $0)
        }
        let trainer = Trainer(
          model, SGD(model.parameters(), learningRate: 0.1, momentum: 0.9), on: data
        ) { meanSquaredError(model($0), $0.sum(axes: [1], keepDims: true)) }
        trainer.generators = [:]
        trainer.checkpoints = CheckpointPlan(last: "\(directory)/\(file)", settings: 7)
        return (trainer, model)
      }
      let (whole, wholeModel) = run("whole.safetensors")
      try whole.train(until: .steps(9))
      let (first, _) = run("four.safetensors")
      try first.train(until: .steps(4))
      let (second, model) = run("second.safetensors")
      let saved = try Checkpoint<TrainingRun<Int>>.load("\(directory)/four.safetensors")
      #expect(saved.checkpoint.run.settings == 7)
      try second.resume(from: saved)
      try second.train(until: .steps(9))
      #expect(model.weight.array() == wholeModel.weight.array())
    }
  }

  @Test("A part of one's own is kept and given back")
  func ownPart() throws {
    try withTemporaryDirectory { directory in
      final class Average {
        var value = 0.0
        var weights = Tensor.zeros([8, 2])
      }
      func run(_ average: Average) -> MoonsRun {
        let run = MoonsRun()
        run.trainer.keep("average", state: { average.value }, restore: { average.value = $0 })
        run.trainer.keepTensors(
          "ema", state: { ["weights": average.weights] },
          restore: { average.weights = $0["weights"]! })
        run.trainer.on(.stepEnds) {
          average.value = 0.9 * average.value + 0.1 * $0.loss
          average.weights = average.weights * 0.9 + $0.model.parameters()[0].value! * 0.1
        }
        run.keepCheckpoints(in: directory)
        return run
      }
      let average = Average()
      try run(average).trainer.train(until: .steps(3))
      let other = Average()
      try run(other).resume(from: "\(directory)/last.safetensors")
      #expect(other.value == average.value)
      #expect(other.weights.array() == average.weights.array())
      #expect(other.weights.array() != Tensor.zeros([8, 2]).array())
    }
  }

  @Test("A checkpoint that does not fit is refused, and nothing has changed")
  func misfit() throws {
    try withTemporaryDirectory { directory in
      let small = MoonsRun()
      small.keepCheckpoints(in: directory)
      try small.trainer.train(until: .steps(3))
      let path = "\(directory)/last.safetensors"

      let large = MoonsRun(width: 9)
      let before = large.weights
      #expect(throws: CheckpointError.self) { try large.resume(from: path) }
      #expect(large.weights == before)
      #expect(large.loader.position == DataPosition(epoch: 0, batch: 0))

      let otherData = MoonsRun(batchSize: 10)
      #expect(throws: DataLoaderError.self) { try otherData.resume(from: path) }

      let otherGenerator = MoonsRun()
      otherGenerator.trainer.generators["noise"] = Generator(seed: 1)
      #expect(throws: CheckpointError.self) { try otherGenerator.resume(from: path) }
    }
  }

  @Test("Where a part of the program's own does not fit, all goes back")
  func misfitOfAPart() throws {
    struct Misfit: Error {}
    try withTemporaryDirectory { directory in
      final class Parts {
        var number = 0.0
        var tensor = Tensor([1.0])
      }
      func run(_ parts: Parts, _ restoring: @escaping (Double) throws -> Void) -> MoonsRun {
        let run = MoonsRun()
        run.trainer.keep("a", state: { parts.number }, restore: { parts.number = $0 })
        run.trainer.keepTensors(
          "b", state: { ["x": parts.tensor] }, restore: { parts.tensor = $0["x"]! })
        run.trainer.keep("c", state: { 0.0 }, restore: restoring)
        run.keepCheckpoints(in: directory)
        return run
      }
      let saved = Parts()
      saved.number = 5
      saved.tensor = Tensor([2.0])
      try run(saved) { _ in }.trainer.train(until: .steps(3))
      let parts = Parts()
      var tries = 0
      let other = run(parts) { _ in
        tries += 1
        if tries == 1 { throw Misfit() }
      }
      let before = (other.weights, other.generator.state)
      #expect(throws: Misfit.self) {
        try other.resume(from: "\(directory)/last.safetensors")
      }
      #expect((other.weights, other.generator.state) == before)
      #expect(other.loader.position == DataPosition(epoch: 0, batch: 0))
      #expect(parts.number == 0 && parts.tensor.array() == [1] && other.trainer.step == 0)
      try other.resume(from: "\(directory)/last.safetensors")
      #expect(parts.number == 5 && parts.tensor.array() == [2] && other.trainer.step == 3)
    }
  }

  @Test("A loss that is not a number does not keep a run from being saved")
  func notANumber() throws {
    try withTemporaryDirectory { directory in
      let run = MoonsRun(optimizer: { SGD($0.parameters(), learningRate: 1e300) })
      run.keepCheckpoints(in: directory)
      try run.trainer.train(until: .steps(4))
      #expect(run.trainer.epochLoss.isNaN)
      let other = MoonsRun(optimizer: { SGD($0.parameters(), learningRate: 0.1) })
      try other.resume(from: "\(directory)/last.safetensors")
      #expect(other.trainer.epochLoss.isNaN)
    }
  }

  @Test("Ctrl-C ends the run after its step, saves, and says how to go on")
  func interrupt() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      try withTemporaryDirectory { directory in
        let run = MoonsRun()
        run.trainer.handlesInterrupts = true
        run.trainer.checkpoints = CheckpointPlan(
          last: "\(directory)/last.safetensors", settings: MoonsRun.Settings(width: 8),
          resumeCommand: "moons --resume")
        run.trainer.monitor = Monitor("value", goal: .highest)
        run.trainer.validate(every: .steps(2)) { [trainer = run.trainer] in
          ["value": Double(trainer.step)]
        }
        run.trainer.on(.stepBegins) { trainer in
          if trainer.step == 2 {
            // An exit test begins with most signals blocked.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGINT)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            raise(SIGINT)
          }
        }
        let end = try run.trainer.train(until: .steps(50))
        try #require(end == .interrupted)
        let other = MoonsRun()
        try other.resume(from: "\(directory)/last.safetensors")
        try #require(other.trainer.step == 3 && run.trainer.step == 3)
      }
    }
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(
      text.contains(
        /stopped after step 3 of 50, and saved it to .*last.safetensors; the last valid/))
    #expect(
      text.contains(
        "validation was after step 2; the best value, 2, was after step 2. "
          + "Go on with:\n    moons --resume\n"))
  }
}
