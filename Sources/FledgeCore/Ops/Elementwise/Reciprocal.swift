import CKernels

/// y = 1/x.   Shape: [*] → [*]
struct Reciprocal: UnaryElementwise {
  static let name = "reciprocal"
  static let formula = "y = 1/x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { 1 / x }
  static let kernel = UnaryKernel(
    of: Reciprocal(), float32: fledge_reciprocal_f32, float64: fledge_reciprocal_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradients(_ g: GradientContext) -> Gradients { [-(g.dy * g.output * g.output)] }

  static var samples: [Sample] { Sample.elementwise(Reciprocal(), 0.5...3) }
}

extension Tensor {
  /// y = 1/x.
  public func reciprocal() -> Tensor { apply(Reciprocal(), self) }
}
