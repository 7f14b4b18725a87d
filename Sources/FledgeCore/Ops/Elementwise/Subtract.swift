import CKernels

/// y = a − b; shapes broadcast.   Shape: [*], [*] → [*]
struct Subtract: BinaryElementwise {
  static let name = "subtract"
  static let formula = "y = a − b"
  static let kernel = BinaryKernel(
    "subtract", float32: fledge_sub_f32, float64: fledge_sub_f64, int64: fledge_sub_i64,
    integer: { $0 &- $1 }
  ) { $0 - $1 }

  var saves: SavedValues { .nothing }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    (g.dy, g.needs(1) ? -g.dy : nil)
  }

  static var samples: [Sample] { Sample.broadcasting(Subtract()) }
}
