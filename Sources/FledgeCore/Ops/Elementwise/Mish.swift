import CKernels

/// y = x · tanh(ln(1 + eˣ)) (Misra 2019); 0 at −∞.   Shape: [*] → [*]
struct Mish: Activation {
  static let name = "mish"
  static let formula = "y = x · tanh(ln(1 + eˣ))"

  func value<T: ScalarNumber>(_ x: T) -> T { x.boundedBelow * T.tanh(T.softplus(x)) }
  static let kernel = UnaryKernel(of: Mish(), float32: fledge_mish_f32)
  var kernel: UnaryKernel { Self.kernel }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    let t = T.tanh(T.softplus(x))
    return dy * (t + x.bounded * (1 - t * t) * T.sigmoid(x))
  }
  static let gradientKernel = BinaryKernel(gradientOf: Mish(), float32: fledge_mish_grad_f32)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] { Sample.elementwise(Mish()) }
}

/// y = x · tanh(ln(1 + eˣ)).
public func mish(_ x: Tensor) -> Tensor { apply(Mish(), x) }
