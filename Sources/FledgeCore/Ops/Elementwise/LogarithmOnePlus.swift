import CKernels

/// y = ln(1 + x), exact near 0.   Shape: [*] → [*]
struct LogarithmOnePlus: UnaryElementwise {
  static let name = "log1p"
  static let formula = "y = ln(1 + x), exact near 0"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.log1p(x) }
  static let kernel = UnaryKernel(
    of: LogarithmOnePlus(), float32: fledge_log1p_f32, float64: fledge_log1p_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy / (g.input(0) + 1)] }

  static var samples: [Sample] { Sample.elementwise(LogarithmOnePlus(), -0.5...4) }
}

extension Tensor {
  /// y = ln(1 + x), exact near 0.
  public func log1p() -> Tensor { apply(LogarithmOnePlus(), self) }
}

/// y = ln(1 + x), exact near 0.
public func log1p(_ x: Tensor) -> Tensor { x.log1p() }
