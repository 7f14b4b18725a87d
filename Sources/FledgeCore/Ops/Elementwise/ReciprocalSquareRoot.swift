import CKernels

/// y = 1/√x.   Shape: [*] → [*]
struct ReciprocalSquareRoot: UnaryElementwise {
  static let name = "rsqrt"
  static let formula = "y = 1/√x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { 1 / T.sqrt(x) }
  static let kernel = UnaryKernel(
    of: ReciprocalSquareRoot(), float32: fledge_rsqrt_f32, float64: fledge_rsqrt_f64)
  var kernel: UnaryKernel { Self.kernel }

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
