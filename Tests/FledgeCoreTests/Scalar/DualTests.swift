import FledgeTestSupport
import Testing

@testable import FledgeCore

/// Derivatives by dual numbers against the gradient rules.
@Suite struct DualTests {
  private typealias Number = Dual<Double>

  /// Cubes of these are finite, which some rules take.
  static let values =
    Corners.special
    + (Corners.ordinary + [1e9, -1e9, 1e20, -1e20, 1e-40, -1e-40, 1e100, -1e-100])

  /// At ±∞ the product rule can meet 0 · ∞ where the rule has the limit.
  private func agree(_ rule: Double, _ dual: Double, at x: Double...) -> Bool {
    if dual.isNaN && x.contains(where: \.isInfinite) { return true }
    return rule.agrees(with: dual, relative: 1e-9, absolute: 1e-14)
  }

  @Test(arguments: ElementwiseSamples.unary.indices)
  func `the derivative by dual numbers is that of the gradient rule`(index: Int) {
    func check(_ operation: some UnaryElementwise) {
      let x = Tensor(Self.values).requiringGradients()
      let y = withBackend(.reference) { apply(operation, x) }
      let rule = withBackend(.reference) {
        gradients(of: y, withRespectTo: [x], outputGradient: Tensor.ones(like: y))[0]
      }
      for (x, rule) in zip(Self.values, rule.array(of: Double.self)) {
        let dual = operation.value(Number(x, derivative: 1)).derivative
        #expect(agree(rule, dual, at: x), "\(operation) at \(x): rule \(rule), dual \(dual)")
      }
    }
    check(ElementwiseSamples.unary[index])
  }

  @Test(arguments: ElementwiseSamples.binary.indices)
  func `so are both derivatives of two arguments`(index: Int) {
    func check(_ operation: some BinaryElementwise) {
      let (a, b) = Corners.pairs(Self.values.filter { $0.magnitude < 1e19 || !$0.isFinite })
      let inputs = [a, b].map { Tensor($0).requiringGradients() }
      let y = withBackend(.reference) { apply(operation, inputs[0], inputs[1]) }
      let rules = withBackend(.reference) {
        gradients(of: y, withRespectTo: inputs, outputGradient: Tensor.ones(like: y))
      }
      let (byA, byB) = (rules[0].array(of: Double.self), rules[1].array(of: Double.self))
      for i in a.indices {
        let da = operation.value(Number(a[i], derivative: 1), Number(b[i])).derivative
        let db = operation.value(Number(a[i]), Number(b[i], derivative: 1)).derivative
        let isSame = agree(byA[i], da, at: a[i], b[i]) && agree(byB[i], db, at: a[i], b[i])
        #expect(
          isSame, "\(operation) at \(a[i]), \(b[i]): \(byA[i]), \(byB[i]), duals \(da), \(db)")
      }
    }
    check(ElementwiseSamples.binary[index])
  }

  @Test func `the side that is not chosen has no part in the derivative`() {
    func root<T: ScalarNumber>(_ x: T) -> T { T.select(x > 0, T.sqrt(x), 0) }
    #expect(root(Number(-4, derivative: 1)).derivative == 0)
    #expect(root(Number(0, derivative: 1)).derivative == 0)
    #expect(root(Number(4, derivative: 1)).derivative == 0.25)
    func inverse<T: ScalarNumber>(_ x: T) -> T { T.select(x == 0, 7, 1 / x) }
    #expect(inverse(Number(0, derivative: 1)).derivative == 0)
  }

  @Test func `constants have no derivative, also beside infinity`() {
    #expect((Number(.infinity) * Number(2, derivative: 1)).derivative == .infinity)
    #expect((Number(2, derivative: 1) * Number(.infinity)).derivative == .infinity)
    #expect((Number(2, derivative: 1) + Number(.infinity)).derivative == 1)
    #expect((Number(.infinity) - Number(2, derivative: 3)).derivative == -3)
    // A whole power of a negative number: the logarithm has no part in it.
    #expect(Number.pow(Number(-2, derivative: 1), 3).derivative == 12)
    #expect(Number.pow(2, Number(-1, derivative: 1)).value == 0.5)
  }

  @Test func `duals of duals give second derivatives`() {
    let x = Dual(Number(0.7, derivative: 1), derivative: Number(1, derivative: 0))
    let y = Dual<Number>.tanh(x * x)
    // d²/dx² tanh x² = (2 − 8x² t)(1 − t²), t = tanh x².
    let t = Double.tanh(0.49)
    let second = (2 - 8 * 0.49 * t) * (1 - t * t)
    #expect(y.derivative.derivative.agrees(with: second, relative: 1e-12))
  }
}
