import CKernels

/// y = max(a, b), element by element; NaN wins; equal values share the gradient.
/// Shape: [*], [*] → [*]
struct Maximum: BinaryElementwise {
  static let name = "maximum"
  static let formula = "y = max(a, b), element by element"
  static let kernel = BinaryKernel(
    "maximum", float32: fledge_maximum_f32, float64: fledge_maximum_f64, int64: fledge_maximum_i64,
    integer: { Swift.max($0, $1) }
  ) { $0.isNaN ? $0 : $1.isNaN ? $1 : Swift.max($0, $1) }

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
  let half = (a .== b).cast(to: g.inputDType(0)) * 0.5
  let shareA = wins(a, b).cast(to: g.inputDType(0)) + half
  return (g.dy * shareA, g.dy * (1 - shareA))
}

/// The larger of two tensors, element by element.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.promoting(Maximum(), a, b) }
/// The larger of each element and a number.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor { maximum(a, a.operand(b)) }

extension Tensor {
  /// Each element moved into lower...upper; the gradient is 0 where it was outside, and
  /// whole at the bounds (as in PyTorch).
  public func clamped(min lower: Double? = nil, max upper: Double? = nil) -> Tensor {
    // Not the maximum and the minimum: at a bound they would share the gradient with it.
    var result = self
    if let lower { result = Tensor.where(result .< lower, result.operand(lower), result) }
    if let upper { result = Tensor.where(result .> upper, result.operand(upper), result) }
    return result
  }
}
