import CKernels

/// y = ⌈x⌉; its gradient is 0.   Shape: [*] → [*]
struct Ceiling: IntegerUnaryElementwise {
  static let name = "ceil"
  static let formula = "y = ⌈x⌉; its gradient is 0"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.ceil(x) }
  static let kernel = UnaryKernel(of: Ceiling(), float32: fledge_ceil_f32, float64: fledge_ceil_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [[], [7], [2, 5], [4, 1, 3]].map { Sample(Ceiling(), .distinct($0)) }
  }
}

extension Tensor {
  /// y = ⌈x⌉; its gradient is 0.
  public func ceil() -> Tensor { apply(Ceiling(), self) }
}
