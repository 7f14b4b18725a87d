import CKernels

/// y = max(a, b), element by element; NaN wins; equal values share the gradient.
/// Shape: [*], [*] → [*]
struct Maximum: IntegerBinaryElementwise {
  static let name = "maximum"
  static let formula = "y = max(a, b), element by element"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { T.max(a, b) }
  static let kernel = BinaryKernel(
    of: Maximum(), float32: fledge_maximum_f32, float64: fledge_maximum_f64,
    int64: fledge_maximum_i64, uint8: fledge_maximum_u8)
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    extremumPartials(g, wins: { $0 .> $1 })
  }

  static var samples: [Sample] { Sample.broadcasting(Maximum(), -2...0.4, 0.5...2) + mixed }
  private static var mixed: [Sample] { [Sample(Maximum(), .uniform([40]), .uniform([40]))] }
}

/// dy where an operand wins, half of it where both are equal.
func extremumPartials(
  _ g: GradientContext, wins: (Tensor, Tensor) -> Tensor
) -> (Tensor?, Tensor?) {
  let (a, b) = (g.input(0).detached(), g.input(1).detached())
  // Selected, not multiplied by 0 and 1: a gradient may be infinite.
  let (isTie, aWins, zero) = (a .== b, wins(a, b), Tensor.zeros([], dtype: g.dy.dtype))
  let half = g.dy * 0.5
  return (
    g.needs(0) ? Tensor.where(aWins, g.dy, Tensor.where(isTie, half, zero)) : nil,
    g.needs(1) ? Tensor.where(aWins, zero, Tensor.where(isTie, half, g.dy)) : nil
  )
}

/// The larger of two tensors, element by element.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.promoting(Maximum(), a, b) }
/// The larger of each element and a number.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor {
  // Clamping knows what an integer type cannot hold.
  a.dtype.isInteger && DType.int64.holds(b) ? a.clamped(min: b) : maximum(a, a.operand(b))
}
