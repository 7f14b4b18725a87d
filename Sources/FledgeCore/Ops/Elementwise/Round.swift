import CKernels

/// y = the nearest integer, ties to even; its gradient is 0.   Shape: [*] → [*]
struct Round: IntegerUnaryElementwise {
  static let name = "round"
  static let formula = "y = the nearest integer, ties to even; its gradient is 0"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.round(x) }
  static let kernel = UnaryKernel(of: Round(), float32: fledge_round_f32, float64: fledge_round_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [[], [7], [2, 5], [4, 1, 3]].map { Sample(Round(), .distinct($0)) }
  }
}

extension Tensor {
  /// y = the nearest integer, ties to even; its gradient is 0.
  public func rounded() -> Tensor { apply(Round(), self) }
}
