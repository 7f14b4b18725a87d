import FledgeCore
import FledgeNN
import FledgeOptim
import Testing

/// A parameter at `start` whose gradient is set by hand.
private final class Point: Module {
  @Parameter var x: Tensor
  init(_ start: [Float]) { x = Tensor(start) }
}

private func expectClose(_ a: [Float], _ b: [Float], within tolerance: Float = 1e-6) {
  #expect(a.count == b.count)
  for (a, b) in zip(a, b) { #expect(abs(a - b) <= tolerance, "\(a) is not \(b)") }
}

@Suite struct OptimizerTests {
  @Test func `SGD with momentum goes on with its velocity`() {
    let point = Point([1])
    let optimizer = SGD(point.parameters(), learningRate: 0.1, momentum: 0.9)
    for _ in 0..<2 {
      point.$x.grad = Tensor([1] as [Float])
      optimizer.step()
    }
    // v = 1, then 1.9
    expectClose(point.x.array(), [1 - 0.1 - 0.19])
  }

  @Test func `Nesterov looks ahead`() {
    let point = Point([1])
    let optimizer = SGD(point.parameters(), learningRate: 0.1, momentum: 0.9, nesterov: true)
    point.$x.grad = Tensor([1] as [Float])
    optimizer.step()
    expectClose(point.x.array(), [1 - 0.19])
  }

  @Test func `Adam's first step is the learning rate, whatever the gradient's size`() {
    let point = Point([1, 1])
    point.$x.grad = Tensor([1000, -0.01] as [Float])
    Adam(point.parameters(), learningRate: 0.1).step()
    expectClose(point.x.array(), [0.9, 1.1], within: 1e-5)
  }

  @Test func `AdamW decays the weight beside the step, Adam through the gradient`() {
    let (decoupled, coupled) = (Point([2]), Point([2]))
    for point in [decoupled, coupled] { point.$x.grad = Tensor([0] as [Float]) }
    AdamW(decoupled.parameters(), learningRate: 0.1, weightDecay: 0.2).step()
    Adam(coupled.parameters(), learningRate: 0.1, weightDecay: 0.2).step()
    expectClose(decoupled.x.array(), [1.96])
    expectClose(coupled.x.array(), [1.9], within: 1e-5)
  }

  @Test func `a frozen parameter stays, whatever gradient it is given`() {
    let point = Point([1, 2])
    let optimizer = SGD(point.parameters(), learningRate: 1)
    point.$x.freeze()
    point.$x.grad = Tensor.ones([2])
    optimizer.step()
    #expect(point.x.array() == [1, 2])
  }

  @Test func `a step between the passes leaves what the graph saved alone`() {
    let point = Point([1, 2])
    let y = point.x.square().sum()
    point.$x.grad = Tensor([10, 10] as [Float])
    SGD(point.parameters(), learningRate: 1).step()
    expectClose(point.x.array(), [-9, -8])
    point.$x.zeroGrad()
    y.backward()
    expectClose(point.$x.grad!.array(), [2, 4])
  }

  @Test func `a step is taken in place and keeps the gradient`() {
    let point = Point([1, 2])
    point.$x.grad = Tensor.ones([2])
    let before = point.x.storage.pointer
    SGD(point.parameters(), learningRate: 1).step()
    #expect(point.x.storage.pointer == before)
    #expect(point.$x.grad != nil)
    expectClose(point.x.array(), [0, 1])
  }

  @Test func `a value read before the step does not change`() {
    let point = Point([1, 2])
    let snapshot = point.x.detached()
    point.$x.grad = Tensor.ones([2])
    SGD(point.parameters(), learningRate: 1).step()
    expectClose(snapshot.array(), [1, 2])
    expectClose(point.x.array(), [0, 1])
  }

  @Test func `a frozen parameter and one without a gradient stay`() {
    let (frozen, idle) = (Point([1]), Point([1]))
    frozen.$x.grad = Tensor.ones([1])
    frozen.freeze()
    AdamW([
      ParameterGroup(frozen.parameters(), named: "frozen", learningRate: 0.1),
      ParameterGroup(idle.parameters(), named: "idle", learningRate: 0.1),
    ]).step()
    expectClose(frozen.x.array() + idle.x.array(), [1, 1])
  }

  @Test func `groups have their own rates and the factor is for all`() {
    let (a, b) = (Point([0]), Point([0]))
    let optimizer = SGD([
      ParameterGroup(a.parameters(), named: "a", learningRate: 1),
      ParameterGroup(b.parameters(), named: "b", learningRate: 10),
    ])
    optimizer.learningRateFactor = 0.5
    for point in [a, b] { point.$x.grad = Tensor.ones([1]) }
    optimizer.step()
    expectClose(a.x.array() + b.x.array(), [-0.5, -5])
  }

  @Test func `a restored optimizer goes on bit for bit`() throws {
    let point = Point([1, -2, 3])
    let optimizer = AdamW(point.parameters(), learningRate: 0.1)
    func step(_ point: Point, _ optimizer: Optimizer) {
      point.$x.grad = point.x.detached() * 2
      optimizer.step()
    }
    for _ in 0..<3 { step(point, optimizer) }
    let copy = Point(point.x.array())
    let resumed = AdamW(copy.parameters(), learningRate: 0.1)
    try resumed.load(optimizer.state)
    step(point, optimizer)
    step(copy, resumed)
    #expect(point.x.array() == copy.x.array())
  }

  @Test func `clipping scales all gradients together`() {
    let (a, b) = (Point([0]), Point([0]))
    a.$x.grad = Tensor([3] as [Float])
    b.$x.grad = Tensor([4] as [Float])
    let norm = clipGradientNorm(a.parameters() + b.parameters(), maximum: 1)
    #expect(norm.dtype == .float64 && norm.shape == [] && abs(norm.item() - 5) < 1e-6)
    expectClose(a.$x.grad!.array() + b.$x.grad!.array(), [0.6, 0.8])
    clipGradientNorm(a.parameters(), maximum: 10)
    expectClose(a.$x.grad!.array(), [0.6])
    clipGradientValue(b.parameters(), maximum: 0.5)
    expectClose(b.$x.grad!.array(), [0.5])
  }
}

@Suite struct ScheduleTests {
  @Test func `the cosine warms up, falls to its minimum and stays`() {
    let schedule = CosineSchedule(warmUp: 4, total: 12, minimum: 0.1)
    #expect(schedule.factor(at: 0) == 0.25)
    #expect(schedule.factor(at: 3) == 1)
    #expect(schedule.factor(at: 4) == 1)
    #expect(abs(schedule.factor(at: 8) - 0.55) < 1e-12)
    #expect(abs(schedule.factor(at: 12) - 0.1) < 1e-12)
    #expect(abs(schedule.factor(at: 99) - 0.1) < 1e-12)
  }

  @Test func `steps and lines`() {
    #expect(StepSchedule(interval: 2, decay: 0.5).factor(at: 5) == 0.25)
    let line = LinearSchedule(from: 1, to: 0.5, total: 10)
    #expect(line.factor(at: 0) == 1 && line.factor(at: 5) == 0.75 && line.factor(at: 20) == 0.5)
  }
}
