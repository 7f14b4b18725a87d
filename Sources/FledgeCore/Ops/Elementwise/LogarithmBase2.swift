/// y = log₂ x.   Shape: [*] → [*]
struct LogarithmBase2: UnaryElementwise {
  static let name = "log2"
  static let formula = "y = log₂ x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.log2(x) }
  static let kernel = UnaryKernel(of: LogarithmBase2())
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy / g.input(0) * (1 / Double.log(2))] }

  static var samples: [Sample] { Sample.elementwise(LogarithmBase2(), 0.5...4) }
}

extension Tensor {
  /// y = log₂ x.
  public func log2() -> Tensor { apply(LogarithmBase2(), self) }
}

/// y = log₂ x.
public func log2(_ x: Tensor) -> Tensor { x.log2() }
