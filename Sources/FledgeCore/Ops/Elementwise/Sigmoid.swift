import CKernels

/// y = σ(x) = 1 / (1 + e⁻ˣ), finite for every x.   Shape: [*] → [*]
struct Sigmoid: Activation {
  static let name = "sigmoid"
  static let formula = "y = 1 / (1 + e⁻ˣ)"

  func value<T: ScalarNumber>(_ x: T) -> T { T.sigmoid(x) }
  static let kernel = UnaryKernel(
    of: Sigmoid(), float32: fledge_sigmoid_f32, float64: fledge_sigmoid_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradient<T: ScalarNumber>(_ dy: T, _ y: T) -> T { dy * (y * (1 - y)) }
  static let gradientKernel = BinaryKernel(
    gradientOf: Sigmoid(), float32: fledge_sigmoid_grad_f32, float64: fledge_sigmoid_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(Sigmoid()) }
}

/// y = 1 / (1 + e⁻ˣ).
public func sigmoid(_ x: Tensor) -> Tensor { apply(Sigmoid(), x) }
