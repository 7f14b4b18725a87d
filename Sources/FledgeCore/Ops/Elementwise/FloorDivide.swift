/// y = ⌊a / b⌋, element by element, the quotient that belongs to ``Remainder``; its gradient is 0.
/// Shapes broadcast.   Shape: [*], [*] → [*]
struct FloorDivide: BinaryElementwise {
  static let name = "floorDivide"
  static let formula = "y = ⌊a / b⌋; its gradient is 0"

  // Already whole; rounding says that it has no derivative.
  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T { T.round(T.floorQuotient(a, b)) }
  static let kernel = BinaryKernel(of: FloorDivide())
  var kernel: BinaryKernel { Self.kernel }

  var integerValue: (@Sendable (Int64, Int64) -> Int64)? {
    { flooredDivision($0, by: $1, Self.name).quotient }
  }

  var saves: SavedValues { .nothing }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) { (nil, nil) }

  static var samples: [Sample] { Sample.broadcasting(FloorDivide(), -2...2, 0.5...3) }
}

extension Tensor {
  /// y = ⌊x / d⌋, element by element, for the exact quotient, as `//` in Python; the gradient is 0.
  /// Shapes broadcast. Integers are exact, and 0 as their divisor traps; x by a floating 0 is ±∞ or
  /// NaN.
  public func floorDivided(by divisor: Tensor) -> Tensor {
    Tensor.promoting(FloorDivide(), self, divisor)
  }

  /// y = ⌊x / d⌋, element by element. A fraction makes integers float32.
  public func floorDivided(by divisor: Double) -> Tensor {
    if isInteger(tooNarrowFor: divisor) {
      return cast(to: .int64).floorDivided(by: divisor).cast(to: dtype)
    }
    return Tensor.promoting(FloorDivide(), self, divisor)
  }
}
