import FledgeCore
import Testing

/// The SIMD polynomials against the same functions in double precision.
@Suite struct AccuracyTests {
  struct Case: Sendable {
    let name: String
    let range: ClosedRange<Double>
    /// Units of 2⁻²⁴ of the value, the spacing of floats.
    let units: Double
    let function: @Sendable (Tensor) -> Tensor

    init(
      _ name: String, _ range: ClosedRange<Double>, _ units: Double = 4,
      _ function: @escaping @Sendable (Tensor) -> Tensor
    ) {
      self.name = name
      self.range = range
      self.units = units
      self.function = function
    }
  }

  static let cases = [
    Case("exp", -80...80) { exp($0) }, Case("expm1", -10...10) { expm1($0) },
    Case("log", 0.01...100) { log($0) }, Case("log1p", -0.9...10) { log1p($0) },
    Case("tanh", -10...10) { tanh($0) }, Case("sigmoid", -20...20) { sigmoid($0) },
    Case("erf", -4...4) { erf($0) }, Case("sin", -20...20) { sin($0) + 2 },
    Case("cos", -20...20) { cos($0) + 2 }, Case("softplus", -20...20) { softplus($0) },
    Case("silu", -20...20) { silu($0) },
    // Errors of the exponent count: (4 + |2u|) units, see the kernel.
    Case("gelu", -3...5, 24) { gelu($0) },
    Case("exact gelu", -3...5, 24) { gelu($0, form: .exact) },
    Case("power", 0.1...20) { $0.pow(1.7) },
  ]

  @Test("Kernels stay within a few units in the last place", arguments: cases.indices)
  func accuracy(index: Int) {
    let check = Self.cases[index]
    let x = Tensor.linspace(check.range.lowerBound, check.range.upperBound, count: 20_011)
    let found = check.function(x).array(of: Double.self)
    let exact = withBackend(.reference) { check.function(x.cast(to: .float64)) }
      .array(of: Double.self)
    let inputs = x.array(of: Double.self)
    var worst = (units: 0.0, x: 0.0)
    for i in inputs.indices {
      let units = abs(found[i] - exact[i]) / max(abs(exact[i]), 1e-30) * 0x1p24
      if units > worst.units { worst = (units, inputs[i]) }
    }
    #expect(worst.units <= check.units, "\(check.name) is \(worst.units) units off at \(worst.x)")
  }
}
