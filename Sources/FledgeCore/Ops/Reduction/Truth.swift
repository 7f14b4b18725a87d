extension Tensor {
  /// Whether any element is true (not zero), over all axes or the given ones; false for none.
  public func any(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    (self .!= 0).sum(axes: axes, keepDims: keepDims) .> 0
  }

  /// Whether all elements are true (not zero), over all axes or the given ones; true for none.
  public func all(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    (self .== 0).sum(axes: axes, keepDims: keepDims) .== 0
  }

  /// log Σ eˣ over axes, shifted by the maximum so that it does not overflow.
  public func logSumExp(axes: [Int]? = nil, keepDims: Bool = false) -> Tensor {
    let axes = shape.normalized(axes: axes, "logSumExp")
    let top = detached().max(axes: axes, keepDims: true)
    // An infinite maximum cannot be subtracted: ∞ − ∞ is NaN.
    let shift = Tensor.where(top.isFinite(), top, Tensor.zeros([], dtype: dtype))
    let sum = (self - shift).exp().sum(axes: axes, keepDims: true).log() + shift
    return keepDims || axes.isEmpty ? sum : sum.reshaped(shape.removing(axes))
  }

  /// log Σ eˣ over one axis.
  public func logSumExp(axis: Int, keepDims: Bool = false) -> Tensor {
    logSumExp(axes: [axis], keepDims: keepDims)
  }
}
