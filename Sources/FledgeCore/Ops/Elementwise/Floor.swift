import CKernels

/// y = ⌊x⌋; its gradient is 0.   Shape: [*] → [*]
struct Floor: IntegerUnaryElementwise {
  static let name = "floor"
  static let formula = "y = ⌊x⌋; its gradient is 0"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.floor(x) }
  static let kernel = UnaryKernel(of: Floor(), float32: fledge_floor_f32, float64: fledge_floor_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [[], [7], [2, 5], [4, 1, 3]].map { Sample(Floor(), .distinct($0)) }
  }
}

extension Tensor {
  /// y = ⌊x⌋; its gradient is 0.
  public func floor() -> Tensor { apply(Floor(), self) }
}
