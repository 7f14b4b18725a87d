import CKernels

/// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.   Shape: [*] → [*]
struct ErrorFunction: UnaryElementwise {
  static let name = "erf"
  static let formula = "y = erf x = 2/√π ∫₀ˣ e^(−t²) dt"

  func value<T: ScalarNumber>(_ x: T) -> T { T.erf(x) }
  static let kernel = UnaryKernel(
    of: ErrorFunction(), float32: fledge_erf_f32, float64: fledge_erf_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients {
    [g.dy * (-g.input(0).square()).exp() * (2 / Double.pi.squareRoot())]
  }

  static var samples: [Sample] { Sample.elementwise(ErrorFunction()) }
}

extension Tensor {
  /// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.
  public func erf() -> Tensor { apply(ErrorFunction(), self) }
}

/// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.
public func erf(_ x: Tensor) -> Tensor { x.erf() }
