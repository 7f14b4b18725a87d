import CKernels
import Foundation

/// y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), the Gaussian error linear unit in its tanh form
/// (Hendrycks & Gimpel 2016), as in GPT-2.   Shape: [*] → [*]
struct GELU: UnaryElementwise {
  static let name = "gelu"
  static let formula = "y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))"
  static let kernel = UnaryKernel(
    "gelu", float32: fledge_gelu_tanh_f32, float64: fledge_gelu_tanh_f64
  ) { 0.5 * $0 * (1 + Foundation.tanh(slope * ($0 + cubic * $0 * $0 * $0))) }

  private static let slope = (2 / Double.pi).squareRoot()
  private static let cubic = 0.044715

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("geluGradient", float32: fledge_gelu_tanh_grad_f32) { dy, x in
      let t = Foundation.tanh(slope * (x + cubic * x * x * x))
      return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope * (1 + 3 * cubic * x * x))
    },
    derivative: { x in
      let t = ((x + x.pow(3) * cubic) * slope).tanh()
      let inner = (x.square() * (3 * cubic) + 1) * slope
      return (t + 1) * 0.5 + x * (1 - t.square()) * inner * 0.5
    })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

  static var samples: [Sample] { Sample.elementwise(GELU()) }
}

/// y = x · Φ(x) = x/2 · (1 + erf(x/√2)), the Gaussian error linear unit itself, as in BERT.
/// Shape: [*] → [*]
struct ExactGELU: UnaryElementwise {
  static let name = "exactGELU"
  static let formula = "y = x/2 · (1 + erf(x/√2))"
  static let kernel = UnaryKernel(
    "exactGELU", float32: fledge_gelu_erf_f32, float64: fledge_gelu_erf_f64
  ) { 0.5 * $0 * (1 + Foundation.erf($0 * 0.5.squareRoot())) }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("exactGELUGradient", float32: fledge_gelu_erf_grad_f32) { dy, x in
      let cumulative = 0.5 * (1 + Foundation.erf(x * 0.5.squareRoot()))
      return dy * (cumulative + x * Foundation.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot())
    },
    derivative: { x in
      let cumulative = ((x * 0.5.squareRoot()).erf() + 1) * 0.5
      return cumulative + x * (x.square() * -0.5).exp() * (1 / (2 * Double.pi).squareRoot())
    })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

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
