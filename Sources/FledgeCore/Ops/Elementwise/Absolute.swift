import CKernels

/// y = |x|; the gradient at 0 is 0.   Shape: [*] → [*]
struct Absolute: IntegerUnaryElementwise {
  static let name = "absolute"
  static let formula = "y = |x|; the gradient at 0 is 0"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.abs(x) }
  static let kernel = UnaryKernel(of: Absolute(), float32: fledge_abs_f32, float64: fledge_abs_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy * g.input(0).sign()] }

  static var samples: [Sample] {
    [[], [7], [2, 5], [4, 1, 3]].map { Sample(Absolute(), .distinct($0)) }
  }
}

extension Tensor {
  /// y = |x|; the gradient at 0 is 0.
  public func abs() -> Tensor { apply(Absolute(), self) }
}
