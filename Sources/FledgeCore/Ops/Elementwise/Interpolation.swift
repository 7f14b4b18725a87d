// Functions of elements that are made of others.

/// a + w (b − a), element by element, exactly a at w = 0 and b at w = 1; shapes broadcast, and the
/// weights w may lie outside 0…1 (PyTorch's `lerp`).
public func lerp(_ a: Tensor, _ b: Tensor, weight: Tensor) -> Tensor {
  inFloat32(Tensors(a, b, weight)) {
    let (a, b, w) = ($0[0], $0[1], $0[2])
    let span = b - a
    // From the nearer end, so that both ends are met exactly.
    return Tensor.where(w .< 0.5, a + w * span, b - (1 - w) * span)
  }
}

/// a + weight · (b − a), element by element, exactly a for a weight of 0 and b for 1; shapes
/// broadcast.
public func lerp(_ a: Tensor, _ b: Tensor, weight: Double) -> Tensor {
  inFloat32(Tensors(a, b)) {
    let span = $0[1] - $0[0]
    return weight < 0.5 ? $0[0] + span * weight : $0[1] - span * (1 - weight)
  }
}

extension Tensor {
  /// The tensor with other numbers in place of NaN and the infinities: by default 0 and the largest
  /// and smallest finite numbers of the dtype. The gradient is 0 where an element is replaced.
  public func nanToNum(
    nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil
  ) -> Tensor {
    if !dtype.isFloatingPoint { return self }
    let largest = dtype.magnitudes.largest
    // Each asks this tensor, so that what replaces one is not replaced again.
    return masked(where: isNaN(), with: nan)
      .masked(where: self .== .infinity, with: positiveInfinity ?? largest)
      .masked(where: self .== -.infinity, with: negativeInfinity ?? -largest)
  }
}
