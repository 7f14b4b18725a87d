// Counting equal elements.

extension Tensor {
  /// How often each of the integers 0, 1, … occurs, or with weights the sum of those of its places.
  /// Shape: integers [N], weights [N] → [largest integer + 1], or [minimumLength] if that is more
  ///
  /// Counts are int64; sums have the dtype of floating weights, and are int64 for others. Negative
  /// integers trap. The result's length depends on the elements, so an abstract tensor traps.
  public func bincount(weights: Tensor? = nil, minimumLength: Int = 0) -> Tensor {
    require(rank == 1, "bincount", "needs integers [N], the shape is \(shape)")
    require(minimumLength >= 0, "bincount", "the minimum length is negative (\(minimumLength))")
    let indices = asIndices("bincount")
    indices.requireElements("bincount")
    var length = minimumLength
    for value in indices.array(of: Int.self) {
      require(value >= 0 && value < .max, "bincount", "\(value) is not the number of a bin")
      length = Swift.max(length, value + 1)
    }
    let weights = weights ?? Tensor.ones(shape, dtype: .int64)
    require(
      weights.shape == shape, "bincount", "weights of shape \(weights.shape) for integers \(shape)")
    let dtype = weights.dtype.isFloatingPoint ? weights.dtype : .int64
    return Tensor.zeros([length], dtype: dtype).scatterAdding(weights, at: indices, axis: 0)
  }

  /// The different elements in ascending order, which of them each element is (`values[inverse]` is
  /// this tensor), and how often each occurs. NaN is different from itself. Their number depends on
  /// the elements, so an abstract tensor traps.
  /// Shape: [*] → [n], int64 [*], int64 [n]
  public func unique() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    requireElements("unique")
    if count == 0 {
      let none = Tensor.zeros([0], dtype: .int64)
      return (reshaped([0]), none.reshaped(shape), none)
    }
    let (ascending, order) = reshaped([count]).sorted()
    let differs =
      ascending.sliced(axis: 0, from: 1, count: count - 1)
      .!= ascending.sliced(axis: 0, from: 0, count: count - 1)
    let isNew = Tensor.concatenate([Tensor.ones([1], dtype: .bool), differs])
    let group = isNew.cumulativeSum(axis: 0) - 1
    let inverse = Tensor.zeros([count], dtype: .int64).scattering(group, at: order, axis: 0)
    return (
      ascending.take(isNew.nonzeroPositions()), inverse.reshaped(shape), group.bincount()
    )
  }
}
