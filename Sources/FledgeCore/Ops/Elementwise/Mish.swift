import CKernels
import Foundation

/// y = x · tanh(ln(1 + eˣ)) (Misra 2019).   Shape: [*] → [*]
struct Mish: UnaryElementwise {
  static let name = "mish"
  static let formula = "y = x · tanh(ln(1 + eˣ))"
  static let kernel = UnaryKernel("mish", float32: fledge_mish_f32) {
    $0 * Foundation.tanh(softplus($0))
  }

  private static func softplus(_ x: Double) -> Double {
    Swift.max(x, 0) + Foundation.log1p(Foundation.exp(-Swift.abs(x)))
  }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("mishGradient", float32: fledge_mish_grad_f32) { dy, x in
      let t = Foundation.tanh(softplus(x))
      return dy * (t + x * (1 - t * t) * Sigmoid.logistic(x))
    },
    derivative: { x in
      let t = FledgeCore.softplus(x).tanh()
      return t + x * (1 - t.square()) * sigmoid(x)
    })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

  static var samples: [Sample] { Sample.elementwise(Mish()) }
}

/// y = x · tanh(ln(1 + eˣ)).
public func mish(_ x: Tensor) -> Tensor { apply(Mish(), x) }
