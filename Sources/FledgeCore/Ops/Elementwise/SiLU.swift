import CKernels

/// y = x · σ(x), the sigmoid linear unit, also called swish (Ramachandran et al. 2017); 0 at −∞.
/// Shape: [*] → [*]
struct SiLU: Activation {
  static let name = "silu"
  static let formula = "y = x · σ(x)"

  func value<T: ScalarNumber>(_ x: T) -> T { x.boundedBelow * T.sigmoid(x) }
  static let kernel = UnaryKernel(of: SiLU(), float32: fledge_silu_f32, float64: fledge_silu_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    let s = T.sigmoid(x)
    return dy * (s + x.bounded * (s * (1 - s)))
  }
  static let gradientKernel = BinaryKernel(
    gradientOf: SiLU(), float32: fledge_silu_grad_f32, float64: fledge_silu_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(SiLU()) }
}

extension ScalarNumber {
  /// For a product with σ(x) and the like, which is 0 below −1000 and must not meet an infinite x.
  var boundedBelow: Self { Self.max(self, -1000) }

  /// For a product with the slope of σ(x) and the like, which is 0 beyond ±1000.
  var bounded: Self { Self.max(Self.min(self, 1000), -1000) }
}

/// y = x · σ(x).
public func silu(_ x: Tensor) -> Tensor { apply(SiLU(), x) }
