import CKernels

/// y = a − b; shapes broadcast.   Shape: [*], [*] → [*]
struct Subtract: IntegerBinaryElementwise {
  static let name = "subtract"
  static let formula = "y = a − b"

  func value<T: ScalarArithmetic>(_ a: T, _ b: T) -> T { a - b }
  static let kernel = BinaryKernel(
    of: Subtract(), float32: fledge_sub_f32, float64: fledge_sub_f64, int64: fledge_sub_i64)
  var kernel: BinaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    (g.dy, g.needs(1) ? -g.dy : nil)
  }

  static var samples: [Sample] { Sample.broadcasting(Subtract()) }
}
