import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

/// Two parameters whose gradients are given.
private final class Pair: Module {
  @Parameter var first: Tensor
  @Parameter var second: Tensor

  init(_ golden: GoldenFile) throws {
    first = try golden["start/0"]
    second = try golden["start/1"]
  }

  func setGradients(_ golden: GoldenFile, step: Int) throws {
    for (i, parameter) in parameters().enumerated() {
      parameter.grad = try golden["gradients/\(i)"][step].contiguous()
    }
  }
}

/// Trajectories of 20 steps, clipping and schedules against PyTorch.
@Suite struct OptimizerGoldenTests {
  static let optimizers: [String: @Sendable ([AnyParameter]) -> Optimizer] = [
    "sgd": { SGD($0, learningRate: 0.1) },
    "sgd.decay": { SGD($0, learningRate: 0.1, weightDecay: 0.2) },
    "sgd.momentum": { SGD($0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.05) },
    "sgd.nesterov": { SGD($0, learningRate: 0.1, momentum: 0.8, nesterov: true) },
    "adam": { Adam($0, learningRate: 0.02) },
    "adam.decay": {
      Adam($0, learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.3)
    },
    "adamw": { AdamW($0, learningRate: 0.02, weightDecay: 0.3) },
    "adamw.groups": {
      AdamW(
        [
          ParameterGroup([$0[0]], learningRate: 0.03, weightDecay: 0.1),
          ParameterGroup([$0[1]], learningRate: 0.01),
        ], beta2: 0.99)
    },
  ]

  @Test("Twenty steps go where PyTorch's go, on both backends", arguments: optimizers.keys)
  func trajectory(name: String) throws {
    let golden = try GoldenFile("optim")
    func run() throws {
      let pair = try Pair(golden)
      let optimizer = Self.optimizers[name]!(pair.parameters())
      for step in 1...20 {
        try pair.setGradients(golden, step: step - 1)
        optimizer.step()
        guard [1, 2, 10, 20].contains(step) else { continue }
        for (i, parameter) in pair.parameters().enumerated() {
          let problem = difference(
            parameter.value!, try golden["\(name)/\(step)/\(i)"], 1e-5, 1e-6)
          #expect(problem == nil, "\(name), parameter \(i) after step \(step): \(problem ?? "")")
        }
      }
    }
    try withBackend(.reference, run)
    try withBackend(.cpu, run)
  }

  @Test("State saved after ten steps goes on to the same bits", arguments: optimizers.keys)
  func savedState(name: String) throws {
    let golden = try GoldenFile("optim")
    let (whole, halves) = (try Pair(golden), try Pair(golden))
    let optimizer = Self.optimizers[name]!(whole.parameters())
    var second = Self.optimizers[name]!(halves.parameters())
    for step in 0..<20 {
      if step == 10 {
        let state = second.state
        second = Self.optimizers[name]!(halves.parameters())
        try second.load(state)
      }
      for (pair, optimizer) in [(whole, optimizer), (halves, second)] {
        try pair.setGradients(golden, step: step)
        optimizer.step()
      }
    }
    for (a, b) in zip(whole.parameters(), halves.parameters()) {
      #expect(a.value!.isIdentical(to: b.value!))
    }
  }

  @Test("Clipping by norm and by value equals PyTorch's")
  func clipping() throws {
    let golden = try GoldenFile("optim")
    for (name, maximum) in [("clip.above", 1.0), ("clip.below", 100), ("clip.value", 0.5)] {
      let pair = try Pair(golden)
      try pair.setGradients(golden, step: 0)
      if name == "clip.value" {
        clipGradientValue(pair.parameters(), maximum: maximum)
      } else {
        let norm = clipGradientNorm(pair.parameters(), maximum: maximum)
        #expect(abs(norm.item() - (try golden["\(name)/norm"].item())) < 1e-5)
      }
      for (i, parameter) in pair.parameters().enumerated() {
        let problem = difference(parameter.grad!, try golden["\(name)/\(i)"], 1e-5, 1e-6)
        #expect(problem == nil, "\(name), parameter \(i): \(problem ?? "")")
      }
    }
  }

  static let schedules: [String: any Schedule] = [
    "schedule.step": StepSchedule(interval: 7, decay: 0.3),
    "schedule.linear": LinearSchedule(from: 0.5, to: 0.1, total: 20),
    "schedule.cosine": CosineSchedule(total: 40),
    "schedule.warmUpCosine": CosineSchedule(warmUp: 10, total: 30, minimum: 0.1),
  ]

  @Test("Schedules equal PyTorch's", arguments: schedules.keys)
  func schedule(name: String) throws {
    let expected = try GoldenFile("optim")["\(name)/factors"].array(of: Double.self)
    for (step, factor) in expected.enumerated() {
      #expect(abs(Self.schedules[name]!.factor(at: step) - factor) < 1e-12, "step \(step)")
    }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    let others = ["start", "gradients", "clip.above", "clip.below", "clip.value"]
    #expect(
      Set(try GoldenFile("optim").cases)
        == Set(Self.optimizers.keys).union(Self.schedules.keys).union(others))
  }
}
