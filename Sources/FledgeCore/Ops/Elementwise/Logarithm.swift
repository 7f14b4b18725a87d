import CKernels

/// y = ln x.   Shape: [*] → [*]
struct Logarithm: UnaryElementwise {
  static let name = "log"
  static let formula = "y = ln x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.log(x) }
  static let kernel = UnaryKernel(of: Logarithm(), float32: fledge_log_f32, float64: fledge_log_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy / g.input(0)] }

  static var samples: [Sample] { Sample.elementwise(Logarithm(), 0.5...4) }
}

extension Tensor {
  /// y = ln x.
  public func log() -> Tensor { apply(Logarithm(), self) }
}

/// y = ln x.
public func log(_ x: Tensor) -> Tensor { x.log() }
