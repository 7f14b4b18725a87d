import FledgeCore
import FledgeNN
import FledgeOptim
import Foundation
import Testing

/// One weight.
private final class Weight: Module {
  @Parameter var w: Tensor
  init(_ value: Double, _ dtype: DType = .float32) { w = Tensor([value], dtype: dtype) }
}

@Suite struct MixedPrecisionTests {
  /// ∂loss/∂w = 2⁻²⁶, with both factors passing through float16.
  private func tinyGradient(_ weight: Weight) -> Tensor {
    let half = weight.w.cast(to: .float16) * 0x1p-13
    return (half.cast(to: .float32) * 0x1p-13).sum()
  }

  @Test func `a gradient of 2⁻²⁶ vanishes in float16 and survives scaling`() {
    let (plain, scaled) = (Weight(1), Weight(1))
    tinyGradient(plain).backward()
    #expect(plain.$w.grad!.item() == 0)
    let scaler = GradientScaler()
    let optimizer = SGD(scaled.parameters(), learningRate: 1)
    scaler.scaled(tinyGradient(scaled)).backward()
    scaler.unscale(optimizer)
    #expect(scaled.$w.grad!.item() == 0x1p-26)
    #expect(scaled.$w.grad!.dtype == .float32)
  }

  @Test func `4096 updates of 2⁻¹² move a float32 master by 1 and a float16 weight by 0`() {
    let (master, half) = (Weight(1), Weight(1, .float16))
    for weight in [master, half] {
      let optimizer = SGD(weight.parameters(), learningRate: 1)
      let gradient = Tensor([-0x1p-12], dtype: weight.$w.value!.dtype)
      for _ in 0..<4096 {
        weight.$w.grad = gradient
        optimizer.step()
      }
    }
    #expect(master.w.item() == 2 && half.w.item() == 1)
  }

  @Test func `an overflow leaves the step out and halves the scale, good steps double it`() {
    let weight = Weight(1)
    let optimizer = SGD(weight.parameters(), learningRate: 1)
    let scaler = GradientScaler(scale: 8, interval: 3)
    func step(_ gradient: Double) -> Bool {
      weight.$w.grad = Tensor([gradient], dtype: .float32)
      return scaler.step(optimizer)
    }
    for bad in [Double.infinity, -.infinity, .nan] {
      #expect(!step(bad) && weight.w.item() == 1)
    }
    #expect(scaler.state == .init(scale: 1, goodSteps: 0))
    #expect(step(0.25) && step(0.25))
    #expect(weight.w.item() == 0.5, "the gradient was divided by the scale, 1")
    #expect(!step(.infinity))
    #expect(scaler.state == .init(scale: 0.5, goodSteps: 0), "good steps are counted in a row")
    for _ in 0..<3 { #expect(step(0)) }
    #expect(scaler.state == .init(scale: 1, goodSteps: 0))
  }

  @Test func `an overflow that another process has found leaves the step out here, too`() throws {
    let weight = Weight(1)
    let optimizer = SGD(weight.parameters(), learningRate: 1)
    let scaler = GradientScaler(scale: 8)
    var own: [Bool] = []
    for (gradient, others) in [(1.0, true), (.nan, false), (1, false)] {
      weight.$w.grad = Tensor([gradient], dtype: .float32)
      scaler.unscale(optimizer) {
        own.append($0)
        return $0 || others
      }
      #expect(scaler.step(optimizer) == (gradient == 1 && !others))
    }
    #expect(own == [false, true, false] && scaler.state.scale == 2)
    struct Lost: Error {}
    weight.$w.grad = Tensor([1], dtype: .float32)
    #expect(throws: Lost.self) { try scaler.unscale(optimizer) { _ in throw Lost() } }
  }

  @Test func `the scaler's state goes with the run`() throws {
    let scaler = GradientScaler(scale: 4, interval: 5)
    let optimizer = SGD(Weight(1).parameters(), learningRate: 1)
    scaler.step(optimizer)
    let resumed = GradientScaler(scale: 4, interval: 5)
    resumed.state = try JSONDecoder().decode(
      GradientScaler.State.self, from: JSONEncoder().encode(scaler.state))
    for _ in 0..<4 { resumed.step(optimizer) }
    #expect(resumed.state.scale == 8)
  }

  /// Two clusters, learned in mixed precision.
  private func accuracy(_ dtype: DType?) -> Double {
    let generator = Generator(seed: 8)
    return withGenerator(generator) {
      let model = Sequential {
        Linear(4, 16)
        LayerNorm(16)
        Tanh()
        Linear(16, 2)
      }
      let optimizer = AdamW(model.parameters(), learningRate: 0.02)
      let scaler = GradientScaler()
      let labels = (0..<64).map { $0 % 2 }
      let x =
        Tensor.normal([64, 4])
        + Tensor(labels.map { Double($0) * 4 - 2 }, shape: [64, 1], dtype: .float32)
      for _ in 0..<30 {
        func loss() -> Tensor { crossEntropy(model(x), Tensor(labels)) }
        optimizer.zeroGrad()
        scaler.scaled(dtype.map { autocast($0) { loss() } } ?? loss()).backward()
        for parameter in model.parameters() { #expect(parameter.grad?.dtype == .float32) }
        #expect(scaler.step(optimizer))
      }
      return (model(x).argmax(axis: 1) .== Tensor(labels)).cast(to: .float32).mean().item()
    }
  }

  @Test func `a model learns in either half type what it learns in float32`() {
    for dtype in [nil, DType.bfloat16, .float16] { #expect(accuracy(dtype) > 0.95) }
  }
}
