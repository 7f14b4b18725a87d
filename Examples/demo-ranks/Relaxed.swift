import Fledge
import FledgeDistributed
import Foundation

extension DemoRanks {
  /// One training run by exchanges that are not exact, not among all, or not at the same time.
  func showRelaxed() throws {
    title("The digit classifier with relaxed exchanges, \(ranks) ranks, 80 steps")
    print("exchange                        loss     sent by a rank in a step")
    // How many times less than the exact one each must send.
    let rows: [(name: String, factor: Double, make: @Sendable (MLP, Group) throws -> Exchange)] =
      [
        ("gradients, all-reduce", 1, { try .gradients($0, $1) }),
        ("a byte a number", 3.9, { try .gradients($0, $1, MinMaxCodec()) }),
        ("QSGD, 4 bits", 7.6, { try .gradients($0, $1, StochasticCodec(bits: 4)) }),
        ("a bit a number", 25, { try .gradients($0, $1, SignCodec()) }),
        ("weights, every 8 steps", 7.9, { try .everyEightSteps($0, $1) }),
        ("weights, one peer a step", 1, { try .onePeerAStep($0, $1) }),
        ("weights, without waiting", 0, { try .inTheBackground($0, $1) }),
      ]
    var first: (loss: Double, bytes: Double)?
    for (name, factor, make) in rows {
      let (loss, bytes) = try train(make)
      let exact = first ?? (loss, bytes)
      first = exact
      let part =
        factor == 0
        ? "        as often as the link allows" : String(format: "%8.1f kB", bytes / 1e3)
      print(padded(name, 30) + String(format: "%.4f", loss) + part)
      try expect(loss < 4 * exact.loss + 0.1, "\(name): it has not learned")
      try expect(bytes * factor <= exact.bytes * 1.01 || factor == 0, "\(name): it sends too much")
    }
  }

  /// The loss of the mean of all ranks' models, and the bytes of a step.
  private func train(
    _ make: @escaping @Sendable (MLP, Group) throws -> Exchange
  ) throws -> (loss: Double, bytes: Double) {
    let images = DrawnDigits.images(count: 400, seed: 1)
    let inputs = Tensor(images.pixels, shape: [400, 784]).cast(to: .float32) / 255
    let steps = 80
    return try launch(ranks: ranks) { world in
      world.seed(1)
      let model = MLP(sizes: [784, 64, 10])
      let exchange = try make(model, world)
      let optimizer = SGD(model.parameters(), learningRate: 0.02, momentum: 0.9)
      let sent = try world.traffic {
        for step in 0..<steps {
          optimizer.zeroGrad()
          let share = world.share(of: 40)
          let begin = 40 * (step % 10) + share.lowerBound
          let rows = begin..<begin + share.count
          try exchange.backward(crossEntropy(model(inputs[rows]), images.targets[rows]))
          optimizer.step()
          try exchange.step()
        }
      }
      try exchange.finish()
      let loss = withoutGradients { crossEntropy(model(inputs), images.targets).item() }
      return (loss, Double(sent.values.reduce(0) { $0 + $1.bytes }) / Double(steps))
    }[0]
  }
}

/// What a training loop does at three places.
private struct Exchange {
  var backward: (Tensor) throws -> Void = { $0.backward() }
  var step: () throws -> Void = {}
  var finish: () throws -> Void = {}

  /// Of gradients, as they are or as codes.
  static func gradients(
    _ model: MLP, _ world: Group, _ codec: (any GradientCodec)? = nil
  ) throws -> Exchange {
    let parallel = try DistributedDataParallel(model, over: world, by: .ring, compression: codec)
    return Exchange(backward: { try parallel.backward($0) })
  }

  static func everyEightSteps(_ model: MLP, _ world: Group) throws -> Exchange {
    let average = try PeriodicAverage(model, over: world, every: 8)
    return Exchange(step: average.step)
  }

  static func onePeerAStep(_ model: MLP, _ world: Group) throws -> Exchange {
    let average = try DecentralizedAverage(model, over: world)
    return Exchange(step: average.step, finish: average.finish)
  }

  static func inTheBackground(_ model: MLP, _ world: Group) throws -> Exchange {
    let average = try AsynchronousAverage(model, over: world)
    return Exchange(step: average.step, finish: average.finish)
  }
}
