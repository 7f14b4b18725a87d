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
    // Beyond ±30 the slope is 0 in every type; at ∞ its own slope −2x e^(−x²) would be ∞ · 0.
    let x = g.input(0).clamped(min: -30, max: 30)
    return [g.dy * (-x.square()).exp() * (2 / Double.pi.squareRoot())]
  }

  static var samples: [Sample] { Sample.elementwise(ErrorFunction()) }
}

extension Tensor {
  /// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.
  public func erf() -> Tensor { apply(ErrorFunction(), self) }
}

/// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt.
public func erf(_ x: Tensor) -> Tensor { x.erf() }
