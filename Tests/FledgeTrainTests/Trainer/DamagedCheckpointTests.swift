import FledgeCore
import FledgeData
import FledgeIO
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

/// A damaged checkpoint is an error, or a run that goes on; a trap would end the tests.
@Suite struct DamagedCheckpointTests {
  /// A run with a part of every kind of state.
  private func run(_ plateau: ReduceOnPlateau = ReduceOnPlateau()) -> MoonsRun {
    let run = MoonsRun()
    run.trainer.stepRule = .mixedPrecision(.bfloat16, scaler: GradientScaler(scale: 8))
    run.trainer.monitor = Monitor("loss")
    run.trainer.validate(every: .steps(2)) { [trainer = run.trainer] in ["loss": trainer.loss] }
    var plateau = plateau
    run.trainer.on(.stepEnds) { plateau.observe($0.loss) }
    run.trainer.keep("plateau", state: { plateau }, restore: { plateau = $0 })
    return run
  }

  private func saved(in directory: String) throws -> SafetensorsFile {
    let run = run()
    run.keepCheckpoints(in: directory)
    try run.trainer.train(until: .steps(3))
    return try Safetensors.read("\(directory)/last.safetensors")
  }

  @Test("Every number of the state, replaced by what no count can be")
  func numbers() throws {
    try withTemporaryDirectory { directory in
      let file = try saved(in: directory)
      let path = "\(directory)/damaged.safetensors"
      let text = try #require(file.metadata["run"])
      var refused = 0
      for match in text.matches(of: /-?\d+(\.\d+)?(e[-+]?\d+)?/) {
        for number in ["-1", "-9223372036854775808", "9223372036854775807", "1e300", "null"] {
          var damaged = text
          damaged.replaceSubrange(match.range, with: number)
          try Safetensors.write(file.tensors, metadata: ["run": damaged], to: path)
          let run = run()
          let before = run.weights
          do {
            try run.resume(from: path)
          } catch {
            refused += 1
            #expect(run.weights == before && run.trainer.step == 0)
            continue
          }
          // In most places a large number is a number as any other.
          if run.trainer.step < 100 {
            try run.trainer.train(until: .steps(run.trainer.step + 1))
          }
        }
      }
      #expect(refused > 50)
    }
  }

  @Test(
    "A number of steps that no optimizer can have taken",
    arguments: [Double.nan, .infinity, -.infinity, -1, 0.5, 1e300])
  func optimizerSteps(steps: Double) throws {
    try withTemporaryDirectory { directory in
      var file = try saved(in: directory)
      let name = try #require(file.names.first { $0.hasSuffix(".step") })
      file.tensors[name] = Tensor([steps], shape: [])
      let path = "\(directory)/damaged.safetensors"
      try Safetensors.write(file.tensors, metadata: file.metadata, to: path)
      let run = run()
      let before = run.weights
      #expect(throws: CheckpointError.self) { try run.resume(from: path) }
      #expect(run.weights == before && run.trainer.step == 0)
    }
  }

  @Test("A scale or count that no gradient scaler can have is refused, and nothing changes")
  func scaler() throws {
    let rule = MixedPrecision(.float16, scaler: GradientScaler(scale: 8))
    let good = rule.state
    for (name, value) in [
      ("scale", Double.nan), ("scale", .infinity), ("scale", -1), ("goodSteps", .nan),
      ("goodSteps", -1), ("goodSteps", 1e300), ("skippedSteps", .infinity), ("skippedSteps", 0.5),
    ] {
      var state = good
      state[name] = value
      #expect(throws: MixedPrecisionError.self) { try rule.restore(state) }
      #expect(rule.state == good)
    }
    try rule.restore(good)
  }

  @Test("A kept state that is infinite or no number is saved and comes back")
  func infiniteState() throws {
    try withTemporaryDirectory { directory in
      let first = MoonsRun()
      first.keepCheckpoints(in: directory)
      first.trainer.keep(
        "best", state: { [Double.infinity, -.infinity, .nan, 1] }, restore: { (_: [Double]) in })
      try first.trainer.train(until: .steps(2))
      let second = MoonsRun()
      var best: [Double] = []
      second.trainer.keep("best", state: { best }, restore: { best = $0 })
      try second.resume(from: "\(directory)/last.safetensors")
      #expect(best.map(\.description) == ["inf", "-inf", "nan", "1.0"])
    }
  }

  @Test("A file that ends anywhere too early, or with changed bytes")
  func bytes() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/last.safetensors"
      _ = try saved(in: directory)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      for count in stride(from: 0, to: bytes.count, by: 41) {
        try AtomicFile.write(Array(bytes[..<count]), to: path)
        let run = run()
        #expect(throws: SafetensorsError.self) { try run.resume(from: path) }
      }
      let generator = Generator(seed: 6)
      for _ in 0..<100 {
        var changed = bytes
        changed[8 + generator.integer(below: bytes.count - 8)] = UInt8(
          generator.integer(below: 128))
        try AtomicFile.write(changed, to: path)
        let run = run()
        try? run.resume(from: path)
      }
    }
  }
}
