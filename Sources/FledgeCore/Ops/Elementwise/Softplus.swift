import CKernels
import Foundation

/// y = ln(1 + eˣ), finite for every x.   Shape: [*] → [*]
struct Softplus: UnaryElementwise {
  static let name = "softplus"
  static let formula = "y = ln(1 + eˣ)"
  static var precision: AutocastRule { .full }
  static let kernel = UnaryKernel(
    "softplus", float32: fledge_softplus_f32, float64: fledge_softplus_f64
  ) { Swift.max($0, 0) + Foundation.log1p(Foundation.exp(-Swift.abs($0))) }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("softplusGradient", float32: fledge_softplus_grad_f32) {
      $0 * Sigmoid.logistic($1)
    },
    derivative: { sigmoid($0) })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

  static var samples: [Sample] { Sample.elementwise(Softplus()) }
}

/// y = ln(1 + eˣ).
public func softplus(_ x: Tensor) -> Tensor { apply(Softplus(), x) }
