import CKernels

/// y = the nearest integer, ties to even; its gradient is 0.   Shape: [*] → [*]
struct Round: UnaryElementwise {
  static let name = "round"
  static let formula = "y = the nearest integer, ties to even; its gradient is 0"
  static let kernel = UnaryKernel(
    "round", float32: fledge_round_f32, float64: fledge_round_f64, integer: { $0 }
  ) { $0.rounded(.toNearestOrEven) }
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
