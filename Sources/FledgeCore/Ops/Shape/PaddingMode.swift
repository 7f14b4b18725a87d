/// What stands around the elements of a padded tensor.
public enum PaddingMode: String, Sendable {
  /// Zeros.
  case zeros
  /// The elements mirrored at the border, which is not repeated: c b | a b c | b a.
  case reflect
  /// The outermost elements again: a a | a b c | c c.
  case replicate
  /// The elements from the other end: b c | a b c | a b.
  case circular
}

extension PaddingMode {
  /// The positions that the padded axis of `size` elements reads; traps where it has too few.
  fileprivate func places(_ size: Int, _ width: (before: Int, after: Int), axis: Int) -> [Int] {
    let widest = Swift.max(width.before, width.after)
    let (fits, rule) =
      switch self {
      case .reflect: (widest < size, "is for fewer elements than the axis has")
      case .replicate: (size > 0, "needs an element")
      case .zeros, .circular: (widest <= size, "is for at most as many elements as the axis has")
      }
    require(
      fits, "padded", "\(rawValue) padding \(rule): \(width) for axis \(axis) of size \(size)")
    return (-width.before..<size + width.after).map { place in
      switch self {
      case .reflect: place < 0 ? -place : place < size ? place : 2 * (size - 1) - place
      case .replicate: Swift.min(Swift.max(place, 0), size - 1)
      case .zeros, .circular: (place + size) % size
      }
    }
  }
}

extension Tensor {
  /// Elements around the elements, taken from the tensor itself: (before, after) for each axis.
  ///
  ///     let y = image.padded([(0, 0), (0, 0), (1, 1), (2, 2)], mode: .reflect)
  ///
  /// Mirrored, an axis takes fewer elements than it has on each side; from the other end at most as
  /// many.
  public func padded(_ widths: [(before: Int, after: Int)], mode: PaddingMode) -> Tensor {
    if mode == .zeros { return padded(widths) }
    require(
      widths.count == rank, "padded", "\(widths.count) widths for the \(rank) axes of \(shape)")
    // In float32, for the gradient of an element sums over its copies.
    return inFloat32([self]) {
      var y = $0[0]
      for (axis, width) in widths.enumerated() where width != (0, 0) {
        require(
          width.before >= 0 && width.after >= 0, "padded",
          "a negative width \(width) for axis \(axis)")
        y = y.take(Tensor(mode.places(shape[axis], width, axis: axis)), axis: axis)
      }
      return y
    }
  }
}
