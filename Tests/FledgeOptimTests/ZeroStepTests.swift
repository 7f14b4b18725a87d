import FledgeCore
import FledgeNN
import Testing

@testable import FledgeOptim

/// Steps of gradients that are 0 or hardly change, and of halves.
@Suite struct ZeroStepTests {
  @Test(
    "Gradients of 0 leave weights of 0 alone", arguments: FusedStepTests.optimizers.keys,
    [DType.float32, .float64, .float16, .bfloat16])
  func zeros(name: String, dtype: DType) {
    func check() {
      let parameter = Parameter(wrappedValue: Tensor.zeros([5], dtype: dtype))
      let optimizer = FusedStepTests.optimizers[name]!([parameter])
      for _ in 0..<3 {
        parameter.grad = Tensor.zeros([5], dtype: dtype)
        optimizer.step()
      }
      #expect(parameter.value!.array() == [0, 0, 0, 0, 0])
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  @Test(
    "Centred RMSprop takes gradients that hardly change: s − m² is rounded to less than 0",
    arguments: [0.0, 0.9], [DType.float32, .float64, .bfloat16])
  func nearlyConstant(momentum: Double, dtype: DType) {
    func check() {
      let parameter = Parameter(wrappedValue: Tensor([1, -1, 0.5, 2], dtype: dtype))
      let optimizer = RMSprop(
        [parameter], learningRate: 1e-3, momentum: momentum, centered: true)
      for step in 0..<2000 {
        let scale = 1 + 1e-7 * Double(step % 3)
        parameter.grad = Tensor([0.1, -0.7, 3, 1e-3].map { $0 * scale }, dtype: dtype)
        optimizer.step()
      }
      #expect(parameter.value!.array().allSatisfy { $0.isFinite }, "\(parameter.value!)")
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  static let rules: [String: any UpdateRule] = [
    "adam": AdamUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-8),
    "amsgrad": AMSGradUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-8),
    "radam": RAdamUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-8),
    "adamax": AdamaxUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-8),
    "adafactor": AdafactorUpdate(
      isFactored: true, epsilon: nil, minimumScale: 1e-3, clippingThreshold: 1),
    "nadam": NAdamUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-8),
    "rmsprop": RMSpropUpdate(smoothing: 0.9, epsilon: 1e-8, momentum: 0, isCentered: false),
    "rmsprop.both": RMSpropUpdate(smoothing: 0.9, epsilon: 1e-8, momentum: 0.9, isCentered: true),
    "adagrad": AdagradUpdate(epsilon: 1e-10),
    "adadelta": AdadeltaUpdate(smoothing: 0.9, epsilon: 1e-6),
    "lars": LARSUpdate(momentum: 0.9, trust: 1e-3),
    "lamb": LAMBUpdate(beta1: 0.9, beta2: 0.99, epsilon: 1e-6),
    "muon": MuonUpdate(momentum: 0.9, isNesterov: true, iterations: 2),
  ]

  @Test("A step from 0 along a gradient of 0 can be differentiated", arguments: rules.keys)
  func derivatives(name: String) {
    func slopes(_ rule: some UpdateRule) -> [Tensor] {
      let leaves = (0...rule.targetCount).map { _ in
        Tensor.zeros([2, 2], dtype: .float64).requiringGradients()
      }
      let y = apply(rule, Tensors(leaves + [StepNumbers(rate: 0.1).tensor]))[0]
      return gradients(of: y.sum(), withRespectTo: leaves)
    }
    for slope in slopes(Self.rules[name]!) {
      #expect(slope.array().allSatisfy { $0.isFinite }, "\(slope)")
    }
  }

  @Test(
    "Halves are clipped by a factor that no half could hold",
    arguments: [DType.float16, .bfloat16])
  func clipping(dtype: DType) {
    let parameter = Parameter(wrappedValue: Tensor.zeros([1000], dtype: dtype))
    parameter.grad = Tensor.full([1000], 60_000, dtype: dtype)
    clipGradientNorm([parameter], maximum: 1)
    #expect(parameter.grad?.dtype == dtype)
    // 1 / √1000
    let tolerance = dtype == .float16 ? 2e-5 : 1.3e-4
    #expect(abs(parameter.grad![7].item() - 0.0316228) < tolerance)
  }

  @Test("An average of halves is rounded once", arguments: [DType.float16, .bfloat16])
  func averages(dtype: DType) {
    let generator = Generator(seed: 4)
    let values = (0..<2).map { _ in Tensor.normal([64], using: generator).cast(to: dtype) }
    let parameter = Parameter(wrappedValue: values[0])
    let average = WeightAverage([parameter], decay: 0.99)
    parameter.value = values[1]
    average.update()
    let (a, p) = (values[0].cast(to: .float32), values[1].cast(to: .float32))
    let expected = (a * 0.99 + p * (1 - 0.99)).cast(to: dtype)
    let isSame = average.state.values.first!.isIdentical(to: expected)
    #expect(isSame)
  }
}
