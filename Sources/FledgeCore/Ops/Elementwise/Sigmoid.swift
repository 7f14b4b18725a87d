import CKernels
import Foundation

/// y = σ(x) = 1 / (1 + e⁻ˣ), finite for every x.   Shape: [*] → [*]
struct Sigmoid: UnaryElementwise {
  static let name = "sigmoid"
  static let formula = "y = 1 / (1 + e⁻ˣ)"
  static let kernel = UnaryKernel(
    "sigmoid", float32: fledge_sigmoid_f32, float64: fledge_sigmoid_f64, reference: logistic)

  /// e^x overflows for large x and e^−x for small; each is used on its own side.
  static let logistic: @Sendable (Double) -> Double = { x in
    if x >= 0 { return 1 / (1 + Foundation.exp(-x)) }
    let e = Foundation.exp(x)
    return e / (1 + e)
  }

  var saves: SavedValues { .outputs }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("sigmoidGradient", float32: fledge_sigmoid_grad_f32) {
      $0 * $1 * (1 - $1)
    },
    derivative: { $0 * (1 - $0) })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.output)] }

  static var samples: [Sample] { Sample.elementwise(Sigmoid()) }
}

/// y = 1 / (1 + e⁻ˣ).
public func sigmoid(_ x: Tensor) -> Tensor { apply(Sigmoid(), x) }
