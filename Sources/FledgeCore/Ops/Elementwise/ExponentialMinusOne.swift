import CKernels

/// y = eˣ − 1, exact near 0.   Shape: [*] → [*]
struct ExponentialMinusOne: UnaryElementwise {
  static let name = "expm1"
  static let formula = "y = eˣ − 1, exact near 0"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.expm1(x) }
  static let kernel = UnaryKernel(
    of: ExponentialMinusOne(), float32: fledge_expm1_f32, float64: fledge_expm1_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * (g.output + 1)] }

  static var samples: [Sample] { Sample.elementwise(ExponentialMinusOne()) }
}

extension Tensor {
  /// y = eˣ − 1, exact near 0.
  public func expm1() -> Tensor { apply(ExponentialMinusOne(), self) }
}

/// y = eˣ − 1, exact near 0.
public func expm1(_ x: Tensor) -> Tensor { x.expm1() }
