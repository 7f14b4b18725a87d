import CKernels

/// y = ln(1 + eˣ), finite for every x.   Shape: [*] → [*]
struct Softplus: Activation {
  static let name = "softplus"
  static let formula = "y = ln(1 + eˣ)"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ x: T) -> T { T.softplus(x) }
  static let kernel = UnaryKernel(
    of: Softplus(), float32: fledge_softplus_f32, float64: fledge_softplus_f64)
  var kernel: UnaryKernel { Self.kernel }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T { dy * T.sigmoid(x) }
  static let gradientKernel = BinaryKernel(
    gradientOf: Softplus(), float32: fledge_softplus_grad_f32, float64: fledge_softplus_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(Softplus()) }
}

/// y = ln(1 + eˣ).
public func softplus(_ x: Tensor) -> Tensor { apply(Softplus(), x) }
