/// The angle of the point (x, y) from the x axis, −π…π, from y and x; shapes broadcast. The gradient
/// at the origin and at infinity is 0.   Shape: [*], [*] → [*]
struct ATan2: BinaryElementwise {
  static let name = "atan2"
  static let formula = "angle of the point (x, y), from y and x"
  static var precision: AutocastRule { .full }

  func value<T: ScalarNumber>(_ y: T, _ x: T) -> T { T.atan2(y, x) }
  static let kernel = BinaryKernel(of: ATan2())
  var kernel: BinaryKernel { Self.kernel }

  func partials(_ g: GradientContext) -> (Tensor?, Tensor?) {
    let dtype = g.dy.dtype
    let (y, x, dy) = (
      g.input(0).cast(to: dtype.ofStatistics), g.input(1).cast(to: dtype.ofStatistics),
      g.dy.cast(to: dtype.ofStatistics)
    )
    let (ordinate, abscissa) = (TensorNumber.tensor(y), TensorNumber.tensor(x))
    func partial(_ angle: Dual<TensorNumber>) -> Tensor {
      (dy * angle.derivative.tensor(like: dy)).cast(to: dtype)
    }
    return (
      g.needs(0) ? partial(value(Dual(ordinate, derivative: 1), Dual(constant: abscissa))) : nil,
      g.needs(1) ? partial(value(Dual(constant: ordinate), Dual(abscissa, derivative: 1))) : nil
    )
  }

  static var samples: [Sample] { Sample.broadcasting(ATan2(), 0.3...2, -2...2) }
}

/// The angle of the point (x, y) from the x axis, −π…π, element by element; shapes broadcast. The
/// gradient at the origin is 0.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor { Tensor.promoting(ATan2(), y, x) }
