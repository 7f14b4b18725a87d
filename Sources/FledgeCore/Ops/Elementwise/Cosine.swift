import CKernels

/// y = cos x.   Shape: [*] → [*]
struct Cosine: UnaryElementwise {
  static let name = "cos"
  static let formula = "y = cos x"

  func value<T: ScalarNumber>(_ x: T) -> T { T.cos(x) }
  static let kernel = UnaryKernel(of: Cosine(), float32: fledge_cos_f32, float64: fledge_cos_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [-(g.dy * g.input(0).sin())] }

  static var samples: [Sample] { Sample.elementwise(Cosine()) }
}

extension Tensor {
  /// y = cos x.
  public func cos() -> Tensor { apply(Cosine(), self) }
}

/// y = cos x.
public func cos(_ x: Tensor) -> Tensor { x.cos() }
