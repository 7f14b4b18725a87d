import CKernels

/// y = −x.   Shape: [*] → [*]
struct Negate: IntegerUnaryElementwise {
  static let name = "negate"
  static let formula = "y = −x"

  func value<T: ScalarArithmetic>(_ x: T) -> T { -x }
  static let kernel = UnaryKernel(of: Negate(), float32: fledge_neg_f32, float64: fledge_neg_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [-g.dy] }

  static var samples: [Sample] { Sample.elementwise(Negate()) }
}
