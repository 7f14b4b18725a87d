import CKernels

/// y = √x.   Shape: [*] → [*]
struct SquareRoot: UnaryElementwise {
  static let name = "sqrt"
  static let formula = "y = √x"

  func value<T: ScalarNumber>(_ x: T) -> T { T.sqrt(x) }
  static let kernel = UnaryKernel(
    of: SquareRoot(), float32: fledge_sqrt_f32, float64: fledge_sqrt_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * 0.5 / g.output] }

  static var samples: [Sample] { Sample.elementwise(SquareRoot(), 0.5...4) }
}

extension Tensor {
  /// y = √x.
  public func sqrt() -> Tensor { apply(SquareRoot(), self) }
}

/// y = √x.
public func sqrt(_ x: Tensor) -> Tensor { x.sqrt() }
