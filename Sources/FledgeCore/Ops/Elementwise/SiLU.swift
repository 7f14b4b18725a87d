import CKernels

/// y = x · σ(x), the sigmoid linear unit, also called swish (Ramachandran et al. 2017).
/// Shape: [*] → [*]
struct SiLU: UnaryElementwise {
  static let name = "silu"
  static let formula = "y = x · σ(x)"
  static let kernel = UnaryKernel("silu", float32: fledge_silu_f32, float64: fledge_silu_f64) {
    $0 * Sigmoid.logistic($0)
  }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("siluGradient", float32: fledge_silu_grad_f32) { dy, x in
      let s = Sigmoid.logistic(x)
      return dy * s * (1 + x * (1 - s))
    },
    derivative: { x in
      let s = sigmoid(x)
      return s * (x * (1 - s) + 1)
    })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.input(0))] }

  static var samples: [Sample] { Sample.elementwise(SiLU()) }
}

/// y = x · σ(x).
public func silu(_ x: Tensor) -> Tensor { apply(SiLU(), x) }
