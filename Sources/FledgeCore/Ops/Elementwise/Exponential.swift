import CKernels

/// y = eˣ.   Shape: [*] → [*]
struct Exponential: UnaryElementwise {
  static let name = "exp"
  static let formula = "y = eˣ"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.exp(x) }
  static let kernel = UnaryKernel(
    of: Exponential(), float32: fledge_exp_f32, float64: fledge_exp_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.output] }

  static var samples: [Sample] { Sample.elementwise(Exponential()) }
}

extension Tensor {
  /// y = eˣ.
  public func exp() -> Tensor { apply(Exponential(), self) }
}

/// y = eˣ.
public func exp(_ x: Tensor) -> Tensor { x.exp() }
