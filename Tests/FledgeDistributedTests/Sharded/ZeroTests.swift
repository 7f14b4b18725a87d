import FledgeCore
import FledgeModels
import FledgeNN
import FledgeOptim
import RankChecks
import Testing

@testable import FledgeDistributed

@Suite struct ZeroTests {
  private static func groups(_ model: Module) -> [ParameterGroup] {
    model.parameterGroups(learningRate: 0.01, decayingMatricesBy: 0.1)
  }

  /// Bytes alive after a backward pass and a step, by tag.
  private static func bytes(_ stage: ZeroStage?) throws -> [(live: [MemoryTag: Int], count: Int)] {
    try launch(ranks: 4) { world in
      world.seed(1)
      // Sizes that four ranks divide, and whole lines of memory: nothing is padded.
      let model = Sequential {
        Linear(64, 128, bias: false)
        Linear(128, 64, bias: false)
        Linear(64, 128, bias: false)
        Linear(128, 16, bias: false)
      }
      let loss = { model(Tensor.ones([2, 64])).square().mean() }
      let ledger = Ledger.current
      func statistics() -> [MemoryTag: Int] { ledger.statistics.liveBytesByTag }
      var live: [MemoryTag: Int]
      if let stage {
        let optimizer = try ZeroRedundancyOptimizer(
          stage, [ParameterGroup(model.parameters(), learningRate: 0.01)], over: world,
          unitBytes: 1
        ) { Adam($0) }
        try optimizer.backward(loss())
        live = statistics()
        optimizer.step()
        live[.optimizer] = statistics()[.optimizer]
      } else {
        let optimizer = Adam(model.parameters(), learningRate: 0.01)
        let parallel = try DistributedDataParallel(model, over: world)
        try parallel.backward(loss())
        live = statistics()
        optimizer.step()
        live[.optimizer] = statistics()[.optimizer]
      }
      return (live, model.parameterCount)
    }
  }

  @Test func `bytes a parameter at four ranks are 16, 10, 7 and 4`() throws {
    // Of parameters, gradients and moments; float32, so 4 bytes each.
    let expected: [(ZeroStage?, [Double])] = [
      (nil, [4, 4, 8]), (.optimizer, [4, 4, 2]), (.gradients, [4, 1, 2]), (.parameters, [1, 1, 2]),
    ]
    for (stage, bytes) in expected {
      for (live, count) in try Self.bytes(stage) {
        let found = [MemoryTag.parameter, .gradient, .optimizer].map {
          Double(live[$0] ?? 0) / Double(count)
        }
        for (a, b) in zip(found, bytes) {
          // Beside the moments there are the six doubles of a step's numbers; beside DDP's gradients
          // the numbers of uses.
          #expect(
            a >= b && (a - b) * Double(count) <= 128, "\(String(describing: stage)): \(found)")
        }
      }
    }
  }

  @Test func `volumes are 1, 1, 1 and 1.5 times that of an all-reduce`() throws {
    func volume(_ stage: ZeroStage?) throws -> (bytes: Int, unit: Int) {
      let results = try launch(ranks: 4) { world in
        world.seed(1)
        let model = Sequential {
          for _ in 0..<6 { Linear(64, 64, bias: false) }
        }
        let x = Tensor.ones([2, 64]).requiringGradients()
        let loss = { model(x).square().mean() }
        if let stage {
          let optimizer = try ZeroRedundancyOptimizer(
            stage, [ParameterGroup(model.parameters(), learningRate: 0.01)], over: world,
            unitBytes: 1
          ) { Adam($0) }
          let traffic = try world.traffic {
            try optimizer.backward(loss())
            optimizer.step()
          }
          return traffic.values.reduce(0) { $0 + $1.bytes }
        }
        let traffic = try world.traffic {
          var all = Tensor.ones([model.parameterCount])
          try world.allReduce(&all, by: .ring)
        }
        return traffic.values.reduce(0) { $0 + $1.bytes }
      }
      return (results.reduce(0, +), results[0])
    }
    let one = try volume(nil).bytes
    #expect(one == 2 * 3 * 4 * 6 * 64 * 64)
    #expect(try volume(.optimizer).bytes == one)
    #expect(try volume(.gradients).bytes == one)
    #expect(2 * (try volume(.parameters).bytes) == 3 * one)
  }

  @Test func `stage 3 holds one unit more than its part at a time`() throws {
    let width = 128
    let peaks = try launch(ranks: 4) { world in
      let model = Sequential {
        for _ in 0..<8 { Linear(width, width, bias: false) }
      }
      let optimizer = try ZeroRedundancyOptimizer(
        .parameters, [ParameterGroup(model.parameters(), learningRate: 0.01)], over: world,
        unitBytes: 1
      ) { SGD($0) }
      Ledger.current.resetPeak()
      try optimizer.backward(model(Tensor.ones([2, width])).square().mean())
      return Ledger.current.statistics.peakBytesByTag[.parameter]!
    }
    let unit = 4 * width * width
    for peak in peaks { #expect(peak <= 8 * unit / 4 + 2 * unit) }
  }

  @Test(arguments: ZeroStage.allCases)
  func `state is that of whole parameters, and loads into any number of ranks`(
    stage: ZeroStage
  ) throws {
    func train(
      _ ranks: Int, _ steps: Range<Int>,
      from saved: (weights: [String: Tensor], state: [String: Tensor])?
    ) throws -> (weights: [String: Tensor], state: [String: Tensor]) {
      try launch(ranks: ranks) { world in
        let model = makeModel()
        let optimizer = try ZeroRedundancyOptimizer(
          stage, Self.groups(model), over: world, unitBytes: 700
        ) { AdamW($0) }
        if let saved {
          try model.load(saved.weights)
          try optimizer.load(saved.state)
        }
        for step in steps {
          optimizer.zeroGrad()
          let loss = Points(12, step: step).loss(model.callAsFunction, world.share(of: 12))
          try optimizer.backward(loss)
          optimizer.step()
        }
        let weights = Dictionary(
          uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.value.copied()) })
        return (weights, optimizer.state)
      }[0]
    }
    let whole = try train(4, 0..<8, from: nil)
    let resumed = try train(2, 4..<8, from: try train(4, 0..<4, from: nil))
    let serial = makeModel()
    let reference = AdamW(Self.groups(serial))
    reference.zeroGrad()
    Points(12).loss(serial.callAsFunction, 0..<12)!.backward()
    reference.step()
    #expect(Set(whole.state.keys) == Set(reference.state.keys))
    for (name, value) in whole.weights {
      #expect(difference(resumed.weights[name]!, value) < 1e-5, "\(name)")
    }
    for (name, value) in whole.state {
      #expect(resumed.state[name]!.shape == reference.state[name]!.shape)
      #expect(difference(resumed.state[name]!, value) < 1e-5, "\(name)")
    }
  }

  @Test func `a rule that needs whole tensors is refused`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try launch(ranks: 1) { world in
        let model = makeModel()
        _ = try ZeroRedundancyOptimizer(
          .optimizer, [ParameterGroup(model.parameters(), learningRate: 0.1)], over: world
        ) { LAMB($0) }
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      text.hasPrefix(
        "Fledge: ZeRO: LAMB needs whole tensors, so their parts cannot be stepped apart\n"),
      "\(text)")
  }
}
