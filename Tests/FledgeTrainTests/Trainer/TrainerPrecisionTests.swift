import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import FledgeTrain
import Foundation
import Testing

/// A ``Trainer`` whose steps are in mixed precision.
@Suite struct TrainerPrecisionTests {
  private func run(_ rule: any StepRule, clipping: GradientLimit? = nil) -> MoonsRun {
    let run = MoonsRun()
    run.trainer.stepRule = rule
    run.trainer.clipping = clipping
    return run
  }

  @Test("A model learns in either half type what it learns in float32, on float32 weights")
  func learns() throws {
    func loss(_ rule: any StepRule) throws -> (Double, MoonsRun) {
      let run = run(rule)
      try run.trainer.train(until: .epochs(30))
      return (run.trainer.epochLoss, run)
    }
    let (expected, plain) = try loss(PlainStep())
    #expect(expected < 0.4)
    for dtype in [DType.float16, .bfloat16] {
      let (found, half) = try loss(.mixedPrecision(dtype))
      #expect(abs(found - expected) < 0.02, "\(dtype)")
      #expect(half.weights != plain.weights, "\(dtype): nothing was computed in it")
      #expect(half.model.parameters().allSatisfy { $0.value?.dtype == .float32 })
      #expect(half.model.parameters().allSatisfy { $0.grad?.dtype == .float32 })
    }
  }

  @Test("float16 has a scaler unless told otherwise, bfloat16 has none")
  func defaults() {
    #expect(MixedPrecision(.float16).scaler?.state == GradientScaler().state)
    #expect(MixedPrecision(.bfloat16).scaler == nil)
    let scaler = GradientScaler(scale: 8)
    #expect(MixedPrecision(.bfloat16, scaler: scaler).scaler === scaler)
  }

  @Test("A step that overflows changes nothing and halves the scale, until one does not")
  func overflow() throws {
    let rule = MixedPrecision(.float16, scaler: GradientScaler(scale: 0x1p22))
    let run = run(rule, clipping: .norm(1))
    var (scales, weights) = ([rule.scaler!.state.scale], [run.weights])
    run.trainer.on(.stepEnds) { _ in
      scales.append(rule.scaler!.state.scale)
      weights.append(run.weights)
    }
    try run.trainer.train(until: .steps(20))
    #expect(rule.skippedSteps > 2 && rule.skippedSteps < 12)
    #expect(scales.last == 0x1p22 / Double(1 << rule.skippedSteps))
    for step in 1...20 {
      let isSkipped = scales[step] == scales[step - 1] / 2
      #expect((weights[step] == weights[step - 1]) == isSkipped, "step \(step)")
    }
    #expect(run.weights.joined().allSatisfy { $0.isFinite })
  }

  @Test("Gradients are clipped at their true size: a scale that is a power of two changes no bit")
  func clipping() throws {
    func weights(_ scaler: GradientScaler?, _ limit: GradientLimit) throws -> ([[Float]], Double) {
      let run = run(.mixedPrecision(.bfloat16, scaler: scaler), clipping: limit)
      var norms = 0.0
      run.trainer.on(.stepEnds) { norms += $0.gradientNorm ?? 0 }
      try run.trainer.train(until: .steps(8))
      return (run.weights, norms)
    }
    for limit in [GradientLimit.norm(0.05), .value(0.01)] {
      let plain = try weights(nil, limit)
      let scaled = try weights(GradientScaler(scale: 1024), limit)
      #expect(scaled.0 == plain.0 && scaled.1 == plain.1)
      #expect(try weights(nil, .norm(100)).0 != plain.0, "the limit is reached")
    }
  }

  @Test("Batches that are added up are scaled alike")
  func accumulation() throws {
    func weights(_ scaler: GradientScaler?) throws -> [[Float]] {
      let run = run(.mixedPrecision(.bfloat16, scaler: scaler))
      run.trainer.accumulation = 2
      try run.trainer.train(until: .epochs(2))
      return run.weights
    }
    #expect(try weights(GradientScaler(scale: 4096)) == weights(nil))
  }

  /// A run whose scale falls at first and rises later.
  private func scaledRun(in directory: String) -> (MoonsRun, MixedPrecision) {
    let rule = MixedPrecision(.float16, scaler: GradientScaler(scale: 0x1p18, interval: 3))
    let run = run(rule, clipping: .norm(0.5))
    run.keepCheckpoints(in: directory)
    return (run, rule)
  }

  @Test("Resumed, the scaler goes on where it was, and the checkpoint is the same to the byte")
  func resume() throws {
    try withTemporaryDirectory { directory in
      func path(_ name: String) throws -> String {
        try FileManager.default.createDirectory(
          atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        return "\(directory)/\(name)"
      }
      let (whole, wholeRule) = scaledRun(in: try path("whole"))
      try whole.trainer.train(until: .steps(14))
      #expect(wholeRule.skippedSteps > 1)
      for step in [2, 9] {
        let folder = try path("parts\(step)")
        let (first, firstRule) = scaledRun(in: folder)
        first.stop(after: step)
        try first.trainer.train(until: .steps(14))
        let (second, rule) = scaledRun(in: folder)
        try second.resume(from: "\(folder)/last.safetensors")
        #expect(rule.scaler!.state == firstRule.scaler!.state)
        #expect(rule.skippedSteps == firstRule.skippedSteps)
        try second.trainer.train(until: .steps(14))
        #expect(second.weights == whole.weights)
        #expect(rule.scaler!.state == wholeRule.scaler!.state)
        let files = try [path("whole"), folder].map {
          try Data(contentsOf: URL(fileURLWithPath: "\($0)/last.safetensors"))
        }
        #expect(files[0] == files[1])
      }
    }
  }

  @Test("Negative control: with a scaler that begins anew the run ends elsewhere")
  func forgottenScaler() throws {
    try withTemporaryDirectory { directory in
      let (whole, _) = scaledRun(in: directory)
      try whole.trainer.train(until: .steps(14))
      let (first, _) = scaledRun(in: directory)
      first.stop(after: 9)
      try first.trainer.train(until: .steps(14))
      let (second, rule) = scaledRun(in: directory)
      try second.resume(from: "\(directory)/last.safetensors")
      rule.scaler!.state = GradientScaler(scale: 0x1p24).state
      try second.trainer.train(until: .steps(14))
      #expect(second.weights != whole.weights)
    }
  }

  @Test("A precision that is none is a mistake")
  func mistake() async {
    await #expect(processExitsWith: .failure) { _ = MixedPrecision(.float32) }
  }
}
