import CKernels

/// y = max(x, 0); the gradient at 0 is 0.   Shape: [*] → [*]
struct ReLU: UnaryElementwise {
  static let name = "relu"
  static let formula = "y = max(x, 0)"
  static let kernel = UnaryKernel(
    "relu", float32: fledge_relu_f32, float64: fledge_relu_f64, integer: { Swift.max($0, 0) }
  ) { $0 > 0 || $0.isNaN ? $0 : 0 }

  // The output says as well as the input where x > 0, and is alive anyway as the next layer's input.
  var saves: SavedValues { .outputs }

  static let gradient = ActivationGradient(
    kernel: BinaryKernel("reluGradient", float32: fledge_relu_grad_f32) { $1 > 0 ? $0 : 0 },
    derivative: { ($0 .> 0).cast(to: $0.dtype) })

  func gradients(_ g: GradientContext) -> Gradients { [apply(Self.gradient, g.dy, g.output)] }

  static var samples: [Sample] { [[], [3], [2, 5]].map { Sample(ReLU(), .distinct($0)) } }
}

/// y = max(x, 0).
public func relu(_ x: Tensor) -> Tensor { apply(ReLU(), x) }
