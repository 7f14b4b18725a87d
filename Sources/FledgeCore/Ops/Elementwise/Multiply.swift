import CKernels

/// y = a · b, element by element; shapes broadcast.   Shape: [*], [*] → [*]
struct Multiply: IntegerBinaryElementwise {
  static let name = "multiply"
  static let formula = "y = a · b, element by element"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { a * b }
  static let kernel = BinaryKernel(
    of: Multiply(), float32: fledge_mul_f32, float64: fledge_mul_f64, int64: fledge_mul_i64)
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    (g.needs(0) ? g.dy * g.input(1) : nil, g.needs(1) ? g.dy * g.input(0) : nil)
  }

  static var samples: [Sample] { Sample.broadcasting(Multiply()) }
}
