import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Foundation
import Testing

/// Three parameters whose gradients are given.
private final class Given: Module {
  @Parameter var wide: Tensor
  @Parameter var tall: Tensor
  @Parameter var vector: Tensor
  private let golden: NotSaved<GoldenFile>

  init(_ file: GoldenFile) throws {
    wide = try file["start/0"]
    tall = try file["start/1"]
    vector = try file["start/2"]
    golden = NotSaved(wrappedValue: file)
  }

  func setGradients(step: Int) throws {
    for (i, parameter) in parameters().enumerated() {
      parameter.grad = try golden.wrappedValue["gradients/\(i)"][step].contiguous()
    }
  }
}

/// Trajectories of 20 steps against PyTorch or the papers' formulas, schedules over 50.
@Suite struct FurtherOptimizerGoldenTests {
  typealias Make = @Sendable ([AnyParameter]) -> Optimizer

  static let optimizers: [String: Make] = [
    "rmsprop": { RMSprop($0, learningRate: 0.02) },
    "rmsprop.momentum": {
      RMSprop($0, learningRate: 0.02, smoothing: 0.9, momentum: 0.8, weightDecay: 0.1)
    },
    "rmsprop.centered": {
      RMSprop($0, learningRate: 0.02, smoothing: 0.9, epsilon: 1e-3, centered: true)
    },
    "rmsprop.both": {
      RMSprop(
        $0, learningRate: 0.02, smoothing: 0.9, epsilon: 1e-3, momentum: 0.5, centered: true)
    },
    "adagrad": { Adagrad($0, learningRate: 0.1) },
    "adagrad.decay": {
      Adagrad($0, learningRate: 0.1, rateDecay: 0.2, initialAccumulator: 0.3, weightDecay: 0.1)
    },
    "adadelta": { Adadelta($0) },
    "adadelta.decay": {
      Adadelta($0, learningRate: 0.5, smoothing: 0.8, epsilon: 1e-4, weightDecay: 0.2)
    },
    "sgd.dampened": {
      SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.4, weightDecay: 0.05)
    },
    "adam.amsgrad": {
      Adam($0, learningRate: 0.02, beta1: 0.8, beta2: 0.9, weightDecay: 0.3, amsgrad: true)
    },
    "adamw.amsgrad": {
      AdamW($0, learningRate: 0.02, beta1: 0.8, beta2: 0.9, weightDecay: 0.3, amsgrad: true)
    },
    "radam": { RAdam($0, learningRate: 0.02) },
    "radam.decay": {
      RAdam($0, learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.3)
    },
    "radam.decoupled": { RAdam($0, learningRate: 0.02, weightDecay: 0.3, decoupled: true) },
    "adamax": { Adamax($0, learningRate: 0.02) },
    "adamax.decay": {
      Adamax($0, learningRate: 0.02, beta1: 0.8, beta2: 0.9, epsilon: 1e-4, weightDecay: 0.3)
    },
    "adafactor": { Adafactor($0, learningRate: 0.5) },
    "adafactor.decay": {
      Adafactor(
        $0, learningRate: 0.1, squareDecay: -0.5, epsilon: 1e-3, minimumScale: 0.1,
        clippingThreshold: 1.5, weightDecay: 0.3)
    },
    "maximize.sgd": {
      SGD(
        [ParameterGroup($0, learningRate: 0.1, weightDecay: 0.05, maximize: true)], momentum: 0.9)
    },
    "maximize.adamw": { rising(AdamW($0, learningRate: 0.02, weightDecay: 0.3)) },
    "maximize.rmsprop": { rising(RMSprop($0, learningRate: 0.02, weightDecay: 0.1)) },
    "maximize.adafactor": { rising(Adafactor($0, learningRate: 0.1, weightDecay: 0.3)) },
    "nadam": { NAdam($0, learningRate: 0.02) },
    "nadam.decay": {
      NAdam(
        $0, learningRate: 0.02, beta1: 0.8, beta2: 0.95, momentumDecay: 0.01, weightDecay: 0.3)
    },
    "nadam.decoupled": { NAdam($0, learningRate: 0.02, weightDecay: 0.3, decoupled: true) },
    "muon": { Muon(matrices($0), adamW: vectors($0)) },
    "muon.plain": {
      Muon(matrices($0), adamW: vectors($0), momentum: 0.8, nesterov: false, iterations: 3)
    },
    "muon.bfloat16": { Muon(matrices($0), adamW: vectors($0)) },
    "lion": { Lion($0, learningRate: 0.02) },
    "lion.decay": { Lion($0, learningRate: 0.02, beta1: 0.8, beta2: 0.95, weightDecay: 0.5) },
    "lars": { LARS($0, learningRate: 0.5, trust: 0.01) },
    "lars.decay": { LARS($0, learningRate: 0.5, momentum: 0.8, trust: 0.02, weightDecay: 0.1) },
    "lamb": { LAMB($0, learningRate: 0.02) },
    "lamb.decay": {
      LAMB($0, learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.3)
    },
  ]

  private static func rising(_ optimizer: Optimizer) -> Optimizer {
    optimizer.isMaximizing = true
    return optimizer
  }

  private static func matrices(_ parameters: [AnyParameter]) -> [ParameterGroup] {
    [ParameterGroup(Array(parameters.prefix(2)), learningRate: 0.05, weightDecay: 0.2)]
  }

  private static func vectors(_ parameters: [AnyParameter]) -> [ParameterGroup] {
    [ParameterGroup(Array(parameters.suffix(1)), learningRate: 0.01, weightDecay: 0.2)]
  }

  @Test("Twenty steps go where they should, on both backends", arguments: optimizers.keys)
  func trajectory(name: String) throws {
    let golden = try GoldenFile("optimizers")
    // PyTorch's own Muon iterates in bfloat16, which is good for two digits a step.
    let tolerance = name == "muon.bfloat16" ? 0.05 : 2e-5
    func run() throws {
      let model = try Given(golden)
      let optimizer = Self.optimizers[name]!(model.parameters())
      for step in 1...20 {
        try model.setGradients(step: step - 1)
        optimizer.step()
        guard [1, 2, 10, 20].contains(step) else { continue }
        for (i, parameter) in model.parameters().enumerated() {
          let problem = difference(
            parameter.value!, try golden["\(name)/\(step)/\(i)"], tolerance, tolerance)
          #expect(problem == nil, "\(name), parameter \(i) after step \(step): \(problem ?? "")")
        }
      }
    }
    try withBackend(.reference, run)
    try withBackend(.cpu, run)
  }

  @Test("State saved after ten steps goes on to the same bits", arguments: optimizers.keys)
  func savedState(name: String) throws {
    let golden = try GoldenFile("optimizers")
    let (whole, halves) = (try Given(golden), try Given(golden))
    let optimizer = Self.optimizers[name]!(whole.parameters())
    var second = Self.optimizers[name]!(halves.parameters())
    for step in 0..<20 {
      if step == 10 {
        let state = second.state
        #expect(state.keys.filter { $0.hasSuffix(".step") }.count == 3)
        second = Self.optimizers[name]!(halves.parameters())
        try second.load(state)
      }
      for (model, optimizer) in [(whole, optimizer), (halves, second)] {
        try model.setGradients(step: step)
        optimizer.step()
      }
    }
    for (a, b) in zip(whole.parameters(), halves.parameters()) {
      #expect(a.value!.isIdentical(to: b.value!))
    }
  }

  static let schedules: [String: any Schedule] = [
    "schedule.multiStep": MultiStepSchedule(milestones: [5, 20, 21], decay: 0.3),
    "schedule.exponential": ExponentialSchedule(decay: 0.93),
    "schedule.polynomial": PolynomialSchedule(total: 40, power: 1.7),
    "schedule.oneCycle": OneCycleSchedule(total: 51),
    "schedule.oneCycle.linear": OneCycleSchedule(
      total: 51, rise: 0.4, startDivisor: 10, endDivisor: 100, curve: .linear),
    "schedule.restarts": CosineRestartsSchedule(period: 7, minimum: 0.1),
    "schedule.restarts.growing": CosineRestartsSchedule(period: 3, growth: 2),
    "schedule.cyclic": CyclicSchedule(rise: 4, minimum: 0.1),
    "schedule.cyclic.halving": CyclicSchedule(rise: 4, fall: 7, minimum: 0.2, mode: .halving),
    "schedule.cyclic.exponential": CyclicSchedule(
      rise: 6, fall: 3, minimum: 0.1, mode: .exponential(decay: 0.95)),
    "schedule.chained": ChainedSchedule([
      LinearSchedule(from: 0.1, to: 1, total: 10), ExponentialSchedule(decay: 0.95),
    ]),
    "schedule.sequential": SequentialSchedule(
      [
        LinearSchedule(from: 0.1, to: 1, total: 5), ExponentialSchedule(decay: 0.9),
        CosineSchedule(total: 30),
      ], milestones: [5, 20]),
  ]

  @Test("Schedules equal PyTorch's", arguments: schedules.keys)
  func schedule(name: String) throws {
    let expected = try GoldenFile("optimizers")["\(name)/factors"].array(of: Double.self)
    #expect(expected.count == 50)
    for (step, factor) in expected.enumerated() {
      #expect(abs(Self.schedules[name]!.factor(at: step) - factor) < 1e-12, "step \(step)")
    }
  }

  static let plateaus: [String: ReduceOnPlateau] = [
    "plateau.lowest": ReduceOnPlateau(decay: 0.5, patience: 3),
    "plateau.cooldown": ReduceOnPlateau(
      decay: 0.3, patience: 2, threshold: 0.02, cooldown: 4, minimum: 0.01),
    "plateau.highest": ReduceOnPlateau(goal: .highest, decay: 0.5, patience: 5),
  ]

  @Test(
    "Reducing on a plateau equals PyTorch's, saved and restored half way", arguments: plateaus.keys)
  func plateau(name: String) throws {
    let golden = try GoldenFile("optimizers")
    let expected = try golden["\(name)/factors"].array(of: Double.self)
    let metrics = try golden["\(name)/metrics"].array(of: Double.self)
    var plateau = Self.plateaus[name]!
    for (step, factor) in expected.enumerated() {
      #expect(abs(plateau.factor - factor) < 1e-12, "step \(step)")
      if step == 21 {
        let saved = try JSONEncoder().encode(plateau)
        plateau = try JSONDecoder().decode(ReduceOnPlateau.self, from: saved)
      }
      plateau.observe(metrics[step])
    }
    #expect(expected.last! < 1, "the rate was lowered")
  }

  @Test("The average of the weights equals PyTorch's")
  func average() throws {
    let golden = try GoldenFile("optimizers")
    let model = try Given(golden)
    let average = WeightAverage(model.parameters(), decay: 0.9)
    for step in 0..<20 {
      for (i, parameter) in model.parameters().enumerated() {
        parameter.value = try golden["gradients/\(i)"][step]
      }
      average.update()
    }
    let weights = model.parameters().map { $0.value! }
    try average.withAverage {
      for (i, parameter) in model.parameters().enumerated() {
        let problem = difference(parameter.value!, try golden["average/\(i)"], 1e-5, 1e-6)
        #expect(problem == nil, "parameter \(i): \(problem ?? "")")
      }
    }
    for (parameter, weight) in zip(model.parameters(), weights) {
      #expect(parameter.value!.isIdentical(to: weight), "the weights are back")
    }
    let resumed = WeightAverage(model.parameters(), decay: 0.9)
    try resumed.load(average.state)
    for copy in [average, resumed] { copy.update() }
    for (name, value) in average.state { #expect(resumed.state[name]!.isIdentical(to: value)) }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    let names = [
      Set(Self.optimizers.keys), Set(Self.schedules.keys), Set(Self.plateaus.keys),
      ["start", "gradients", "average"],
    ]
    #expect(Set(try GoldenFile("optimizers").cases) == names.reduce([]) { $0.union($1) })
  }

  @Test("Muon's iterations leave directions and even out lengths")
  func orthogonal() {
    let x = Tensor.normal([4, 6], using: Generator(seed: 3))
    let y = Muon.orthogonalized(x)
    // Singular values near 1: the Gram matrix has a trace near 4 and small elements beside it.
    let gram = y.matmul(y.transposed())
    let diagonal = (0..<4).map { gram[$0, $0].item() }
    #expect(diagonal.allSatisfy { $0 > 0.4 && $0 < 1.6 })
    #expect(y.shape == x.shape && (x * y).sum().item() > 0)
  }

  @Test("Muon takes the matrices of hidden layers; embeddings, positions and heads go to AdamW")
  func muonGroups() {
    final class Model: Module {
      let embedding = Embedding(5, 4)
      let positions = LearnedPositions(3, 4)
      let blocks = [TransformerBlock(4, heads: 2), TransformerBlock(4, heads: 2)]
      let head = Linear(4, 5)
    }
    let model = Model()
    func names(_ group: ParameterGroup) -> Set<String> {
      Set(
        model.namedParameters().filter { named in
          group.parameters.contains { $0 === named.parameter }
        }.map(\.name))
    }
    let matrices = ["attention.qkv", "attention.projection", "upProjection", "downProjection"]
    let expected = Set(
      (0..<2).flatMap { block in matrices.map { "blocks.\(block).\($0).weight" } })
    let all = Set(model.namedParameters().map(\.name))
    for hidden in [model.blocks as [Module], model.blocks + [model.embedding, model.positions]] {
      let groups = Muon(model, hidden: hidden, learningRate: 0.1, adamWLearningRate: 0.2).groups
      #expect(groups.map(\.learningRate) == [0.1, 0.2])
      #expect(names(groups[0]) == expected)
      #expect(names(groups[1]) == all.subtracting(expected))
    }
  }

  @Test("Muon refuses what is no matrix, averages refuse to be updated while swapped in")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      let layer = LayerNorm(4)
      _ = Muon([ParameterGroup(layer.parameters(), learningRate: 0.1)])
    }
    await #expect(processExitsWith: .failure) {
      _ = Muon(Linear(2, 2), hidden: [Linear(2, 2)])
    }
    await #expect(processExitsWith: .failure) {
      let average = WeightAverage(LayerNorm(4).parameters())
      average.swapIn()
      average.update()
    }
  }
}
