import CKernels
import Foundation

/// y = ln x.   Shape: [*] → [*]
struct Logarithm: UnaryElementwise {
  static let name = "log"
  static let formula = "y = ln x"
  static var precision: AutocastRule { .full }
  static let kernel = UnaryKernel(
    "log", float32: fledge_log_f32, float64: fledge_log_f64
  ) { Foundation.log($0) }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy / g.input(0)] }

  static var samples: [Sample] { Sample.elementwise(Logarithm(), 0.5...4) }
}

extension Tensor {
  /// y = ln x.
  public func log() -> Tensor { apply(Logarithm(), self) }
}

/// y = ln x.
public func log(_ x: Tensor) -> Tensor { x.log() }
