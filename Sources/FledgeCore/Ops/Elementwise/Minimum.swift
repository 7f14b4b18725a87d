import CKernels

/// y = min(a, b), element by element; NaN wins; equal values share the gradient.
/// Shape: [*], [*] → [*]
struct Minimum: IntegerBinaryElementwise {
  static let name = "minimum"
  static let formula = "y = min(a, b), element by element"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { T.min(a, b) }
  static let kernel = BinaryKernel(
    of: Minimum(), float32: fledge_minimum_f32, float64: fledge_minimum_f64,
    int64: fledge_minimum_i64, uint8: fledge_minimum_u8)
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    extremumPartials(g, wins: { $0 .< $1 })
  }

  static var samples: [Sample] { Sample.broadcasting(Minimum(), -2...0.4, 0.5...2) + mixed }
  private static var mixed: [Sample] { [Sample(Minimum(), .uniform([40]), .uniform([40]))] }
}

/// The smaller of two tensors, element by element.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.promoting(Minimum(), a, b) }
/// The smaller of each element and a number.
public func minimum(_ a: Tensor, _ b: Double) -> Tensor {
  a.dtype.isInteger && DType.int64.holds(b) ? a.clamped(max: b) : minimum(a, a.operand(b))
}
