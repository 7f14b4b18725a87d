import FledgeCore
import FledgeNN
import FledgeOptim
import Synchronization
import Testing

/// Notes how many bytes of gradients are alive at each parameter's step.
private final class WatchedSGD: Optimizer {
  var liveGradients: [Int] = []
  var order: [Int] = []

  override func update(
    _ value: inout Tensor, gradient: Tensor, at index: Int, learningRate: Double,
    weightDecay: Double
  ) {
    order.append(index)
    // The one that is being stepped cannot be asked.
    let others = parameters.enumerated().filter { $0.offset != index }.compactMap(\.element.grad)
    liveGradients.append(others.reduce(gradient.byteCount) { $0 + $1.byteCount })
    peakBytes = max(peakBytes, MemoryStatistics.current.liveBytesByTag[.gradient]!)
    value -= gradient * learningRate
  }

  var peakBytes = 0
}

/// Memory counters belong to the whole process, so the tests of memory have one of their own.
@Suite struct TrainingDeviceTests {
  private static func network(_ layers: Int, width: Int, dropout: Double = 0) -> Sequential {
    withGenerator(Generator(seed: 5)) {
      Sequential {
        for _ in 0..<layers {
          Linear(width, width)
          Tanh()
          if dropout > 0 { Dropout(dropout) }
        }
      }
    }
  }

  // MARK: Accumulation

  @Test func `four micro-batches add up to one batch`() {
    let (whole, parts) = (Self.network(2, width: 6), Self.network(2, width: 6))
    let x = Tensor.normal([8, 6], using: Generator(seed: 1))
    let y = Tensor.normal([8, 6], using: Generator(seed: 2))
    for (model, count) in [(whole, 1), (parts, 4)] {
      let optimizer = AdamW(model.parameters(), learningRate: 0.1)
      for (x, y) in zip(x.chunked(count), y.chunked(count)) {
        // The mean over the batch is the mean of the micro-batches' means.
        (meanSquaredError(model(x), y) / Double(count)).backward()
      }
      optimizer.step()
    }
    for (a, b) in zip(whole.parameters(), parts.parameters()) {
      #expect(a.grad!.isClose(to: b.grad!, relativeTolerance: 1e-5, absoluteTolerance: 1e-7))
      #expect(a.value!.isClose(to: b.value!, relativeTolerance: 1e-4, absoluteTolerance: 1e-5))
    }
  }

  // MARK: Checkpointing

  /// Gradients, and the most bytes alive during forward and backward beside what was there before.
  private static func train(_ layers: Int, segments: Int?, seed: UInt64 = 9) -> (
    [Tensor], peak: Int
  ) {
    let model = Self.network(layers, width: 16, dropout: 0.3)
    model.checkpointSegments = segments
    let x = Tensor.normal([256, 16], using: Generator(seed: 1))
    return withGenerator(Generator(seed: seed)) {
      let before = MemoryStatistics.current.liveBytes
      MemoryStatistics.resetPeak()
      model(x).square().mean().backward()
      let peak = MemoryStatistics.current.peakBytes - before
      return (model.parameters().map { $0.grad! }, peak)
    }
  }

  @Test func `gradients through checkpointed runs are bit-identical, dropout included`() {
    let plain = Self.train(6, segments: nil).0
    for segments in [1, 2, 4, 6, 9] {
      for (a, b) in zip(Self.train(6, segments: segments).0, plain) {
        #expect(a.isIdentical(to: b))
      }
    }
    #expect(
      !Self.train(6, segments: 2, seed: 10).0[0].isIdentical(to: plain[0]), "the check can fail")
  }

  @Test func `√n runs take memory that grows as √n`() async {
    await #expect(processExitsWith: .success) {
      func peak(_ layers: Int, _ segments: Int?) -> Double {
        Double(TrainingDeviceTests.train(layers, segments: segments).peak)
      }
      #expect(peak(64, nil) / peak(16, nil) > 3.5)
      let growth = peak(64, 8) / peak(16, 4)
      #expect(growth > 1.6 && growth < 2.4, "\(growth)")
      #expect(peak(64, 8) * 3 < peak(64, nil))
    }
  }

  // MARK: Steps during the backward pass

  private func compare(
    _ make: ([AnyParameter]) -> Optimizer, _ model: () -> Module, _ loss: (Module) -> Tensor,
    steps: Int = 3
  ) {
    let (ordinary, fused) = (model(), model())
    let (first, second) = (make(ordinary.parameters()), make(fused.parameters()))
    for _ in 0..<steps {
      withGenerator(Generator(seed: 4)) { loss(ordinary).backward() }
      first.step()
      first.zeroGrad()
      withGenerator(Generator(seed: 4)) { second.stepDuringBackward(of: loss(fused)) }
      for (a, b) in zip(ordinary.parameters(), fused.parameters()) {
        #expect(a.value!.isIdentical(to: b.value!))
        #expect(b.grad == nil)
      }
    }
  }

  static let optimizers: [@Sendable ([AnyParameter]) -> Optimizer] = [
    { SGD($0, learningRate: 0.1, momentum: 0.9) }, { AdamW($0, learningRate: 0.01) },
    { Lion($0, learningRate: 0.01) },
    {
      AdamW([
        ParameterGroup([$0[0]], learningRate: 0.1, weightDecay: 0.1),
        ParameterGroup(Array($0.dropFirst()), learningRate: 0.01),
      ])
    },
  ]

  @Test(arguments: optimizers.indices, [nil, 2] as [Int?])
  func `steps during the backward pass end with the same bits`(index: Int, segments: Int?) {
    let x = Tensor.normal([4, 6], using: Generator(seed: 1))
    compare(Self.optimizers[index]) {
      let model = Self.network(5, width: 6, dropout: 0.2)
      model.checkpointSegments = segments
      return model
    } _: {
      ($0 as! Sequential)(x).square().mean()
    }
  }

  /// One layer used three times, once inside a checkpoint that captures it, and a tied table.
  private final class Shared: Module {
    let table = Embedding(5, 6)
    let layer = Linear(6, 6)
    let other = Linear(6, 6)

    func loss() -> Tensor {
      let x = table(Tensor([0, 3, 3] as [Int]))
      var y = tanh(layer(x))
      y = checkpoint(y) { [self] y in tanh(other(layer(y))) + table.weight[0] }
      y = layer(tanh(other(y)))
      return crossEntropy(y.matmul(table.weight.transposed()), Tensor([1, 2, 4] as [Int]))
    }
  }

  @Test func `a shared parameter steps once, when its last use has been differentiated`() {
    compare({ AdamW($0, learningRate: 0.01) }) {
      withGenerator(Generator(seed: 3)) { Shared() }
    } _: {
      ($0 as! Shared).loss()
    }
    let model = Shared()
    let optimizer = WatchedSGD([ParameterGroup(model.parameters(), learningRate: 0.1)])
    optimizer.stepDuringBackward(of: model.loss())
    #expect(optimizer.order.sorted() == Array(0..<5), "each one once: \(optimizer.order)")
  }

  @Test func `gradients added up before count, and those of others stay`() {
    let (a, b) = (Self.network(1, width: 3), Self.network(1, width: 3))
    let x = Tensor.ones([1, 3])
    let optimizer = SGD(a.parameters(), learningRate: 0.1)
    let start = a.parameters()[0].value!
    b(a(x)).sum().backward()
    let gradient = a.parameters()[0].grad!
    b.zeroGrad()
    optimizer.stepDuringBackward(of: b(a(x)).sum())
    let expected = start - gradient * 0.2
    #expect(a.parameters()[0].value!.isClose(to: expected, absoluteTolerance: 1e-6))
    #expect(b.parameters().allSatisfy { $0.grad != nil })
  }

  @Test(arguments: [nil, 8, 3] as [Int?])
  func `live gradients are at most the largest layer's`(segments: Int?) async {
    await #expect(processExitsWith: .success) { [segments = segments as Int?] in
      let width = 64
      let model = TrainingDeviceTests.network(8, width: width)
      model.checkpointSegments = segments
      let layer = (width * width + width) * 4
      let x = Tensor.normal([1, width], using: Generator(seed: 1))
      let before = MemoryStatistics.current.liveBytesByTag[.gradient]!
      let optimizer = WatchedSGD([ParameterGroup(model.parameters(), learningRate: 0.1)])
      optimizer.stepDuringBackward(of: model(x).square().mean())
      #expect(optimizer.order.count == 16)
      #expect(optimizer.order.first! >= 14 && optimizer.order.last! <= 1, "from the last layer on")
      #expect(optimizer.liveGradients.allSatisfy { $0 <= layer })
      // With a row or two of activations' gradients beside them, and the step's own scratch.
      let extra = optimizer.peakBytes - before
      #expect(extra <= layer + 16 * width * 4, "\(extra) bytes beside \(layer)")
      #expect(MemoryStatistics.current.liveBytesByTag[.gradient]! == before, "all were freed")

      // The ordinary loop holds all of them at once, so the check can fail.
      let ordinary = WatchedSGD([ParameterGroup(model.parameters(), learningRate: 0.1)])
      model(x).square().mean().backward()
      ordinary.step()
      #expect(ordinary.liveGradients.max()! == 8 * layer)
    }
  }

  @Test func `values are stepped in place`() {
    let model = Self.network(2, width: 8)
    let addresses = model.parameters().map { $0.value!.storage.pointer }
    SGD(model.parameters(), learningRate: 0.1)
      .stepDuringBackward(of: model(Tensor.ones([1, 8])).sum())
    #expect(model.parameters().map { $0.value!.storage.pointer } == addresses)
  }
}
