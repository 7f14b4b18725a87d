import CKernels

/// y = 1/√x.   Shape: [*] → [*]
struct ReciprocalSquareRoot: UnaryElementwise {
  static let name = "rsqrt"
  static let formula = "y = 1/√x"
  static var precision: AutocastRule { .full }
  static let kernel = UnaryKernel(
    "rsqrt", float32: fledge_rsqrt_f32, float64: fledge_rsqrt_f64
  ) { 1 / $0.squareRoot() }
  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients {
    [g.dy * -0.5 * g.output * g.output * g.output]
  }

  static var samples: [Sample] { Sample.elementwise(ReciprocalSquareRoot(), 0.5...4) }
}

extension Tensor {
  /// y = 1/√x.
  public func rsqrt() -> Tensor { apply(ReciprocalSquareRoot(), self) }
}
