extension Tensor {
  /// Whether |self − other| ≤ absoluteTolerance + relativeTolerance · |other| for every element, as
  /// in NumPy's `allclose`; shapes must be equal. NaN equals nothing.
  public func isClose(
    to other: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8
  ) -> Bool {
    guard shape == other.shape else { return false }
    requireElements("isClose")
    other.requireElements("isClose")
    return zip(array(of: Double.self), other.array(of: Double.self)).allSatisfy { a, b in
      a == b || Swift.abs(a - b) <= absoluteTolerance + relativeTolerance * Swift.abs(b)
    }
  }

  /// Whether shape, dtype and every bit of every element are equal. (−0 is not 0; a NaN equals one
  /// with the same bits.)
  public func isIdentical(to other: Tensor) -> Bool {
    guard type == other.type else { return false }
    requireElements("isIdentical")
    other.requireElements("isIdentical")
    let (a, b) = (contiguousBytes, other.contiguousBytes)
    return a == b
  }

  private var contiguousBytes: [UInt8] {
    let compact = layout.isContiguous ? self : ExecutionContext.current.backend.copy(self)
    return withExtendedLifetime(compact.storage) {
      let start = compact.storage.pointer + compact.layout.offset * dtype.byteCount
      return Array(UnsafeRawBufferPointer(start: start, count: byteCount))
    }
  }
}
