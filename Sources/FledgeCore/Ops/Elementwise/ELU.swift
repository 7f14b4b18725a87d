import CKernels

/// y = x where x > 0, else α (eˣ − 1), the exponential linear unit (Clevert et al. 2016).
/// Shape: [*] → [*]
struct ELU: Activation {
  static let name = "elu"
  static let formula = "y = x where x > 0, else α (eˣ − 1)"
  let alpha: Double

  func value<T: ScalarNumber>(_ x: T) -> T {
    // The exponential of what it is used for: it is infinite for large x.
    T.select(x > 0, x, T(alpha) * T.expm1(T.select(x > 0, 0, x)))
  }
  var kernel: UnaryKernel {
    let alpha = Float(alpha)
    return UnaryKernel(of: self, float32: { fledge_elu_f32($0, alpha, $1, $2) })
  }

  var saves: SavedValues { .outputs }

  func gradient<T: ScalarNumber>(_ dy: T, _ y: T) -> T {
    T.select(y > 0, dy, dy * (y + T(alpha)))
  }
  var gradientKernel: BinaryKernel {
    let alpha = Float(alpha)
    return BinaryKernel(
      gradientOf: self, float32: { fledge_elu_grad_f32($0, $1, $2, $3, alpha, $4, $5) })
  }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(alpha >= 0, Self.name, "α cannot be negative, got \(alpha)")
    let type = inputs[0].asFloatingPoint
    requireFinite(alpha, "α", for: type.dtype, Self.name)
    return type
  }

  static var samples: [Sample] {
    [[], [3], [2, 5], [0, 3]].map { Sample(ELU(alpha: 1.3), .distinct($0)) }
  }
}

/// y = x where x > 0, else α (eˣ − 1).
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor { apply(ELU(alpha: alpha), x) }

/// y = s · x where x > 0, else s · α (eˣ − 1), with the α and s for which activations keep mean 0 and
/// variance 1 from layer to layer (Klambauer et al. 2017).   Shape: [*] → [*]
public func selu(_ x: Tensor) -> Tensor {
  inFloat32([x]) { elu($0[0], alpha: 1.6732632423543772) * 1.0507009873554805 }
}
