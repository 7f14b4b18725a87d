import CKernels

/// y = x where x > 0, else slope · x (Maas et al. 2013); the gradient at 0 is the slope.
/// Shape: [*] → [*]
struct LeakyReLU: FusedPrimitive {
  static let name = "leakyReLU"
  static let formula = "y = x where x > 0, else slope · x"
  let slope: Double

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireFloatingPoint(inputs, Self.name)
    return inputs
  }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    inputs[0].mapped { fledge_leaky_relu_f32($0, Float(slope), $1, $2) }
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(LeakyReLUGradient(slope: slope), g.dy, g.input(0))]
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [Tensor.where(inputs[0] .> 0, inputs[0], inputs[0] * slope)]
  }

  static var samples: [Sample] {
    [[], [3], [2, 5], [0, 3]].map { Sample(LeakyReLU(slope: 0.1), .distinct($0)) }
  }
}

/// dx = dy where x > 0, else slope · dy.   Shape: [*], [*] → [*]
struct LeakyReLUGradient: FusedPrimitive {
  static let name = "leakyReLUGradient"
  static let formula = "dx = dy where x > 0, else slope · dy"
  let slope: Double

  func outputTypes(of inputs: TensorTypes) -> TensorTypes { [inputs[1]] }

  func fused(_ inputs: Tensors, on backend: any Backend) -> Tensors? {
    inputs[0].zipped(with: inputs[1]) { fledge_leaky_relu_grad_f32($0, $1, Float(slope), $2, $3) }
  }

  func composed(_ inputs: Tensors) -> Tensors? {
    [Tensor.where(inputs[1] .> 0, inputs[0], inputs[0] * slope)]
  }

  static var samples: [Sample] {
    [Sample(LeakyReLUGradient(slope: 0.1), .uniform([2, 5]), .distinct([2, 5]))]
  }
}

/// y = x where x > 0, else slope · x.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  apply(LeakyReLU(slope: slope), x)
}

// What activations with a parameter need: an elementwise pass over float32 elements, nil for other
// types.
extension Tensor {
  func mapped(
    _ kernel: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensors? {
    guard dtype == .float32 else { return nil }
    let x = contiguous()
    let y = Tensor(uninitialized: shape, .float32)
    let (px, py) = (x.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forElements(count) {
      kernel(px + $0.lowerBound, py + $0.lowerBound, $0.count)
    }
    withExtendedLifetime(x) {}
    return [y]
  }

  func zipped(
    with other: Tensor,
    _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensors? {
    guard dtype == .float32 else { return nil }
    let (a, b) = (contiguous(), other.contiguous())
    let y = Tensor(uninitialized: shape, .float32)
    let (pa, pb, py) = (a.pointer(Float.self), b.pointer(Float.self), y.pointer(Float.self))
    ThreadPool.forElements(count) {
      kernel(pa + $0.lowerBound, pb + $0.lowerBound, py + $0.lowerBound, $0.count)
    }
    withExtendedLifetime((a, b)) {}
    return [y]
  }
}
