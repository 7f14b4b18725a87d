import CKernels

/// y = x².   Shape: [*] → [*]
struct Square: UnaryElementwise {
  static let name = "square"
  static let formula = "y = x²"
  static var precision: AutocastRule { .full }
  static let kernel = UnaryKernel(
    "square", float32: fledge_square_f32, float64: fledge_square_f64, integer: { $0 &* $0 }
  ) { $0 * $0 }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0) * 2] }

  static var samples: [Sample] { Sample.elementwise(Square()) }
}

extension Tensor {
  /// y = x².
  public func square() -> Tensor { apply(Square(), self) }
}
