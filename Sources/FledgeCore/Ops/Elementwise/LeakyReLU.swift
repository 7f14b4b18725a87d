import CKernels

/// y = x where x > 0, else slope · x (Maas et al. 2013); the gradient at 0 is the slope.
/// Shape: [*] → [*]
struct LeakyReLU: Activation {
  static let name = "leakyReLU"
  static let formula = "y = x where x > 0, else slope · x"
  let slope: Double

  func value<T: ScalarNumber>(_ x: T) -> T { T.select(x > 0, x, T(slope) * x) }
  var kernel: UnaryKernel {
    let slope = Float(slope)
    return UnaryKernel(of: self, float32: { fledge_leaky_relu_f32($0, slope, $1, $2) })
  }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T { T.select(x > 0, dy, T(slope) * dy) }
  var gradientKernel: BinaryKernel {
    let slope = Float(slope)
    return BinaryKernel(
      gradientOf: self, float32: { fledge_leaky_relu_grad_f32($0, $1, $2, $3, slope, $4, $5) })
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let type = inputs[0].asFloatingPoint
    requireFinite(slope, "the slope", for: type.dtype, Self.name)
    return type
  }

  static var samples: [Sample] {
    [[], [3], [2, 5], [0, 3]].map { Sample(LeakyReLU(slope: 0.1), .distinct($0)) }
  }
}

/// y = x where x > 0, else slope · x.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  apply(LeakyReLU(slope: slope), x)
}
