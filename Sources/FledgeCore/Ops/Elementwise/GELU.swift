import CKernels

/// y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), the Gaussian error linear unit in its tanh form
/// (Hendrycks & Gimpel 2016), as in GPT-2; 0 at −∞.   Shape: [*] → [*]
struct GELU: Activation {
  static let name = "gelu"
  static let formula = "y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))"

  private static let slope = 2 * (2 / Double.pi).squareRoot()
  private static let cubic = 0.044715

  // (1 + tanh u) / 2 = σ(2u), which keeps its digits where tanh nears −1.
  func value<T: ScalarNumber>(_ x: T) -> T {
    let u = T(Self.slope) * (x + T(Self.cubic) * x * x * x)
    return x.boundedBelow * T.sigmoid(u)
  }
  static let kernel = UnaryKernel(
    of: GELU(), float32: fledge_gelu_tanh_f32, float64: fledge_gelu_tanh_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    let bounded = x.bounded
    let square = T(Self.cubic) * bounded * bounded
    let s = T.sigmoid(T(Self.slope) * bounded * (1 + square))
    let du = T(Self.slope) * (1 + 3 * square)
    return dy * (s + bounded * (s * (1 - s)) * du)
  }
  static let gradientKernel = BinaryKernel(
    gradientOf: GELU(), float32: fledge_gelu_tanh_grad_f32, float64: fledge_gelu_tanh_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(GELU()) }
}

/// y = x · Φ(x) = x/2 · (1 + erf(x/√2)), the exact Gaussian error linear unit, as in BERT; 0 at −∞.
/// Shape: [*] → [*]
struct ExactGELU: Activation {
  static let name = "exactGELU"
  static let formula = "y = x/2 · (1 + erf(x/√2))"

  func value<T: ScalarNumber>(_ x: T) -> T { x.boundedBelow * Self.cumulative(x) }
  static let kernel = UnaryKernel(
    of: ExactGELU(), float32: fledge_gelu_erf_f32, float64: fledge_gelu_erf_f64)
  var kernel: UnaryKernel { Self.kernel }

  /// Φ(x), the normal distribution's cumulative function.
  private static func cumulative<T: ScalarNumber>(_ x: T) -> T {
    0.5 * (1 + T.erf(T(0.5.squareRoot()) * x))
  }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    let bounded = x.bounded
    let density = T(1 / (2 * Double.pi).squareRoot()) * T.exp(-0.5 * bounded * bounded)
    return dy * (Self.cumulative(x) + bounded * density)
  }
  static let gradientKernel = BinaryKernel(
    gradientOf: ExactGELU(), float32: fledge_gelu_erf_grad_f32, float64: fledge_gelu_erf_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(ExactGELU()) }
}

/// The two common forms of the Gaussian error linear unit; they differ by less than 0.0005.
public enum GELUForm: Sendable {
  /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), that of GPT-2.
  case tanh
  /// x/2 · (1 + erf(x/√2)).
  case exact
}

/// The Gaussian error linear unit x · Φ(x), by default in its tanh form.
public func gelu(_ x: Tensor, form: GELUForm = .tanh) -> Tensor {
  switch form {
  case .tanh: apply(GELU(), x)
  case .exact: apply(ExactGELU(), x)
  }
}
