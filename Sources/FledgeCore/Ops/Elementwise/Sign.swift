import CKernels

/// y = −1, 0 or 1; its gradient is 0.   Shape: [*] → [*]
struct Sign: IntegerUnaryElementwise {
  static let name = "sign"
  static let formula = "y = −1, 0 or 1; its gradient is 0"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.sign(x) }
  static let kernel = UnaryKernel(of: Sign(), float32: fledge_sign_f32, float64: fledge_sign_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [[], [7], [2, 5], [4, 1, 3]].map { Sample(Sign(), .distinct($0)) }
  }
}

extension Tensor {
  /// y = −1, 0 or 1; its gradient is 0.
  public func sign() -> Tensor { apply(Sign(), self) }
}
