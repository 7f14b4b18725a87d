// The middle of sorted elements, and other places there.

extension Tensor {
  /// The median of all elements: the lower of the two in the middle where their number is even, NaN
  /// if any of them is.   Shape: [*] → []
  public func median() -> Tensor {
    reshaped([count]).median(axis: 0).values
  }

  /// The medians along an axis and the int64 positions they came from: the lower of the two in the
  /// middle where their number is even, the first NaN if there is one.   Shape: [a…, n, b…] → [a…, b…] twice, or
  /// [a…, 1, b…] with `keepDims`
  public func median(axis: Int, keepDims: Bool = false) -> (values: Tensor, indices: Tensor) {
    let axis = shape.normalized(axis: axis, "median")
    let size = shape[axis]
    require(size > 0, "median", "of no elements: shape \(shape) along axis \(axis)")
    let ascending = sorted(axis: axis)
    // NaN comes last, so the first one's place is the number of the others.
    let numbers = isNaN().not().cast(to: .int64).sum(axes: [axis], keepDims: true)
    let middle = Tensor.full([], Double((size - 1) / 2), dtype: .int64)
    let place = Tensor.where(numbers .< Double(size), numbers, middle)
    func picked(_ x: Tensor) -> Tensor {
      let y = x.gather(place, axis: axis)
      return keepDims ? y : y.squeezed(axis: axis)
    }
    return (picked(ascending.values), picked(ascending.indices))
  }

  /// The number below which a fraction q of the elements lies, over all of them or along an axis,
  /// interpolated linearly between two; NaN if any of them is. Integers become float32.
  /// Shape: [a…, n, b…] → [a…, b…], or [a…, 1, b…] with `keepDims`
  public func quantile(_ q: Double, axis: Int? = nil, keepDims: Bool = false) -> Tensor {
    quantiles([q], axis: axis, keepDims: keepDims)[0]
  }

  /// The quantiles for several fractions: ``quantile(_:axis:keepDims:)`` with a new first axis.
  /// Shape: [a…, n, b…] → [q, a…, b…]
  public func quantiles(_ q: [Double], axis: Int? = nil, keepDims: Bool = false) -> Tensor {
    guard let axis else {
      let y = reshaped([count]).quantiles(q, axis: 0)
      return keepDims ? y.reshaped(Shape([q.count] + [Int](repeating: 1, count: rank))) : y
    }
    let along = shape.normalized(axis: axis, "quantile")
    let size = shape[along]
    require(size > 0, "quantile", "of no elements: shape \(shape) along axis \(along)")
    require(
      !q.isEmpty && q.allSatisfy { (0...1).contains($0) }, "quantile",
      "fractions must be in 0…1, got \(q)")
    return inFloat32(Tensors(asFloatingPoint)) { inputs in
      let x = inputs[0].sorted(axis: along).values
      let hasNaN = inputs[0].isNaN().any(axes: [along], keepDims: true)
      let parts = q.map { q in
        let place = q * Double(size - 1)
        let (lower, weight) = (Int(place), place - place.rounded(.down))
        var y = x.sliced(axis: along, from: lower, count: 1)
        // The element itself is not mixed with its neighbour, which may be infinite.
        if weight > 0 {
          y = lerp(y, x.sliced(axis: along, from: lower + 1, count: 1), weight: weight)
        }
        y = y.masked(where: hasNaN, with: .nan)
        return keepDims ? y : y.squeezed(axis: along)
      }
      return Tensor.stack(parts)
    }
  }
}
