import CKernels
import Foundation

/// y = cos x.   Shape: [*] → [*]
struct Cosine: UnaryElementwise {
  static let name = "cos"
  static let formula = "y = cos x"
  static let kernel = UnaryKernel(
    "cos", float32: fledge_cos_f32, float64: fledge_cos_f64
  ) { Foundation.cos($0) }

  func gradients(_ g: GradientContext) -> Gradients { [-(g.dy * g.input(0).sin())] }

  static var samples: [Sample] { Sample.elementwise(Cosine()) }
}

extension Tensor {
  /// y = cos x.
  public func cos() -> Tensor { apply(Cosine(), self) }
}

/// y = cos x.
public func cos(_ x: Tensor) -> Tensor { x.cos() }
