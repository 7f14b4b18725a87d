import ArgumentParser
import Fledge
import FledgeDistributed
import Foundation

// MARK: Collectives

extension DemoRanks {
  /// An all-reduce of a megabyte by each algorithm: what is sent, and what the formula says.
  func showCollectives() throws {
    title("An all-reduce of 1 MB among \(ranks) ranks")
    let algorithms: [(String, AllReduceAlgorithm)] = [
      ("naive", .naive), ("ring", .ring), ("tree", .tree),
      ("recursive doubling", .recursiveDoubling), ("hierarchical", .hierarchical(ranksPerHost: 2)),
    ]
    print("algorithm            rounds   messages   sent in all   by the busiest rank")
    for (name, algorithm) in algorithms {
      let sent = try launch(ranks: ranks) { world in
        let x = Tensor.ones([250_000]) * Double(world.rank)
        let sum = try world.allReduce(x, by: algorithm)
        let expected = Double(world.count * (world.count - 1) / 2)
        return (
          world.traffic[.allReduce]!, sum.min().item() == expected, sum.max().item() == expected
        )
      }
      let cost = CollectiveCost.of(.allReduce, algorithm, bytes: 1_000_000, ranks: ranks)
      let (messages, bytes) = sent.reduce((0, 0)) { ($0.0 + $1.0.messages, $0.1 + $1.0.bytes) }
      print(
        padded(name, 21) + padded("\(cost.rounds)", 9) + padded("\(messages)", 11)
          + padded(megabytes(bytes), 14) + megabytes(sent.map(\.0.bytes).max()!))
      try expect(sent.allSatisfy { $0.1 && $0.2 }, "\(name): the sum is wrong")
      try expect(
        messages == cost.messages && bytes == cost.bytes, "\(name): not what its formula says")
    }
  }
}

// MARK: Data parallelism

extension DemoRanks {
  /// The same training run by one rank and by several.
  func showDataParallel() throws {
    title("A digit classifier, \(ranks) ranks against one")
    let images = DrawnDigits.images(count: 400, seed: 1)
    let inputs = Tensor(images.pixels, shape: [400, 784]).cast(to: .float32) / 255
    func train(_ count: Int) throws -> [(weights: Tensor, loss: Double, traffic: String)] {
      try launch(ranks: count) { world in
        world.seed(1)
        let model = MLP(sizes: [784, 64, 10])
        let parallel = try DistributedDataParallel(model, over: world)
        let optimizer = SGD(model.parameters(), learningRate: 0.1, momentum: 0.9)
        var last = 0.0
        for step in 0..<40 {
          optimizer.zeroGrad()
          let batch = 40 * (step % 10)
          let share = world.share(of: 40)
          let rows = batch + share.lowerBound..<batch + share.upperBound
          let loss = crossEntropy(model(inputs[rows]), images.targets[rows])
          try parallel.backward(loss, examples: share.count)
          optimizer.step()
          last = try world.allReduce(Tensor([loss.item() * Double(share.count) / 40])).item()
        }
        let weights = model.parameters().map { $0.value!.flattened() }
        return (Tensor.concatenate(weights), last, try world.trafficReport())
      }
    }
    let (one, several) = (try train(1)[0], try train(ranks))
    let difference = (several[0].weights - one.weights).abs().max().item()
    print(
      String(
        format: "loss after 40 steps: %.6f with one rank, %.6f with \(ranks)", one.loss,
        several[0].loss))
    print(String(format: "largest difference of a weight: %.1e", difference))
    let areIdentical = several.allSatisfy { $0.weights.isIdentical(to: several[0].weights) }
    print("all ranks have the same bits: \(areIdentical)\n\n\(several[0].traffic)")
    try expect(areIdentical && difference < 1e-4, "the ranks have gone different ways")
  }

  /// A link on which the exchange takes about as long as the backward pass.
  func showOverlap() throws {
    title("A slow link, two ranks: the exchange during the backward pass")
    let width = 512
    func step(bandwidth: Double?, bucketBytes: Int) throws -> Double {
      let wrap: @Sendable (any Transport) -> any Transport = { transport in
        bandwidth.map { ThrottledTransport(transport, latency: 1e-4, bandwidth: $0) } ?? transport
      }
      return try launch(ranks: 2, transport: wrap) { world in
        world.seed(1)
        let model = Sequential { for _ in 0..<12 { Linear(width, width) } }
        let parallel = try DistributedDataParallel(
          model, over: world, bucketBytes: bucketBytes, firstBucketBytes: bucketBytes, by: .ring)
        let x = Tensor.normal([512, width])
        var times: [Double] = []
        for _ in 0..<4 {
          model.zeroGrad()
          let loss = model(x).square().mean()
          try world.barrier()
          let start = ContinuousClock.now
          if bandwidth == nil {
            try parallel.noSync { try parallel.backward(loss) }
          } else {
            try parallel.backward(loss)
          }
          times.append((ContinuousClock.now - start).seconds)
        }
        return times.dropFirst().min()!
      }.max()!
    }
    let backward = try step(bandwidth: nil, bucketBytes: 1 << 20)
    let bytes = 4 * 12 * (width * width + width)
    // Two ranks send as many bytes as the gradients have: 2 (N − 1)/N = 1.
    let bandwidth = Double(bytes) / backward
    let one = try step(bandwidth: bandwidth, bucketBytes: 1 << 30)
    let many = try step(bandwidth: bandwidth, bucketBytes: 2 << 20)
    func line(_ name: String, _ seconds: Double) {
      print(
        padded(name, 42) + String(format: "%6.1f ms   %.2f", seconds * 1000, seconds / backward))
    }
    line("backward pass alone", backward)
    line("exchange alone, by the model", Double(bytes) / bandwidth)
    line("one bucket, sent after the pass", one)
    line("buckets of 2 MB, sent during it", many)
    try expect(many < one, "the exchange did not overlap with the backward pass")
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

// MARK: Sharded state

extension DemoRanks {
  /// Memory and volume of each stage of ZeRO.
  func showZero() throws {
    title("ZeRO: bytes a parameter, and bytes sent in a step, by \(ranks) ranks")
    print("stage   parameters   gradients   moments   together   sent, all-reduce = 1")
    let (width, layers) = (64 * ranks, 6)
    for stage in [nil] + ZeroStage.allCases.map(Optional.some) {
      let results = try launch(ranks: ranks) { world in
        world.seed(1)
        let model = Sequential { for _ in 0..<layers { Linear(width, width, bias: false) } }
        let x = Tensor.ones([2, width]).requiringGradients()
        let groups = [ParameterGroup(model.parameters(), learningRate: 0.01)]
        var (bytes, sent) = ([Int](), [Collective: Traffic]())
        if let stage {
          let optimizer = try ZeroRedundancyOptimizer(stage, groups, over: world, unitBytes: 1) {
            Adam($0)
          }
          sent = try world.traffic {
            try optimizer.backward(model(x).square().mean())
            bytes = Self.live([.parameter, .gradient])
            optimizer.step()
          }
          bytes += Self.live([.optimizer])
          withExtendedLifetime(optimizer) {}
        } else {
          let parallel = try DistributedDataParallel(model, over: world, by: .ring)
          let optimizer = Adam(groups)
          sent = try world.traffic { try parallel.backward(model(x).square().mean()) }
          bytes = Self.live([.parameter, .gradient])
          optimizer.step()
          bytes += Self.live([.optimizer])
          withExtendedLifetime(optimizer) {}
        }
        let perParameter = bytes.map { Double($0) / Double(model.parameterCount) }
        return (perParameter, sent.values.reduce(0) { $0 + $1.bytes }, model.parameterCount)
      }
      let (bytes, _, count) = results[0]
      let volume = Double(results.reduce(0) { $0 + $1.1 }) / Double(8 * (ranks - 1) * count)
      let cells = (bytes + [bytes.reduce(0, +)]).map { String(format: "%.2f", $0) }
      print(
        padded(stage.map { "\($0.rawValue)" } ?? "none", 8) + padded(cells[0], 13)
          + padded(cells[1], 12) + padded(cells[2], 10) + padded(cells[3], 11)
          + String(format: "%.3f", volume))
      try expect(
        abs(volume - (stage == .parameters ? 1.5 : 1)) < 0.01, "the volume is not that of the paper"
      )
    }
  }

  private static func live(_ tags: [MemoryTag]) -> [Int] {
    let bytes = Ledger.current.statistics.liveBytesByTag
    return tags.map { bytes[$0] ?? 0 }
  }
}

// MARK: Failures

extension DemoRanks {
  /// What the others say where a rank throws.
  func showFailure() throws {
    title("A rank throws in the middle of a run")
    do {
      _ = try launch(
        ranks: ranks,
        transport: { transport in
          transport.rank == 1 ? FaultyTransport(transport, losingAfter: 5, .throwing) : transport
        }
      ) { world in
        for _ in 0..<10 { _ = try world.allReduce(Tensor.ones([1000]), by: .ring) }
      }
    } catch {
      print(error)
      return
    }
    try expect(false, "the failure was lost")
  }
}
