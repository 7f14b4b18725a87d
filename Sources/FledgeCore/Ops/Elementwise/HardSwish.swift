import CKernels

/// y = x · min(max(x + 3, 0), 6) / 6, which approximates SiLU in three pieces (Howard et al. 2019).
/// Shape: [*] → [*]
struct HardSwish: Activation {
  static let name = "hardSwish"
  static let formula = "y = x · min(max(x + 3, 0), 6) / 6"

  func value<T: ScalarNumber>(_ x: T) -> T {
    T.select(x < -3, 0, T.select(x > 3, x, x * (x + 3) / 6))
  }
  static let kernel = UnaryKernel(of: HardSwish(), float32: fledge_hard_swish_f32)
  var kernel: UnaryKernel { Self.kernel }

  func gradient<T: ScalarNumber>(_ dy: T, _ x: T) -> T {
    T.select(x < -3, 0, T.select(x > 3, dy, dy * (x / 3 + 0.5)))
  }
  static let gradientKernel = BinaryKernel(
    gradientOf: HardSwish(), float32: fledge_hard_swish_grad_f32)
  var gradientKernel: BinaryKernel { Self.gradientKernel }

  static var samples: [Sample] {
    [[], [3], [2, 5], [7, 5]].map { Sample(HardSwish(), .distinct($0)) }
  }
}

/// y = x · min(max(x + 3, 0), 6) / 6.
public func hardSwish(_ x: Tensor) -> Tensor { apply(HardSwish(), x) }
