import FledgeCore
import FledgeNN
import FledgeOptim
import FledgeTestSupport
import Testing

/// A matrix and a vector, which are read as one vector of ten numbers.
private final class Point: Module {
  @Parameter var matrix: Tensor
  @Parameter var vector: Tensor

  init(_ golden: GoldenFile) throws {
    matrix = try golden["start/0"]
    vector = try golden["start/1"]
  }

  var elements: Tensor { Tensor.concatenate([matrix.reshaped([6]), vector]) }

  /// Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)².
  func rosenbrock() -> Tensor {
    let a = elements.sliced(axis: 0, from: 0, count: 9)
    let b = elements.sliced(axis: 0, from: 1, count: 9)
    return ((b - a.square()).square() * 100 + (1 - a).square()).sum()
  }

  /// Σ i xᵢ²/2 + xᵢ⁴/4.
  func quartic() -> Tensor {
    let scale = (Tensor.arange(10) + 1).cast(to: .float64) / 2
    return (scale * elements.square() + elements.square().square() / 4).sum()
  }
}

/// A number whose logarithm is in the loss.
private final class Barrier: Module {
  @Parameter var x: Tensor
  @Parameter var frozen: Tensor

  init(_ x: Double) {
    self.x = Tensor(x, dtype: .float64)
    frozen = Tensor([1, 2])
  }

  /// 5 x² − log x, least at 1/√10.
  func loss() -> Tensor { x.square() * 5 - x.log() + frozen.sum().cast(to: .float64) }
}

@Suite struct LBFGSTests {
  private struct Case: Sendable {
    let make: @Sendable ([AnyParameter]) -> LBFGS
    let loss: @Sendable (Point) -> Tensor
  }

  private static let cases: [String: Case] = [
    "wolfe": Case(make: { LBFGS($0, maximumIterations: 5) }, loss: { $0.rosenbrock() }),
    "wolfe.short": Case(
      make: {
        LBFGS(
          $0, learningRate: 0.5, maximumIterations: 7, maximumEvaluations: 6, historySize: 2)
      }, loss: { $0.rosenbrock() }),
    "fixed": Case(
      make: { LBFGS($0, learningRate: 0.5, maximumIterations: 4, lineSearch: .fixed) },
      loss: { $0.quartic() }),
    "fixed.short": Case(
      make: {
        LBFGS($0, learningRate: 0.8, maximumIterations: 6, historySize: 2, lineSearch: .fixed)
      }, loss: { $0.quartic() }),
  ]
  static let names: [String] = cases.keys.sorted()

  @Test("Steps go where PyTorch's go", arguments: names)
  func trajectory(name: String) throws {
    let golden = try GoldenFile("further_optimizers")
    let point = try Point(golden)
    let (make, loss) = (Self.cases[name]!.make, Self.cases[name]!.loss)
    let optimizer = make(point.parameters())
    let losses = try golden["\(name)/losses"].array(of: Double.self)
    for (step, expected) in losses.enumerated() {
      let before = optimizer.step { loss(point) }
      #expect(abs(before.item() - expected) <= 1e-7 * max(1, expected), "loss of step \(step)")
      for (i, parameter) in point.parameters().enumerated() {
        let problem = difference(parameter.value!, try golden["\(name)/\(step)/\(i)"], 1e-6, 1e-7)
        #expect(problem == nil, "\(name), parameter \(i) after step \(step): \(problem ?? "")")
      }
    }
  }

  @Test("Every case of the golden file is checked")
  func coverage() throws {
    #expect(Set(try GoldenFile("further_optimizers").cases) == Set(Self.names + ["start"]))
  }

  @Test("State saved between two steps goes on to the same bits", arguments: names)
  func savedState(name: String) throws {
    let golden = try GoldenFile("further_optimizers")
    let (whole, halves) = (try Point(golden), try Point(golden))
    let (make, loss) = (Self.cases[name]!.make, Self.cases[name]!.loss)
    let optimizer = make(whole.parameters())
    var second = make(halves.parameters())
    #expect(second.state.isEmpty)
    for step in 0..<4 {
      if step == 2 {
        let state = second.state
        second = make(halves.parameters())
        try second.load(state)
        for (key, value) in state {
          let isSame = second.state[key]?.isIdentical(to: value) == true
          #expect(isSame, "\(key)")
        }
      }
      optimizer.step { loss(whole) }
      second.step { loss(halves) }
    }
    for (a, b) in zip(whole.parameters(), halves.parameters()) {
      #expect(a.value!.isIdentical(to: b.value!))
    }
  }

  @Test("A damaged state is refused and changes nothing")
  func damagedState() throws {
    let golden = try GoldenFile("further_optimizers")
    let point = try Point(golden)
    let optimizer = LBFGS(point.parameters(), maximumIterations: 4)
    optimizer.step { point.rosenbrock() }
    let state = optimizer.state
    let rows = state["matrix.changes"]!.shape[0]
    #expect(rows > 1)
    let damages: [String: Tensor] = [
      "matrix.iterations": Tensor([-1] as [Int], shape: []),
      "matrix.changes": Tensor.zeros([rows, 5], dtype: .float64),
      "vector.changes": Tensor.zeros([rows - 1, 4], dtype: .float64),
      "vector.gradientChanges": Tensor.zeros([1000, 4], dtype: .float64),
      "vector.direction": Tensor.zeros([5], dtype: .float64),
    ]
    for (name, value) in damages {
      var damaged = state
      damaged[name] = value
      #expect(throws: OptimizerError.self, "\(name)") { try optimizer.load(damaged) }
    }
    for (name, value) in optimizer.state {
      let isSame = value.isIdentical(to: state[name]!)
      #expect(isSame, "\(name)")
    }
  }

  @Test("The search turns back from where the loss is not a number; a frozen parameter stays")
  func barrier() {
    let model = Barrier(0.9)
    model.$frozen.freeze()
    let optimizer = LBFGS(model.parameters())
    // The first step would go to −0.1.
    for _ in 0..<3 { optimizer.step { model.loss() } }
    #expect(abs(model.x.item() - 0.31622777) < 1e-5)
    #expect(model.frozen.array() == [1, 2])
  }

  @Test("It climbs, too")
  func maximize() {
    let model = Barrier(0.5)
    let optimizer = LBFGS([model.$x])
    optimizer.isMaximizing = true
    let before = optimizer.step { -model.loss() }
    #expect(abs(before.item() + 4.9431472) < 1e-6)  // 5/4 + ln 2 + 3
    optimizer.step { -model.loss() }
    #expect(abs(model.x.item() - 0.31622777) < 1e-6)
  }

  @Test("A step without a loss ends with what to write instead")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let layer = Linear(2, 2)
      let optimizer = LBFGS(layer.parameters())
      (optimizer as Optimizer).step()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("LBFGS: a step evaluates the loss several times: optimizer.step { loss("))
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LBFGS([], historySize: 3)
    }
    let sentence = String(decoding: none?.standardErrorContent ?? [], as: UTF8.self)
    #expect(sentence.contains("LBFGS: there are no parameters"))
  }
}
