import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

/// A ``Trainer`` that keeps an average of the weights.
@Suite struct TrainerAverageTests {
  private func run(decay: Double? = 0.8) -> MoonsRun {
    let run = MoonsRun()
    run.trainer.average = decay.map { WeightAverage(run.model.parameters(), decay: $0) }
    return run
  }

  @Test("Validation sees the average of the weights after each step, and training its own weights")
  func validation() throws {
    let run = run()
    var expected = run.weights
    var seen: [[[Float]]] = []
    var own: [[[Float]]] = []
    run.trainer.on(.stepEnds) { _ in
      for (i, weights) in run.weights.enumerated() {
        for (j, weight) in weights.enumerated() {
          expected[i][j] = 0.8 * expected[i][j] + 0.2 * weight
        }
      }
    }
    for hook in [TrainingHook.stepEnds, .validationEnds] {
      run.trainer.on(hook) { _ in own.append(run.weights) }
    }
    run.trainer.on(.validationBegins) { _ in seen.append(run.weights) }
    run.trainer.validate(every: .steps(1)) {
      seen.append(run.weights)
      for (found, wanted) in zip(run.weights.joined(), expected.joined()) {
        #expect(abs(found - wanted) < 1e-6)
      }
      return [:]
    }
    try run.trainer.train(until: .steps(4))
    #expect(seen.count == 8 && own.count == 8)
    for step in 0..<4 {
      #expect(own[2 * step] == own[2 * step + 1] && seen[2 * step] == seen[2 * step + 1])
      #expect(seen[2 * step] != own[2 * step])
    }
    let plain = self.run(decay: nil)
    try plain.trainer.train(until: .steps(4))
    #expect(plain.weights == run.weights, "the average changes no bit of the training")
  }

  @Test("A validation that throws leaves the run with its own weights")
  func throwingValidation() throws {
    struct Halt: Error {}
    let run = run()
    var own: [[Float]] = []
    run.trainer.on(.stepEnds) { _ in own = run.weights }
    run.trainer.validate(every: .steps(1)) { throw Halt() }
    #expect(throws: Halt.self) { try run.trainer.train(until: .steps(1)) }
    #expect(run.weights == own && !run.trainer.average!.isSwappedIn && run.model.isTraining)
  }

  @Test("Resumed, average and checkpoint are the same to the bit", arguments: [2, 5])
  func resume(after step: Int) throws {
    try withTemporaryDirectory { directory in
      func averaged(_ name: String) throws -> MoonsRun {
        try FileManager.default.createDirectory(
          atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        let run = run()
        run.trainer.monitor = Monitor("weight")
        run.trainer.validate(every: .steps(2)) { ["weight": Double(run.weights[0][0])] }
        run.keepCheckpoints(in: "\(directory)/\(name)")
        return run
      }
      let whole = try averaged("whole")
      try whole.trainer.train(until: .steps(8))
      let first = try averaged("parts")
      first.stop(after: step)
      try first.trainer.train(until: .steps(8))
      let second = try averaged("parts")
      try second.resume(from: "\(directory)/parts/last.safetensors")
      try second.trainer.train(until: .steps(8))
      #expect(second.trainer.best == whole.trainer.best)
      let averages = [second, whole].map { run in
        run.trainer.average!.withAverage { run.weights }
      }
      #expect(averages[0] == averages[1] && averages[0] != whole.weights)
      let files = try ["whole", "parts"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\($0)/last.safetensors"))
      }
      #expect(files[0] == files[1])

      // Negative control: an average that begins anew at the resumed weights.
      let forgetful = try averaged("parts")
      forgetful.trainer.average = nil
      let saved = try Checkpoint<TrainingRun<MoonsRun.Settings>>.load(
        "\(directory)/parts/last.safetensors")
      try forgetful.trainer.resume(from: saved)
      forgetful.trainer.average = WeightAverage(forgetful.model.parameters(), decay: 0.8)
      #expect(forgetful.trainer.average!.withAverage { forgetful.weights } != averages[0])
    }
  }

  @Test("The best checkpoint gives back the average that was validated")
  func restoreBest() throws {
    try withTemporaryDirectory { directory in
      let run = run()
      run.trainer.monitor = Monitor("value")
      let values = [3.0, 1, 2, 5]
      var validated: [[[Float]]] = []
      run.trainer.validate(every: .steps(1)) {
        validated.append(run.weights)
        return ["value": values[run.trainer.step - 1]]
      }
      run.keepCheckpoints(in: directory, best: true)
      try run.trainer.train(until: .steps(4))
      let own = run.weights
      try run.trainer.restoreBest()
      #expect(run.weights == validated[1] && run.weights != own)
      #expect(run.trainer.average!.withAverage { run.weights } == validated[1])
    }
  }

  @Test("A checkpoint without an average, or of another model's, is refused with nothing changed")
  func misfit() throws {
    try withTemporaryDirectory { directory in
      let plain = run(decay: nil)
      plain.keepCheckpoints(in: directory)
      try plain.trainer.train(until: .steps(3))
      let other = run()
      let before = other.weights
      let problem = #expect(throws: CheckpointError.self) {
        try other.resume(from: "\(directory)/last.safetensors")
      }
      #expect(problem?.reason.hasPrefix("does not fit this average of weights: ") == true)
      #expect(other.weights == before && other.trainer.step == 0)
      #expect(other.loader.position.batch == 0)
    }
  }

  @Test("A part of one's own cannot take the average's name")
  func nameTaken() async {
    await #expect(processExitsWith: .failure) {
      MoonsRun().trainer.keepTensors("average", state: { [:] }, restore: { _ in })
    }
  }
}
