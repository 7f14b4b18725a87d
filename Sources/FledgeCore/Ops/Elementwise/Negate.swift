import CKernels

/// y = −x.   Shape: [*] → [*]
struct Negate: UnaryElementwise {
  static let name = "negate"
  static let formula = "y = −x"
  static let kernel = UnaryKernel(
    "negate", float32: fledge_neg_f32, float64: fledge_neg_f64, integer: { 0 &- $0 }
  ) { -$0 }
  var saves: SavedValues { .nothing }

  func gradients(_ g: GradientContext) -> Gradients { [-g.dy] }

  static var samples: [Sample] { Sample.elementwise(Negate()) }
}
