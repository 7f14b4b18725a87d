import CKernels

/// y = x².   Shape: [*] → [*]
struct Square: IntegerUnaryElementwise {
  static let name = "square"
  static let formula = "y = x²"
  static var precision: AutocastRule { .full }

  func value<T: ScalarArithmetic>(_ x: T) -> T { x * x }
  static let kernel = UnaryKernel(
    of: Square(), float32: fledge_square_f32, float64: fledge_square_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0) * 2] }

  static var samples: [Sample] { Sample.elementwise(Square()) }
}

extension Tensor {
  /// y = x².
  public func square() -> Tensor { apply(Square(), self) }
}
