import CKernels

/// y = aᵇ, element by element; shapes broadcast.   Shape: [*], [*] → [*]
struct Power: BinaryElementwise {
  static let name = "power"
  static let formula = "y = aᵇ, element by element"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T { T.pow(a, b) }
  static let kernel = BinaryKernel(of: Power(), float32: fledge_pow_f32, float64: fledge_pow_f64)
  var kernel: BinaryKernel { Self.kernel }

  var integerValue: (@Sendable (Int64, Int64) -> Int64)? { { integerPower($0, $1) } }

  var saves: SavedValues { [.inputs, .outputs] }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    let (a, b) = (g.input(0), g.input(1))
    var da: Tensor?
    if g.needs(0) {
      // b = 0 has derivative 0 also at a = 0, where aᵇ⁻¹ is infinite.
      let slope = b * apply(Power(), a, b - 1)
      da = g.dy * Tensor.where(b .== 0, Tensor.zeros([], dtype: b.dtype), slope)
    }
    var db: Tensor?
    if g.needs(1) {
      // ∂aᵇ/∂b = aᵇ ln a, and 0 at a = 0 for b ≥ 0.
      let slope = g.output * a.log()
      let isZero = (a .== 0).and(b .>= 0)
      db = g.dy * Tensor.where(isZero, Tensor.zeros([], dtype: b.dtype), slope)
    }
    return (da, db)
  }

  static var samples: [Sample] { Sample.broadcasting(Power(), 0.5...2, -2...3) }
}

/// aᵇ by repeated squaring, modulo 2⁶⁴.
private func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
  require(
    exponent >= 0, Power.name,
    "integers to the power \(exponent) are no integers; cast to a floating type first")
  var (result, square, rest) = (Int64(1), base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result &*= square }
    square &*= square
    rest >>= 1
  }
  return result
}

extension Tensor {
  /// xᵖ, element by element. Small whole powers and ½ use products and roots. Whole powers of
  /// integers are exact and wrap around, as products do; negative ones trap.
  public func pow(_ exponent: Double) -> Tensor {
    switch exponent {
    case 1: self
    case 2: square()
    case 3: square() * self
    case 0.5: sqrt()
    // Of integers it is refused, as other negative powers are.
    case -1 where !dtype.isInteger: reciprocal()
    case -0.5: rsqrt()
    // An integer type takes numbers modulo its range, which an exponent is not.
    case _ where dtype.isInteger && !dtype.holds(exponent) && DType.int64.holds(exponent):
      cast(to: .int64).pow(exponent).cast(to: dtype)
    default: Tensor.promoting(Power(), self, operand(exponent))
    }
  }

  /// xᵖ, element by element, shapes broadcast.
  public func pow(_ exponent: Tensor) -> Tensor { Tensor.promoting(Power(), self, exponent) }
}

/// xᵖ, element by element.
public func pow(_ x: Tensor, _ exponent: Double) -> Tensor { x.pow(exponent) }
/// xᵖ, element by element, shapes broadcast.
public func pow(_ x: Tensor, _ exponent: Tensor) -> Tensor { x.pow(exponent) }
