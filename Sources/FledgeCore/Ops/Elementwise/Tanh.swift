import CKernels
import Foundation

/// y = tanh x.   Shape: [*] → [*]
struct Tanh: UnaryElementwise {
  static let name = "tanh"
  static let formula = "y = tanh x"
  static let kernel = UnaryKernel(
    "tanh", float32: fledge_tanh_f32, float64: fledge_tanh_f64
  ) { Foundation.tanh($0) }

  var saves: SavedValues { .outputs }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("tanhGradient", float32: fledge_tanh_grad_f32) { $0 * (1 - $1 * $1) },
    derivative: { 1 - $0.square() })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.output)] }

  static var samples: [Sample] { Sample.elementwise(Tanh()) }
}

extension Tensor {
  /// y = tanh x.
  public func tanh() -> Tensor { apply(Tanh(), self) }
}

/// y = tanh x.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }
