/// y = the position of the first largest or smallest element along an axis; NaN wins.
/// Shape: [a…, n, b…] → int64 [a…, 1, b…]
struct ArgExtremum: Primitive {
  static let name = "argmax"
  static let formula = "y = the position of the largest (smallest) x along an axis"
  let axis: Int
  let largest: Bool

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    require(
      inputs[0].shape[axis] > 0, largest ? "argmax" : "argmin",
      "of no elements: shape \(inputs[0].shape) along axis \(axis)")
    return [TensorType(shape: inputs[0].shape.collapsing([axis]), dtype: .int64)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.argReduce(inputs[0], axis: axis, largest: largest)]
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil] }

  static var samples: [Sample] {
    [true, false].flatMap { largest in
      [
        Sample(ArgExtremum(axis: 0, largest: largest), .distinct([7])),
        Sample(ArgExtremum(axis: 1, largest: largest), .distinct([4, 33])),
        Sample(ArgExtremum(axis: 0, largest: largest), .distinct([5, 4])),
        Sample(ArgExtremum(axis: 1, largest: largest), .indices([4, 9], below: 3)),
      ]
    }
  }
}

extension Tensor {
  func argExtremum(_ axis: Int?, largest: Bool, keepDims: Bool) -> Tensor {
    guard let axis else {
      let flat = apply(ArgExtremum(axis: 0, largest: largest), reshaped([count]))
      return flat.reshaped(keepDims ? Shape([Int](repeating: 1, count: rank)) : [])
    }
    return reduced([axis], keepDims: keepDims, largest ? "argmax" : "argmin") {
      apply(ArgExtremum(axis: $0[0], largest: largest), self)
    }
  }
}

/// The gradient of max and min: dy at the extremal elements, shared equally among equals. Of NaNs
/// each is extremal. Shape: x [a…, n, b…], y, dy [a…, 1, b…] → [a…, n, b…]
func extremumGradient(_ x: Tensor, _ y: Tensor, _ dy: Tensor, axes: [Int]) -> Tensor {
  let x = x.detached()
  let isExtremum = (x .== y.detached()).or(x.isNaN())
  // As wide as statistics are: float16 cannot count to 100,000.
  let count = isExtremum.cast(to: x.dtype.ofStatistics).sum(axes: axes, keepDims: true)
  let share = (dy.cast(to: count.dtype) / count).cast(to: dy.dtype)
  return Tensor.where(isExtremum, share, Tensor.zeros([], dtype: dy.dtype))
}
