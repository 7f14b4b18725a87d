import CKernels

/// y = x moved into lower…upper, as an activation: the gradient is 0 at the bounds, too (as in
/// PyTorch), where that of ``Clamp`` is 1.   Shape: [*] → [*]
struct HardTanh: Activation {
  static let name = "hardTanh"
  static let formula = "y = min(max(x, lower), upper)"
  let lower: Double
  let upper: Double

  func value<T: ScalarNumber>(_ x: T) -> T {
    T.select(x <= T(lower), T(lower), T.select(x >= T(upper), T(upper), x))
  }
  var kernel: UnaryKernel {
    let (lower, upper) = (Float(lower), Float(upper))
    return UnaryKernel(of: self, float32: { fledge_clamp_f32($0, lower, upper, $1, $2) })
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(lower < upper, Self.name, "needs lower < upper, got \(lower) and \(upper)")
    return inputs[0].asFloatingPoint
  }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    T.select(x <= T(lower), 0, T.select(x >= T(upper), 0, dy))
  }
  var gradientKernel: BinaryKernel {
    // Not at the bounds: within those that are one step of a float32 narrower.
    let (lower, upper) = (Float(lower).nextUp, Float(upper).nextDown)
    return BinaryKernel(
      gradientOf: self,
      float32: { fledge_clamp_grad_f32($0, $1, $2, $3, lower, upper, $4, $5) })
  }

  static var samples: [Sample] {
    [[], [3], [2, 5], [0, 3]].map { Sample(HardTanh(lower: -0.5625, upper: 0.75), .distinct($0)) }
  }
}

/// y = x moved into lower…upper; the gradient is 1 between the bounds, and 0 elsewhere.
public func hardTanh(_ x: Tensor, min lower: Double = -1, max upper: Double = 1) -> Tensor {
  let x = x.asFloatingPoint
  // An element that equals a bound in its own precision is at it.
  let (lower, upper) = (x.dtype.nearest(to: lower), x.dtype.nearest(to: upper))
  return apply(HardTanh(lower: lower, upper: upper), x)
}

/// y = min(max(x, 0), 6), which keeps activations within the range of low precision (Howard et al.
/// 2017).
public func relu6(_ x: Tensor) -> Tensor { hardTanh(x, min: 0, max: 6) }
