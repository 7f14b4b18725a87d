/// y = a − b ⌊a / b⌋, element by element, with the sign of b: −1 modulo 3 is 2, as in Python. Shapes
/// broadcast.   Shape: [*], [*] → [*]
struct Remainder: BinaryElementwise {
  static let name = "remainder"
  static let formula = "y = a − b ⌊a / b⌋, with the sign of b"

  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T { T.remainder(a, b) }
  static let kernel = BinaryKernel(of: Remainder())
  var kernel: BinaryKernel { Self.kernel }

  var integerValue: (@Sendable (Int64, Int64) -> Int64)? {
    { flooredDivision($0, by: $1, Self.name).remainder }
  }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    (g.dy, g.needs(1) ? -(g.dy * g.input(0).floorDivided(by: g.input(1))) : nil)
  }

  static var samples: [Sample] { Sample.broadcasting(Remainder(), -2...2, 0.5...3) }
}

/// ⌊a / b⌋ and a − b ⌊a / b⌋ in integers; Int64.min by −1 wraps around.
func flooredDivision(
  _ a: Int64, by b: Int64, _ operation: String
) -> (quotient: Int64, remainder: Int64) {
  require(b != 0, operation, "the integer \(a) by 0; cast to a floating type first")
  let quotient = a.dividedReportingOverflow(by: b).partialValue
  let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
  let isBelow = remainder != 0 && (remainder < 0) != (b < 0)
  return isBelow ? (quotient - 1, remainder + b) : (quotient, remainder)
}

extension Tensor {
  /// y = x − d ⌊x / d⌋, element by element, with the sign of the divisor d, as `%` in Python: −1 by 3
  /// gives 2. Shapes broadcast. Integers are exact, and 0 as their divisor traps; a floating 0 gives
  /// NaN.
  public func remainder(by divisor: Tensor) -> Tensor {
    Tensor.promoting(Remainder(), self, divisor)
  }

  /// y = x − d ⌊x / d⌋, element by element, with the sign of the divisor d. A fraction makes
  /// integers float32.
  public func remainder(by divisor: Double) -> Tensor {
    // An integer type takes numbers modulo its range, which a divisor is not.
    if isInteger(tooNarrowFor: divisor) {
      return cast(to: .int64).remainder(by: divisor).cast(to: dtype)
    }
    return Tensor.promoting(Remainder(), self, divisor)
  }

  /// Whether it is of an integer type that does not have this number, which int64 has.
  func isInteger(tooNarrowFor number: Double) -> Bool {
    dtype.isInteger && !dtype.holds(number) && DType.int64.holds(number)
  }
}
