/// A Swift number that stands beside a tensor in an operator: `x * n`, `n - x`, `x .< n`.
///
/// `Double` needs none of this: operators take it as it is, and literals are Doubles there, so that
/// `x * (1 / 3)` is a third of x.
public protocol NumberOperand: Sendable {
  /// The number with its kind.
  var operand: NumberOperandValue { get }
}

/// The value of a ``NumberOperand``.
public enum NumberOperandValue: Sendable, Hashable {
  /// An integer, exact: one beyond 2⁵³ is not rounded beside an int64 tensor.
  case whole(Int64)
  /// Any other number.
  case real(Double)
}

extension NumberOperand where Self: BinaryInteger {
  public var operand: NumberOperandValue {
    Int64(exactly: self).map { .whole($0) } ?? .real(Double(self))
  }
}

extension Int: NumberOperand {}
extension Int8: NumberOperand {}
extension Int16: NumberOperand {}
extension Int32: NumberOperand {}
extension Int64: NumberOperand {}
extension UInt: NumberOperand {}
extension UInt8: NumberOperand {}
extension UInt16: NumberOperand {}
extension UInt32: NumberOperand {}
extension UInt64: NumberOperand {}

extension Float: NumberOperand {
  public var operand: NumberOperandValue { .real(Double(self)) }
}

// One more overload for each side of an operator, generic and last in rank. The type checker looks
// at it only where the concrete ones do not fit, so expressions without integers take as long as
// before (measured). Rejected: one generic overload instead of those for Double (a literal would be
// an Int, and x * (1 / 3) zero), and tensors from literals alone (0.1 in `x * 0.1` became a
// float32 tensor).
extension Tensor {
  /// y = a + b, in the dtype of a.
  @_disfavoredOverload
  public static func + (a: Tensor, b: some NumberOperand) -> Tensor {
    promoting(Add(), a, b.operand)
  }
  /// y = a + b, in the dtype of b.
  @_disfavoredOverload
  public static func + (a: some NumberOperand, b: Tensor) -> Tensor {
    promoting(Add(), a.operand, b)
  }
  /// y = a − b, in the dtype of a.
  @_disfavoredOverload
  public static func - (a: Tensor, b: some NumberOperand) -> Tensor {
    promoting(Subtract(), a, b.operand)
  }
  /// y = a − b, in the dtype of b.
  @_disfavoredOverload
  public static func - (a: some NumberOperand, b: Tensor) -> Tensor {
    promoting(Subtract(), a.operand, b)
  }
  /// y = a · b, in the dtype of a.
  @_disfavoredOverload
  public static func * (a: Tensor, b: some NumberOperand) -> Tensor {
    promoting(Multiply(), a, b.operand)
  }
  /// y = a · b, in the dtype of b.
  @_disfavoredOverload
  public static func * (a: some NumberOperand, b: Tensor) -> Tensor {
    promoting(Multiply(), a.operand, b)
  }
  /// y = a / b; integers are divided as float32.
  @_disfavoredOverload
  public static func / (a: Tensor, b: some NumberOperand) -> Tensor {
    promoting(Divide(), a.asFloatingPoint, b.operand)
  }
  /// y = a / b; integers are divided as float32.
  @_disfavoredOverload
  public static func / (a: some NumberOperand, b: Tensor) -> Tensor {
    promoting(Divide(), a.operand, b.asFloatingPoint)
  }

  /// a = a + b, in place where possible.
  @_disfavoredOverload
  public static func += (a: inout Tensor, b: some NumberOperand) { a.update(Add(), b.operand) }
  /// a = a − b, in place where possible.
  @_disfavoredOverload
  public static func -= (a: inout Tensor, b: some NumberOperand) {
    a.update(Subtract(), b.operand)
  }
  /// a = a · b, in place where possible.
  @_disfavoredOverload
  public static func *= (a: inout Tensor, b: some NumberOperand) {
    a.update(Multiply(), b.operand)
  }
  /// a = a / b; integers become float32.
  @_disfavoredOverload
  public static func /= (a: inout Tensor, b: some NumberOperand) { a = a / b }

  /// Where an element == b, as bool.
  @_disfavoredOverload
  public static func .== (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.equal, a, b.operand)
  }
  /// Where an element != b, as bool.
  @_disfavoredOverload
  public static func .!= (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.notEqual, a, b.operand)
  }
  /// Where an element < b, as bool.
  @_disfavoredOverload
  public static func .< (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.less, a, b.operand)
  }
  /// Where an element <= b, as bool.
  @_disfavoredOverload
  public static func .<= (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.lessOrEqual, a, b.operand)
  }
  /// Where an element > b, as bool.
  @_disfavoredOverload
  public static func .> (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.greater, a, b.operand)
  }
  /// Where an element >= b, as bool.
  @_disfavoredOverload
  public static func .>= (a: Tensor, b: some NumberOperand) -> Tensor {
    compare(.greaterOrEqual, a, b.operand)
  }

  /// xⁿ, element by element, as for a Double.
  @_disfavoredOverload
  public func pow(_ exponent: some NumberOperand) -> Tensor {
    exactly(Power(), exponent.operand) { $0.pow($1) }
  }

  /// y = x − d ⌊x / d⌋, element by element, as for a Double.
  @_disfavoredOverload
  public func remainder(by divisor: some NumberOperand) -> Tensor {
    exactly(Remainder(), divisor.operand) { $0.remainder(by: $1) }
  }

  /// y = ⌊x / d⌋, element by element, as for a Double.
  @_disfavoredOverload
  public func floorDivided(by divisor: some NumberOperand) -> Tensor {
    exactly(FloorDivide(), divisor.operand) { $0.floorDivided(by: $1) }
  }
}

/// xⁿ, element by element.
@_disfavoredOverload
public func pow(_ x: Tensor, _ exponent: some NumberOperand) -> Tensor { x.pow(exponent) }

/// The larger of each element and a number.
@_disfavoredOverload
public func maximum(_ a: Tensor, _ b: some NumberOperand) -> Tensor {
  a.compared(to: b.operand, { maximum($0, $1) }, { maximum($0, $1) })
}

/// The smaller of each element and a number.
@_disfavoredOverload
public func minimum(_ a: Tensor, _ b: some NumberOperand) -> Tensor {
  a.compared(to: b.operand, { minimum($0, $1) }, { minimum($0, $1) })
}

// MARK: With the value

extension Tensor {
  /// What `body` makes with a Double; the operation in int64 where a Double would round the number.
  private func exactly(
    _ primitive: some SingleOutput, _ number: NumberOperandValue,
    _ body: (_ x: Tensor, _ number: Double) -> Tensor
  ) -> Tensor {
    switch number {
    case .real(let a): return body(self, a)
    case .whole(let n):
      if dtype.isInteger && Double(exactly: n) == nil {
        return Tensor.promoting(primitive, cast(to: .int64), n).cast(to: dtype)
      }
      return body(self, Double(n))
    }
  }

  private static func promoting(
    _ primitive: some SingleOutput, _ a: Tensor, _ b: NumberOperandValue
  ) -> Tensor {
    switch b {
    case .real(let b): promoting(primitive, a, b)
    case .whole(let b): promoting(primitive, a, b)
    }
  }

  private static func promoting(
    _ primitive: some SingleOutput, _ a: NumberOperandValue, _ b: Tensor
  ) -> Tensor {
    switch a {
    case .real(let a): promoting(primitive, a, b)
    case .whole(let a): promoting(primitive, a, b)
    }
  }

  private static func promoting(
    _ primitive: some SingleOutput, _ a: Tensor, _ b: Int64
  ) -> Tensor {
    if let exact = a.exactInteger(b) { return promoting(primitive, a, exact) }
    return promoting(primitive, a, Double(b))
  }

  private static func promoting(
    _ primitive: some SingleOutput, _ a: Int64, _ b: Tensor
  ) -> Tensor {
    if let exact = b.exactInteger(a) { return promoting(primitive, exact, b) }
    return promoting(primitive, Double(a), b)
  }

  private mutating func update(_ primitive: some BinaryElementwise, _ number: NumberOperandValue) {
    switch number {
    case .real(let b): update(primitive, b)
    case .whole(let b):
      if let exact = exactInteger(b) {
        update(primitive, exact)
      } else {
        update(primitive, Double(b))
      }
    }
  }

  private static func compare(
    _ relation: Relation, _ a: Tensor, _ b: NumberOperandValue
  ) -> Tensor {
    switch b {
    case .real(let b): compare(relation, a, b)
    case .whole(let b):
      if a.dtype == .int64, let exact = a.exactInteger(b) {
        compare(relation, a, exact)
      } else {
        compare(relation, a, Double(b))
      }
    }
  }

  fileprivate func compared(
    to b: NumberOperandValue, _ withNumber: (Tensor, Double) -> Tensor,
    _ withTensor: (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    switch b {
    case .real(let b): return withNumber(self, b)
    case .whole(let b):
      if dtype == .int64, let exact = exactInteger(b) { return withTensor(self, exact) }
      return withNumber(self, Double(b))
    }
  }

  /// The integer as a tensor of this integer dtype, modulo its range, where a Double would round
  /// it; nil where a Double serves, also for its speed.
  private func exactInteger(_ b: Int64) -> Tensor? {
    guard dtype.isInteger, Double(exactly: b) == nil else { return nil }
    return Tensor([b], shape: []).cast(to: dtype)
  }
}
