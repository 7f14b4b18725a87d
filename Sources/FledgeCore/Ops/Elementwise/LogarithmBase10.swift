/// y = log₁₀ x.   Shape: [*] → [*]
struct LogarithmBase10: UnaryElementwise {
  static let name = "log10"
  static let formula = "y = log₁₀ x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.log10(x) }
  static let kernel = UnaryKernel(of: LogarithmBase10())
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy / g.input(0) * (1 / Double.log(10))] }

  static var samples: [Sample] { Sample.elementwise(LogarithmBase10(), 0.5...4) }
}

extension Tensor {
  /// y = log₁₀ x.
  public func log10() -> Tensor { apply(LogarithmBase10(), self) }
}

/// y = log₁₀ x.
public func log10(_ x: Tensor) -> Tensor { x.log10() }
