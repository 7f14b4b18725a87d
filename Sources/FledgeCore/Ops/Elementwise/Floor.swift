import CKernels

/// y = ⌊x⌋; its gradient is 0.   Shape: [*] → [*]
struct Floor: UnaryElementwise {
  static let name = "floor"
  static let formula = "y = ⌊x⌋; its gradient is 0"
  static let kernel = UnaryKernel(
    "floor", float32: fledge_floor_f32, float64: fledge_floor_f64, integer: { $0 }
  ) { $0.rounded(.down) }
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
