import CKernels

/// y = a / b, element by element; shapes broadcast. Integers are divided as float32.
/// Shape: [*], [*] → [*]
struct Divide: BinaryElementwise {
  static let name = "divide"
  static let formula = "y = a / b, element by element"

  func value<T: ScalarNumber>(_ a: T, _ b: T) -> T { a / b }
  static let kernel = BinaryKernel(of: Divide(), float32: fledge_div_f32, float64: fledge_div_f64)
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    let b = g.input(1)
    let da = g.dy / b
    return (da, g.needs(1) ? -(da * g.input(0) / b) : nil)
  }

  static var samples: [Sample] { Sample.broadcasting(Divide(), -2...2, 0.5...3) }
}
