import CKernels

/// y = x moved into lower…upper, either of which may be missing; the gradient is 0 outside and 1 at
/// the bounds (as in PyTorch).   Shape: [*] → [*]
struct Clamp: Activation, IntegerUnaryElementwise {
  static let name = "clamp"
  static let formula = "y = min(max(x, lower), upper)"
  let lower: Double?
  let upper: Double?

  // Not the maximum and the minimum: at a bound they would share the gradient with it.
  func value<T: ScalarArithmetic>(_ x: T) -> T {
    var y = x
    if let lower { y = T.select(y < T(lower), T(lower), y) }
    if let upper { y = T.select(y > T(upper), T(upper), y) }
    return y
  }
  var kernel: UnaryKernel {
    let (lower, upper) = (Float(lower ?? -.infinity), Float(upper ?? .infinity))
    return UnaryKernel(of: self, float32: { fledge_clamp_f32($0, lower, upper, $1, $2) })
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let type = inputs[0]
    require(
      lower?.isNaN != true && upper?.isNaN != true, Self.name, "a bound is NaN, got "
        + "\(lower.map { "\($0)" } ?? "none") and \(upper.map { "\($0)" } ?? "none")")
    guard let integers = type.dtype.integers else { return type }
    let upper = upper ?? .infinity
    let lower = Swift.min(lower ?? -.infinity, upper)
    require(
      lower < Double(integers.upperBound) + 1 && upper >= Double(integers.lowerBound), Self.name,
      "\(type.dtype) has no number in \(lower)…\(upper), cast first")
    return type
  }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    var dx = dy
    if let lower { dx = T.select(x < T(lower), 0, dx) }
    if let upper { dx = T.select(x > T(upper), 0, dx) }
    return dx
  }
  var gradientKernel: BinaryKernel {
    let (lower, upper) = (Float(lower ?? -.infinity), Float(upper ?? .infinity))
    return BinaryKernel(
      gradientOf: self,
      float32: { fledge_clamp_grad_f32($0, $1, $2, $3, lower, upper, $4, $5) })
  }

  static var samples: [Sample] {
    [
      Sample(Clamp(lower: -0.5625, upper: 0.75), .distinct([2, 5])),
      Sample(Clamp(lower: nil, upper: 0.25), .distinct([7])),
      Sample(Clamp(lower: 0.25, upper: nil), .distinct([])),
      Sample(Clamp(lower: 1, upper: 3), .indices([2, 5], below: 6)),
    ]
  }
}

extension Tensor {
  /// Each element moved into lower...upper; the gradient is 0 outside and 1 at the bounds (as in
  /// PyTorch). Integers become float32 if a bound is a fraction.
  public func clamped(min lower: Double? = nil, max upper: Double? = nil) -> Tensor {
    if lower == nil && upper == nil { return self }
    let fits = dtype.isFloatingPoint || [lower, upper].allSatisfy { $0 == $0?.rounded() }
    let x = fits ? self : cast(to: .float32)
    // An element that equals a bound in its own precision is not outside.
    func rounded(_ bound: Double) -> Double {
      x.dtype.isFloatingPoint ? x.dtype.nearest(to: bound) : bound
    }
    return apply(Clamp(lower: lower.map(rounded), upper: upper.map(rounded)), x)
  }
}
