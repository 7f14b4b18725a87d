import CKernels

/// y = tanh x.   Shape: [*] → [*]
struct Tanh: Activation {
  static let name = "tanh"
  static let formula = "y = tanh x"

  func value<T: ScalarNumber>(_ x: T) -> T { T.tanh(x) }
  static let kernel = UnaryKernel(of: Tanh(), float32: fledge_tanh_f32, float64: fledge_tanh_f64)
  var kernel: UnaryKernel { Self.kernel }

  var saves: SavedValues { .outputs }

  func gradient<T: ScalarNumber>(_ dy: T, _ y: T) -> T { dy * (1 - y * y) }
  static let gradientKernel = BinaryKernel(
    gradientOf: Tanh(), float32: fledge_tanh_grad_f32, float64: fledge_tanh_grad_f64)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(Tanh()) }
}

extension Tensor {
  /// y = tanh x.
  public func tanh() -> Tensor { apply(Tanh(), self) }
}

/// y = tanh x.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }
