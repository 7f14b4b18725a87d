import CKernels

/// y = a + b; shapes broadcast.   Shape: [*], [*] → [*]
struct Add: IntegerBinaryElementwise {
  static let name = "add"
  static let formula = "y = a + b"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { a + b }
  static let kernel = BinaryKernel(
    of: Add(), float32: fledge_add_f32, float64: fledge_add_f64, int64: fledge_add_i64)
  var kernel: BinaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) { (g.dy, g.dy) }

  static var samples: [Sample] { Sample.broadcasting(Add()) }
}
