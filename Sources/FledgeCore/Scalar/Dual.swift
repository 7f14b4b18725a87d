/// A number with its derivative: a function evaluated in dual numbers gives f(x) and f′(x)
/// (Clifford 1873; forward-mode differentiation).
///
///     let y = Cube().value(Dual(0.5, derivative: 1))     // y.value = 0.125, y.derivative = 0.75
///
/// It is generic, so the derivative can itself be evaluated, printed as source (``ScalarExpression``),
/// or differentiated again (`Dual<Dual<Double>>`).
///
/// Conventions at kinks: |x| has derivative 0 at 0; a maximum or minimum of equal values takes half
/// of each; a ``select(_:_:_:)`` takes that of the chosen side alone; sign and rounding have
/// derivative 0. At ±∞ the product rule can give 0 · ∞, which is NaN, where the derivative has a
/// limit.
struct Dual<Number: ScalarNumber>: ScalarNumber {
  /// The function's value.
  let value: Number
  // Nil for a constant: 0 times an infinite factor would be NaN.
  private let tangent: Number?

  private init(_ value: Number, _ tangent: Number?) {
    self.value = value
    self.tangent = tangent
  }

  /// A variable (derivative 1), or a value that depends on one.
  init(_ value: Number, derivative: Number) { self.init(value, derivative) }
  /// A value that depends on nothing.
  init(constant value: Number) { self.init(value, nil) }
  init(_ constant: Double) { self.init(Number(constant), nil) }
  init(integerLiteral value: Int64) { self.init(Double(value)) }
  init(floatLiteral value: Double) { self.init(value) }

  /// The function's derivative.
  var derivative: Number { tangent ?? 0 }

  private static func sum(_ a: Number?, _ b: Number?) -> Number? {
    guard let a, let b else { return a ?? b }
    return a + b
  }
}

// MARK: Arithmetic

extension Dual {
  static func + (a: Self, b: Self) -> Self {
    Self(a.value + b.value, sum(a.tangent, b.tangent))
  }

  static func - (a: Self, b: Self) -> Self {
    guard let db = b.tangent else { return Self(a.value - b.value, a.tangent) }
    return Self(a.value - b.value, a.tangent.map { $0 - db } ?? -db)
  }

  static func * (a: Self, b: Self) -> Self {
    Self(a.value * b.value, sum(a.tangent.map { $0 * b.value }, b.tangent.map { a.value * $0 }))
  }

  static func / (a: Self, b: Self) -> Self {
    let y = a.value / b.value
    return Self(y, sum(a.tangent.map { $0 / b.value }, b.tangent.map { -(y * $0 / b.value) }))
  }

  static prefix func - (x: Self) -> Self { Self(-x.value, x.tangent.map { -$0 }) }
}

// MARK: Comparisons

extension Dual {
  /// What comparing the values gives.
  typealias Truth = Number.Truth

  static func == (a: Self, b: Self) -> Truth { a.value == b.value }
  static func != (a: Self, b: Self) -> Truth { a.value != b.value }
  static func < (a: Self, b: Self) -> Truth { a.value < b.value }
  static func <= (a: Self, b: Self) -> Truth { a.value <= b.value }
  static func > (a: Self, b: Self) -> Truth { a.value > b.value }
  static func >= (a: Self, b: Self) -> Truth { a.value >= b.value }

  static func select(_ condition: Truth, _ a: Self, _ b: Self) -> Self {
    let value = Number.select(condition, a.value, b.value)
    if a.tangent == nil && b.tangent == nil { return Self(value, nil) }
    return Self(value, Number.select(condition, a.derivative, b.derivative))
  }

  static func max(_ a: Self, _ b: Self) -> Self {
    extremum(Number.max(a.value, b.value), a, b, aWins: a.value > b.value)
  }

  static func min(_ a: Self, _ b: Self) -> Self {
    extremum(Number.min(a.value, b.value), a, b, aWins: a.value < b.value)
  }

  private static func extremum(_ value: Number, _ a: Self, _ b: Self, aWins: Truth) -> Self {
    if a.tangent == nil && b.tangent == nil { return Self(value, nil) }
    let (da, db) = (a.derivative, b.derivative)
    let shared = (da + db) * 0.5
    return Self(
      value, Number.select(a.value == b.value, shared, Number.select(aWins, da, db)))
  }
}

// MARK: Functions

extension Dual {
  /// f(x) and f′(x) dx.
  private static func chain(_ value: Number, _ x: Self, _ slope: () -> Number) -> Self {
    Self(value, x.tangent.map { $0 * slope() })
  }

  static func abs(_ x: Self) -> Self {
    chain(Number.abs(x.value), x) { Number.sign(x.value) }
  }
  static func sign(_ x: Self) -> Self { Self(Number.sign(x.value), nil) }
  static func floor(_ x: Self) -> Self { Self(Number.floor(x.value), nil) }
  static func ceil(_ x: Self) -> Self { Self(Number.ceil(x.value), nil) }
  static func round(_ x: Self) -> Self { Self(Number.round(x.value), nil) }

  static func exp(_ x: Self) -> Self {
    let y = Number.exp(x.value)
    return chain(y, x) { y }
  }
  static func expm1(_ x: Self) -> Self {
    let y = Number.expm1(x.value)
    return chain(y, x) { y + 1 }
  }
  static func log(_ x: Self) -> Self {
    Self(Number.log(x.value), x.tangent.map { $0 / x.value })
  }
  static func log1p(_ x: Self) -> Self {
    Self(Number.log1p(x.value), x.tangent.map { $0 / (x.value + 1) })
  }
  static func log2(_ x: Self) -> Self {
    Self(Number.log2(x.value), x.tangent.map { $0 / x.value * Number(1 / Double.log(2)) })
  }
  static func log10(_ x: Self) -> Self {
    Self(Number.log10(x.value), x.tangent.map { $0 / x.value * Number(1 / Double.log(10)) })
  }
  static func sqrt(_ x: Self) -> Self {
    let y = Number.sqrt(x.value)
    return Self(y, x.tangent.map { $0 * 0.5 / y })
  }
  static func sin(_ x: Self) -> Self {
    chain(Number.sin(x.value), x) { Number.cos(x.value) }
  }
  static func cos(_ x: Self) -> Self {
    chain(Number.cos(x.value), x) { -Number.sin(x.value) }
  }
  /// (x dy − y dx) / (x² + y²), computed in units of the larger of |x| and |y|, so that no square
  /// is too large or too small; 0 at the origin and at infinity.
  static func atan2(_ y: Self, _ x: Self) -> Self {
    let size = Number.max(Number.abs(y.value), Number.abs(x.value))
    func ordinary(_ number: Number, else other: Number) -> Number {
      Number.select(size == 0, other, Number.select(size == Number(.infinity), other, number))
    }
    let unit = ordinary(size, else: 1)
    let (u, v) = (ordinary(y.value, else: 0) / unit, ordinary(x.value, else: 0) / unit)
    let square = ordinary(u * u + v * v, else: 1)
    return Self(
      Number.atan2(y.value, x.value),
      sum(
        y.tangent.map { $0 * (v / square / unit) }, x.tangent.map { -($0 * (u / square / unit)) }))
  }
  static func tanh(_ x: Self) -> Self {
    let y = Number.tanh(x.value)
    return chain(y, x) { 1 - y * y }
  }
  static func erf(_ x: Self) -> Self {
    chain(Number.erf(x.value), x) {
      Number(2 / Double.pi.squareRoot()) * Number.exp(-(x.value * x.value))
    }
  }
  static func sigmoid(_ x: Self) -> Self {
    let y = Number.sigmoid(x.value)
    return chain(y, x) { y * (1 - y) }
  }
  static func softplus(_ x: Self) -> Self {
    chain(Number.softplus(x.value), x) { Number.sigmoid(x.value) }
  }

  /// ∂/∂a = 1, ∂/∂b = −⌊a / b⌋.
  static func remainder(_ a: Self, _ b: Self) -> Self {
    Self(
      Number.remainder(a.value, b.value),
      sum(a.tangent, b.tangent.map { -($0 * Number.floorQuotient(a.value, b.value)) }))
  }

  /// ∂aᵇ/∂a = b aᵇ⁻¹, and 0 for b = 0; ∂aᵇ/∂b = aᵇ ln a, and 0 for a = 0 and b ≥ 0.
  static func pow(_ a: Self, _ b: Self) -> Self {
    let y = Number.pow(a.value, b.value)
    let da = a.tangent.map { tangent -> Number in
      let slope = b.value * Number.pow(a.value, b.value - 1)
      return tangent * Number.select(b.value == 0, 0, slope)
    }
    let db = b.tangent.map { tangent -> Number in
      let slope = y * Number.log(a.value)
      let atZero = Number.select(b.value >= 0, 0, slope)
      return tangent * Number.select(a.value == 0, atZero, slope)
    }
    return Self(y, sum(da, db))
  }
}
