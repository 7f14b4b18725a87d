import CKernels

/// y = a + b; shapes broadcast.   Shape: [*], [*] → [*]
struct Add: BinaryElementwise {
  static let name = "add"
  static let formula = "y = a + b"
  static let kernel = BinaryKernel(
    "add", float32: fledge_add_f32, float64: fledge_add_f64, int64: fledge_add_i64,
    integer: { $0 &+ $1 }
  ) { $0 + $1 }

  var saves: SavedValues { .nothing }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) { (g.dy, g.dy) }

  static var samples: [Sample] { Sample.broadcasting(Add()) }
}
