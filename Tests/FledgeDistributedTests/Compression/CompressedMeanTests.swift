import FledgeCore
import FledgeDistributed
import FledgeNN
import FledgeOptim
import RankChecks
import Testing

@Suite struct CompressedMeanTests {
  @Test(arguments: 2...5)
  func `ranks send 2 (N − 1)/N of the code`(ranks: Int) throws {
    for codec in GradientCodecTests.codecs {
      let traffic = try launch(ranks: ranks) { world in
        let mean = try CompressedMean(codec, over: world)
        return try world.traffic { _ = try mean(Tensor.ones([1001])) }
      }
      let sizes = (0..<ranks).map { rank in
        codec.byteCount(of: 1001 / ranks + (rank < 1001 % ranks ? 1 : 0))
      }
      let sent = traffic.map { $0.values.reduce(0) { $0 + $1.bytes } }.reduce(0, +)
      #expect(sent == 2 * (ranks - 1) * sizes.reduce(0, +))
      #expect(traffic.allSatisfy { Set($0.keys) == [.allToAll, .allGather] })
    }
  }

  /// How far the mean of 100 means is from the exact one, where each rank gives the same tensor each time.
  private static func drift(_ codec: any GradientCodec, errorFeedback: Bool) throws -> Double {
    try launch(ranks: 3) { world in
      let own = Tensor.normal([60], using: Generator(seed: 4)) * Double(1 + world.rank)
      let mean = try CompressedMean(codec, over: world, errorFeedback: errorFeedback)
      var sum = Tensor.zeros([60])
      for _ in 0..<100 { sum = sum + (try mean(own)) }
      return difference(sum / 100, try world.allReduce(own, .mean))
    }[0]
  }

  @Test func `error feedback gives back what codes lose; without it the loss stays`() throws {
    let sign = try (
      Self.drift(SignCodec(), errorFeedback: true), Self.drift(SignCodec(), errorFeedback: false)
    )
    #expect(sign.0 < sign.1 / 4 && sign.1 > 1, "\(sign)")
    let codec = MinMaxCodec()
    let byte = try (Self.drift(codec, errorFeedback: true), Self.drift(codec, errorFeedback: false))
    #expect(byte.0 < 1e-3 && byte.1 > 5e-3, "\(byte)")
  }

  @Test func `a NaN of one rank reaches all, and not the tensor after it`() throws {
    for codec in [MinMaxCodec(), SignCodec()] as [any GradientCodec] {
      let results = try launch(ranks: 3) { world in
        let mean = try CompressedMean(codec, over: world)
        let bad = try mean(Tensor.full([30], world.rank == 1 ? .nan : 1))
        return (bad.array(), try mean(Tensor.ones([30])).array())
      }
      for (bad, good) in results {
        #expect(bad.allSatisfy { $0.isNaN })
        #expect(good.allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func `halves and doubles keep their dtype and shape`() throws {
    for dtype in [DType.float16, .bfloat16, .float64] {
      let mean = try launch(ranks: 2) { world in
        try CompressedMean(MinMaxCodec(), over: world)(Tensor.full([2, 3], 0.5).cast(to: dtype))
      }[0]
      #expect(
        mean.dtype == dtype && mean.shape == [2, 3]
          && mean.array() == .init(repeating: 0.5, count: 6))
    }
  }

  @Test func `DDP sends a quarter of the bytes with a byte a number, a thirty-second with a bit`()
    throws
  {
    func traffic(_ codec: (any GradientCodec)?) throws -> [Collective: Traffic] {
      try launch(ranks: 4) { world in
        let model = makeModel()
        let parallel = try DistributedDataParallel(
          model, over: world, by: .ring, compression: codec)
        let loss = Points(8).loss(model.callAsFunction, world.share(of: 8))!
        return try world.traffic { try parallel.backward(loss) }
      }[0]
    }
    let exact = Double(try traffic(nil)[.allReduce]!.bytes)
    for (codec, part, header) in [(MinMaxCodec(), 4.0, 8.0), (SignCodec(), 32.0, 5.0)]
      as [(any GradientCodec, Double, Double)]
    {
      let found = try traffic(codec)
      let bytes = Double(found[.allToAll]!.bytes + found[.allGather]!.bytes)
      // Six messages with a header each; of the exact ones some bytes are the uses of parameters.
      #expect(bytes <= exact / part + 6 * header && bytes > exact / part * 0.95)
      #expect(found[.allReduce]!.bytes <= 128)
    }
  }

  private final class Half: Module {
    let used = Linear(3, 2, bias: false)
    let unused = Linear(2, 2)
  }

  @Test func `a parameter that no rank uses has no gradient with codes either`() throws {
    let found = try launch(ranks: 2) { world in
      let model = Half()
      let parallel = try DistributedDataParallel(model, over: world, compression: SignCodec())
      try parallel.backward(model.used(Tensor.ones([4, 3])).sum())
      return model.parameters().map { $0.grad != nil }
    }
    #expect(found == [[true, false, false], [true, false, false]])
  }
}

@Suite struct CompressedAdamTests {
  private static func train(
    ranks: Int, steps: Int, warmUp: Int, codec: any GradientCodec = SignCodec()
  ) throws -> [(weights: [Tensor], loss: Double, bytes: [Int])] {
    try launch(ranks: ranks) { world in
      let model = makeModel()
      let optimizer = try CompressedAdam(
        model.parameters(), learningRate: 0.01, warmUp: warmUp, codec: codec, over: world)
      var bytes: [Int] = []
      for step in 0..<steps {
        optimizer.zeroGrad()
        Points(16, step: step % 4).loss(model.callAsFunction, world.share(of: 16))!.backward()
        bytes.append(try world.traffic { try optimizer.step() }.values.reduce(0) { $0 + $1.bytes })
      }
      return (values(model), loss(model.callAsFunction), bytes)
    }
  }

  private static func serial(steps: Int) -> (weights: [Tensor], loss: Double) {
    let model = makeModel()
    let optimizer = Adam(model.parameters(), learningRate: 0.01)
    for step in 0..<steps {
      optimizer.zeroGrad()
      Points(16, step: step % 4).loss(model.callAsFunction, 0..<16)!.backward()
      optimizer.step()
    }
    return (values(model), loss(model.callAsFunction))
  }

  private static func loss(_ model: (Tensor) -> Tensor) -> Double {
    (0..<4).reduce(0) { $0 + Points(16, step: $1).loss(model, 0..<16)!.item() } / 4
  }

  @Test func `during the warm-up it is Adam on the large batch`() throws {
    let expected = Self.serial(steps: 12).weights
    for result in try Self.train(ranks: 4, steps: 12, warmUp: 12) {
      for (a, b) in zip(result.weights, expected) { #expect(difference(a, b) < 1e-5) }
    }
  }

  @Test(arguments: [1, 3])
  func `with a code that loses nothing it is Adam whose squares stay`(ranks: Int) throws {
    // A bucket of one number is a norm and a sign: exact.
    let exact = StochasticCodec(bits: 8, bucketSize: 1)
    let model = makeModel()
    let parameters = model.parameters()
    var mean = parameters.map { Tensor.zeros($0.shape!) }
    var square = mean
    for step in 1...9 {
      model.zeroGrad()
      Points(12, step: (step - 1) % 4).loss(model.callAsFunction, 0..<12)!.backward()
      for (i, parameter) in parameters.enumerated() {
        let g = parameter.grad!
        mean[i] = mean[i] * 0.9 + g * 0.1
        if step <= 4 { square[i] = square[i] * 0.999 + g * g * 0.001 }
        let v = square[i] / (1 - pow(0.999, min(step, 4)))
        let change = mean[i] / (1 - pow(0.9, step)) / (v.sqrt() + 1e-8) * 0.01
        parameter.update { $0 -= change }
      }
    }
    let results = try launch(ranks: ranks) { world in
      let model = makeModel()
      let optimizer = try CompressedAdam(
        model.parameters(), learningRate: 0.01, warmUp: 4, codec: exact, over: world)
      for step in 0..<9 {
        optimizer.zeroGrad()
        Points(12, step: step % 4).loss(model.callAsFunction, world.share(of: 12))!.backward()
        try optimizer.step()
      }
      return values(model)
    }
    for found in results {
      for (a, b) in zip(found, values(model)) { #expect(difference(a, b) < 1e-4) }
    }
  }

  private func pow(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { p, _ in p * x } }

  @Test func `after it codes travel, ranks agree, and it goes on learning`() throws {
    let (expected, before) = (Self.serial(steps: 160).loss, Self.serial(steps: 40).loss)
    for (codec, part, header, lost) in [
      (SignCodec(), 32.0, 5.0, 0.5), (MinMaxCodec(), 4.0, 8.0, 0.05),
    ] as [(any GradientCodec, Double, Double, Double)] {
      let results = try Self.train(ranks: 4, steps: 160, warmUp: 40, codec: codec)
      for result in results {
        #expect(zip(result.weights, results[0].weights).allSatisfy { $0.isIdentical(to: $1) })
        // Of what Adam gains after the warm-up, no more is lost than this part.
        #expect(
          result.loss < expected + lost * (before - expected),
          "\(codec): \(result.loss), \(expected), \(before)")
        let count = makeModel().parameterCount
        #expect(Double(result.bytes[40]) <= 1.5 * 4 * Double(count) / part + 6 * (header + 1))
        #expect(result.bytes[39] >= 6 * count)
      }
    }
  }

  @Test func `no warm-up is refused`() async {
    await #expect(processExitsWith: .failure) {
      _ = try launch(ranks: 1) { world in
        _ = try CompressedAdam(makeModel().parameters(), warmUp: 0, over: world)
      }
    }
  }
}
