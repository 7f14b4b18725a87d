import CKernels

/// y = sin x.   Shape: [*] → [*]
struct Sine: UnaryElementwise {
  static let name = "sin"
  static let formula = "y = sin x"

  func value<T: ScalarNumber>(_ x: T) -> T { T.sin(x) }
  static let kernel = UnaryKernel(of: Sine(), float32: fledge_sin_f32, float64: fledge_sin_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0).cos()] }

  static var samples: [Sample] { Sample.elementwise(Sine()) }
}

extension Tensor {
  /// y = sin x.
  public func sin() -> Tensor { apply(Sine(), self) }
}

/// y = sin x.
public func sin(_ x: Tensor) -> Tensor { x.sin() }
