extension Tensor {
  /// Whether any element is true (not zero), over all axes or the given ones; false for none.
  public func any(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    (self .!= 0).sum(axes: axes, keepDims: keepDims) .> 0
  }

  /// Whether all elements are true (not zero), over all axes or the given ones; true for none.
  public func all(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    (self .== 0).sum(axes: axes, keepDims: keepDims) .== 0
  }

  /// log Σ eˣ over axes, shifted by the maximum so that it does not overflow; −∞ of no elements, and
  /// of elements that are all −∞, with a gradient of 0.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let axes = shape.normalized(axes: axes, "logSumExp")
    return inFloat32(Tensors(asFloatingPoint)) { inputs in
      let x = inputs[0]
      let shift = x.exponentialShift(axes: axes)
      let sum = (x - shift).exp().sum(axes: axes, keepDims: true)
      // 1 in the place of 0: the slope of the logarithm there is infinite.
      let isNothing = sum .== 0
      let log =
        sum.masked(where: isNothing, with: 1).log().masked(where: isNothing, with: -.infinity)
        + shift
      return keepDims || axes.isEmpty ? log : log.reshaped(shape.removing(axes))
    }
  }

  /// The shift that keeps exponentials over axes from overflowing: the maximum, as a constant, and
  /// 0 where it is infinite (∞ − ∞ is NaN) or there are no elements.
  func exponentialShift(axes: [Int]) -> Tensor {
    if count == 0 { return Tensor.zeros(shape.collapsing(axes), dtype: dtype) }
    let top = detached().max(axes: axes, keepDims: true)
    return Tensor.where(top.isFinite(), top, Tensor.zeros([], dtype: dtype))
  }

  /// log Σ eˣ over one axis.
  public func logSumExp(axis: Int, keepDims: Bool = false) -> Tensor {
    logSumExp(axes: [axis], keepDims: keepDims)
  }
}
