import CKernels

/// y = x · min(max(x + 3, 0), 6) / 6, SiLU in three straight and curved pieces (Howard et al. 2019).
/// Shape: [*] → [*]
struct HardSwish: UnaryElementwise {
  static let name = "hardSwish"
  static let formula = "y = x · min(max(x + 3, 0), 6) / 6"
  static let kernel = UnaryKernel("hardSwish", float32: fledge_hard_swish_f32) {
    $0 <= -3 ? 0 : $0 * Swift.min($0 + 3, 6) / 6
  }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("hardSwishGradient", float32: fledge_hard_swish_grad_f32) { dy, x in
      x < -3 ? 0 : x > 3 ? dy : dy * (x / 3 + 0.5)
    },
    derivative: { x in
      let inside = Tensor.where(x .> 3, x.operand(1), x * (1.0 / 3) + 0.5)
      return Tensor.where(x .< -3, x.operand(0), inside)
    })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

  static var samples: [Sample] {
    [[], [3], [2, 5], [7, 5]].map { Sample(HardSwish(), .distinct($0)) }
  }
}

/// y = x · min(max(x + 3, 0), 6) / 6.
public func hardSwish(_ x: Tensor) -> Tensor { apply(HardSwish(), x) }
