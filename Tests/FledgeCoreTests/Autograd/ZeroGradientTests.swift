import FledgeCore
import Testing

/// Roots, quotients and logarithms at 0: values and gradients of first and second order are numbers.
@Suite struct ZeroGradientTests {
  struct Member: Sendable {
    let values: [Double]
    let function: @Sendable (Tensor) -> Tensor

    init(_ values: [Double], _ function: @escaping @Sendable (Tensor) -> Tensor) {
      (self.values, self.function) = (values, function)
    }
  }

  static let members: [String: Member] = {
    var result: [String: Member] = [
      "standardDeviation of equal numbers": Member([3, 3, 3]) { $0.standardDeviation() },
      "standardDeviation of one": Member([3]) { $0.standardDeviation(correction: 0) },
      "variance of equal numbers": Member([3, 3, 3]) { $0.variance() },
      "logSumExp of −∞": Member([-.infinity, -.infinity]) { $0.logSumExp().exp() },
      "prod of zeros": Member([0, 0, 5]) { $0.prod() },
      "rmsNorm of zeros": Member([0, 0, 0]) { rmsNorm($0) },
      "layerNorm of equal numbers": Member([3, 3, 3]) { layerNorm($0) },
    ]
    for p in [0, 0.5, 1, 1.5, 2, 3, 4, -1, -1.5, .infinity, -.infinity] {
      result["norm \(p) of zeros"] = Member([0, 0, 0]) { $0.norm(p) }
      result["norm \(p) with a zero"] = Member([0, 3, -4]) { $0.norm(p) }
      result["norm \(p) along an axis"] = Member([0, 0, 3, 4]) {
        $0.reshaped([2, 2]).norm(p, axes: [1])
      }
    }
    return result
  }()

  private static func areFinite(_ x: Tensor) -> Bool { x.array().allSatisfy { $0.isFinite } }

  @Test(arguments: members.keys, [DType.float32, .float64, .float16, .bfloat16])
  func `gradients are finite`(name: String, dtype: DType) {
    let member = Self.members[name]!
    func check() {
      let x = Tensor(member.values, dtype: dtype).requiringGradients()
      let y = member.function(x)
      #expect(Self.areFinite(y.detached()))
      let first = gradients(of: y.sum(), withRespectTo: [x], createGraph: true)[0]
      #expect(Self.areFinite(first.detached()), "\(first)")
      guard first.requiresGradients else { return }
      let second = gradients(of: first.square().sum(), withRespectTo: [x])[0]
      #expect(Self.areFinite(second), "second order: \(second)")
    }
    withBackend(.cpu) { check() }
    withBackend(.reference) { check() }
  }

  struct NormCase: Sendable {
    let p: Double
    let values: [Double]
    let norm: Double
    let gradient: [Double]

    init(_ p: Double, _ values: [Double], _ norm: Double, _ gradient: [Double]) {
      (self.p, self.values, self.norm, self.gradient) = (p, values, norm, gradient)
    }
  }

  static let norms: [NormCase] = [
    NormCase(2, [0, 3, -4], 5, [0, 0.6, -0.8]),
    NormCase(2, [0, 0], 0, [0, 0]),
    NormCase(1, [0, 3, -4], 7, [0, 1, -1]),
    NormCase(3, [0, 3, -4], 4.497941, [0, 0.444852, -0.790847]),
    NormCase(0.5, [0, 3, -4], 13.928203, [0, 2.154701, -1.866025]),
    NormCase(0, [0, 3, -4], 2, [0, 0, 0]),
    NormCase(.infinity, [0, 3, -4], 4, [0, 0, -1]),
    NormCase(.infinity, [2, -2, 1], 2, [0.5, -0.5, 0]),
    NormCase(-.infinity, [1, -2, 4], 1, [1, 0, 0]),
    NormCase(-.infinity, [0, 3, -4], 0, [0, 0, 0]),
    NormCase(-1, [2, 2], 1, [0.25, 0.25]),
    NormCase(-1, [0, 2], 0, [0, 0]),
  ]

  @Test(arguments: norms.indices, [DType.float32, .float64])
  func `norms of every order have their gradients, which are 0 at 0`(index: Int, dtype: DType) {
    let expected = Self.norms[index]
    let x = Tensor(expected.values, dtype: dtype).requiringGradients()
    let y = x.norm(expected.p)
    expectElements(y.detached(), [expected.norm], within: 1e-5)
    y.backward()
    expectElements(x.grad, expected.gradient, within: 1e-5)
  }

  @Test func `a deviation has the gradient of its formula where it is not 0`() {
    let x = Tensor.doubles([1, 3]).requiringGradients()
    let y = x.standardDeviation(correction: 0)
    y.backward()
    expectElements(y.detached(), [1])
    expectElements(x.grad, [-0.5, 0.5])
    // Of one element the unbiased deviation is unknown.
    #expect(Tensor([3]).standardDeviation().item().isNaN)
  }

  @Test func `the gradient of a maximum that is NaN goes to the NaN`() {
    let x = Tensor([1, .nan, 3]).requiringGradients()
    x.max().backward()
    expectElements(x.grad, [0, 1, 0])
  }

  @Test func `norms of integers are float32`() {
    let x = Tensor([3, -4] as [Int])
    #expect(x.norm().dtype == .float32 && x.norm().item() == 5 && x.norm(1).item() == 7)
  }
}
