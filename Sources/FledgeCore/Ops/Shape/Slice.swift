/// y = every step-th element along each axis, a view. Steps may be negative.
/// Shape: [d₀, …] → [count₀, …]
struct Slice: Primitive {
  static let name = "slice"
  static let formula = "y = x[start, start + step, …] along each axis"
  struct Range: Sendable, Hashable, Codable, CustomStringConvertible {
    var start: Int
    var step: Int
    var count: Int

    /// Whether all of its elements are among `size`. Its numbers may be any.
    func isInside(_ size: Int) -> Bool {
      guard count >= 0, (0..<size).contains(start) else { return false }
      let (distance, overflows) = (count - 1).multipliedReportingOverflow(by: step)
      // Between the ends of an axis no difference overflows.
      return !overflows && -start <= distance && distance < size - start
    }

    /// "elements 1…5", or "-1 elements from 2", with a step that is not 1.
    var description: String {
      let (distance, overflows) = (count &- 1).multipliedReportingOverflow(by: step)
      let (last, isBeyond) = start.addingReportingOverflow(distance)
      if count < 0 || overflows || isBeyond {
        return "\(count) elements from \(start)\(step == 1 ? "" : " by \(step)")"
      }
      return "elements \(start)…\(last)"
    }
  }
  /// One for each axis.
  let ranges: [Range]

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let shape = inputs[0].shape
    for (axis, range) in ranges.enumerated() where range.count != 0 {
      require(
        range.isInside(shape[axis]), Self.name,
        "\(range) of axis \(axis) are out of range for shape \(shape)")
    }
    return [TensorType(shape: Shape(ranges.map(\.count)), dtype: inputs[0].dtype)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [inputs[0].view(sliced(inputs[0].layout))]
  }

  func sliced(_ layout: Layout) -> Layout {
    var result = layout
    for (axis, r) in ranges.enumerated() {
      let isWhole = r.start == 0 && r.step == 1 && r.count == layout.shape[axis]
      if !isWhole {
        result = result.sliced(axis: axis, start: r.start, step: r.step, count: r.count)
      }
    }
    return result
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(PlaceInZeros(shape: g.inputShape(0), ranges: ranges), g.dy)]
  }

  static var samples: [Sample] {
    [
      Sample(
        Slice(ranges: [.init(start: 1, step: 1, count: 2), .init(start: 0, step: 2, count: 2)]),
        .uniform([4, 3])),
      Sample(Slice(ranges: [.init(start: 4, step: -2, count: 3)]), .uniform([5])),
      Sample(Slice(ranges: [.init(start: 0, step: 1, count: 0)]), .uniform([5])),
    ]
  }
}

/// y = zeros with x written at a slice; the adjoint of ``Slice``.   Shape: [count₀, …] → [d₀, …]
struct PlaceInZeros: Primitive {
  static let name = "placeInZeros"
  static let formula = "y = 0 with y[start, start + step, …] = x"
  let shape: Shape
  let ranges: [Slice.Range]

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.placeInZeros(inputs[0], of: shape, at: Slice(ranges: ranges).sliced(Layout(shape)))]
  }

  func gradients(_ g: GradientContext) -> Gradients { [apply(Slice(ranges: ranges), g.dy)] }

  static var samples: [Sample] {
    [
      Sample(
        PlaceInZeros(
          shape: [4, 5],
          ranges: [.init(start: 1, step: 1, count: 2), .init(start: 0, step: 2, count: 3)]),
        .uniform([2, 3])),
      Sample(
        PlaceInZeros(shape: [5], ranges: [.init(start: 4, step: -2, count: 3)]), .uniform([3])),
    ]
  }
}

extension Tensor {
  /// A view of `count` elements of one axis, from `from`.
  public func sliced(axis: Int, from start: Int, count: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "sliced")
    return slicing(axis, Slice.Range(start: start, step: 1, count: count))
  }

  /// A view of some elements of one axis and all of the others.
  func slicing(_ axis: Int, _ range: Slice.Range) -> Tensor {
    var ranges = shape.map { Slice.Range(start: 0, step: 1, count: $0) }
    ranges[axis] = range
    return apply(Slice(ranges: ranges), self)
  }

  /// A view with the elements of one axis in reverse order.
  public func flipped(axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "flipped")
    let size = shape[axis]
    return slicing(axis, Slice.Range(start: Swift.max(size - 1, 0), step: -1, count: size))
  }

  /// Zeros (or `value`) around the elements: (before, after) for each axis.
  public func padded(_ widths: [(before: Int, after: Int)], value: Double = 0) -> Tensor {
    require(
      widths.count == rank, "padded", "\(widths.count) widths for the \(rank) axes of \(shape)")
    var target = shape
    for (axis, width) in widths.enumerated() {
      require(
        width.before >= 0 && width.after >= 0, "padded",
        "a negative width \(width) for axis \(axis)")
      require(
        Swift.max(width.before, width.after) <= ElementCount.most, "padded",
        "no memory can hold a width of \(width) for axis \(axis)")
      target[axis] += width.before + width.after
    }
    dtype.requireRoom(for: value, "padded")
    let ranges = widths.enumerated().map { axis, width in
      Slice.Range(start: width.before, step: 1, count: shape[axis])
    }
    let placed = apply(PlaceInZeros(shape: target, ranges: ranges), self)
    if value == 0 { return placed }
    let inside = apply(
      PlaceInZeros(shape: target, ranges: ranges), Tensor.ones(shape, dtype: .bool))
    return Tensor.where(inside, placed, Tensor.full([], value, dtype: dtype))
  }
}
