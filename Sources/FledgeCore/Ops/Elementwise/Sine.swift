import CKernels
import Foundation

/// y = sin x.   Shape: [*] → [*]
struct Sine: UnaryElementwise {
  static let name = "sin"
  static let formula = "y = sin x"
  static let kernel = UnaryKernel(
    "sin", float32: fledge_sin_f32, float64: fledge_sin_f64
  ) { Foundation.sin($0) }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0).cos()] }

  static var samples: [Sample] { Sample.elementwise(Sine()) }
}

extension Tensor {
  /// y = sin x.
  public func sin() -> Tensor { apply(Sine(), self) }
}

/// y = sin x.
public func sin(_ x: Tensor) -> Tensor { x.sin() }
