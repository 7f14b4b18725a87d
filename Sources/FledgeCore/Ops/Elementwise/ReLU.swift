import CKernels

/// y = max(x, 0); the gradient at 0 is 0.   Shape: [*] → [*]
struct ReLU: Activation, IntegerUnaryElementwise {
  static let name = "relu"
  static let formula = "y = max(x, 0)"

  func value<T: ScalarArithmetic>(_ x: T) -> T { T.select(x <= 0, 0, x) }
  static let kernel = UnaryKernel(of: ReLU(), float32: fledge_relu_f32, float64: fledge_relu_f64)
  var kernel: UnaryKernel { Self.kernel }

  // The output says as well as the input where x > 0, and is alive anyway as the next layer's input.
  var saves: SavedValues { .outputs }

  func gradient<T: ScalarNumber>(_ dy: T, _ y: T) -> T { T.select(y <= 0, 0, dy) }
  static let gradientKernel = BinaryKernel(
    gradientOf: ReLU(), float32: fledge_relu_grad_f32, float64: fledge_relu_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { [[], [3], [2, 5]].map { Sample(ReLU(), .distinct($0)) } }
}

/// y = max(x, 0).
public func relu(_ x: Tensor) -> Tensor { apply(ReLU(), x) }
