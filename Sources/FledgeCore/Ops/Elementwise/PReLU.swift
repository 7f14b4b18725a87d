import CKernels

/// y = x where x > 0, else weight · x, with a weight that is learned (He et al. 2015); shapes
/// broadcast. The gradient at 0 is the weight.   Shape: [*], [*] → [*]
struct PReLU: BinaryElementwise {
  static let name = "prelu"
  static let formula = "y = x where x > 0, else weight · x"

  func value<T: ScalarNumber>(_ x: T, _ weight: T) -> T { T.select(x > 0, x, weight * x) }
  static let kernel = BinaryKernel(
    of: PReLU(), float32: fledge_prelu_f32, float64: fledge_prelu_f64)
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    let (x, weight) = (g.input(0), g.input(1))
    // Selected, not multiplied by 0 and 1: x may be infinite.
    let (isPositive, zero) = (x.detached() .> 0, Tensor.zeros([], dtype: g.dy.dtype))
    return (
      g.needs(0) ? Tensor.where(isPositive, g.dy, g.dy * weight) : nil,
      g.needs(1) ? Tensor.where(isPositive, zero, g.dy * x) : nil
    )
  }

  static var samples: [Sample] {
    [([], []), ([7], [7]), ([2, 3], [3]), ([2, 2, 3], [2, 1]), ([5, 4], []), ([0, 3], [3])].map {
      (x: Shape, weight: Shape) in Sample(PReLU(), .distinct(x), .uniform(weight))
    }
  }
}

/// y = x where x > 0, else weight · x.
///
/// - Parameters:
///   - x: [N, C, …], or [C] alone.
///   - weight: [1] for all channels, or [C].
public func prelu(_ x: Tensor, weight: Tensor) -> Tensor {
  let channels = x.rank < 2 ? x.count : x.shape[1]
  require(
    weight.count == 1 || weight.shape == [channels], PReLU.name,
    "needs a weight [1] or one for each channel of \(x.shape), got \(weight.shape)")
  let perChannel = [channels] + [Int](repeating: 1, count: Swift.max(x.rank - 2, 0))
  let spread: Shape = weight.count == 1 ? [] : Shape(perChannel)
  // In float32, for the weight's gradient sums products over all elements.
  return inFloat32([x, weight]) {
    Tensor.promoting(PReLU(), $0[0], $0[1].reshaped(spread))
  }
}
