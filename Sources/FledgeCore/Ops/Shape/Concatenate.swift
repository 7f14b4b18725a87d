/// y = the inputs one after another along an axis.   Shape: [a…, nᵢ, b…] … → [a…, Σ nᵢ, b…]
struct Concatenate: Primitive {
  static let name = "concatenate"
  static let formula = "y = x₁, x₂, … along an axis"
  let axis: Int

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    var shape = inputs[0].shape
    for input in inputs.dropFirst() {
      var expected = shape
      expected[axis] = input.shape.rank == shape.rank ? input.shape[axis] : 0
      require(
        input.shape == expected && input.dtype == inputs[0].dtype, Self.name,
        "\(input) does not continue \(inputs[0]) along axis \(axis): all other sizes and the "
          + "dtype must be equal")
      shape[axis] += input.shape[axis]
    }
    return [TensorType(shape: shape, dtype: inputs[0].dtype)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.concatenate(Array(inputs), axis: axis)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    var start = 0
    return Gradients(
      (0..<g.inputCount).map { i -> Tensor? in
        let size = g.inputShape(i)[axis]
        defer { start += size }
        return g.needs(i) ? g.dy.sliced(axis: axis, from: start, count: size) : nil
      })
  }

  static var samples: [Sample] {
    [
      Sample(Concatenate(axis: 0), .uniform([2, 3]), .uniform([1, 3]), .uniform([0, 3])),
      Sample(Concatenate(axis: 1), .uniform([2, 3]), .uniform([2, 2])),
      Sample(Concatenate(axis: 0), .uniform([4])),
      Sample(Concatenate(axis: 1), .indices([2, 3, 2], below: 5), .indices([2, 1, 2], below: 5)),
    ]
  }
}

extension Tensor {
  /// The tensors one after another along an existing axis; dtypes are promoted. A tensor of shape
  /// [0] goes with any shape, so that a list can be collected from nothing.
  public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    guard var first = tensors.first else { fledgeTrap("concatenate", "of no tensors") }
    let dtype = tensors.reduce(first.dtype) { DType.promoted($0, $1.dtype) }
    var parts = tensors
    if tensors.contains(where: { $0.shape == [0] }) {
      parts = tensors.filter { $0.shape != [0] }
      if parts.isEmpty { parts = [first] }
      first = parts[0]
    }
    let axis = first.shape.normalized(axis: axis, "concatenate")
    return apply(Concatenate(axis: axis), Tensors(parts.map { $0.cast(to: dtype) }))[0]
  }

  /// The tensors, all of one shape, along a new axis.
  public static func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    guard let first = tensors.first else { fledgeTrap("stack", "of no tensors") }
    for tensor in tensors {
      require(
        tensor.shape == first.shape, "stack",
        "shapes differ: \(first.shape) and \(tensor.shape)")
    }
    return concatenate(tensors.map { $0.expandedDims(axis: axis) }, axis: axis)
  }

  /// The tensor repeated as a whole: `counts[i]` times along axis i (NumPy's `tile`).
  public func tiled(_ counts: [Int]) -> Tensor {
    require(
      counts.count == rank, "tiled", "\(counts.count) counts for the \(rank) axes of \(shape)")
    require(counts.allSatisfy { $0 >= 0 }, "tiled", "a count is negative: \(counts)")
    // The last axis first: the copies grow, so all of them together cost about as much as the last.
    return counts.indices.reversed().reduce(self) { x, axis in
      x.copies(counts[axis], before: axis, alongAxis: axis)
    }
  }

  /// Each element `count` times along an axis (NumPy's `repeat`).
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "repeated")
    require(count >= 0, "repeated", "the count is negative (\(count))")
    return copies(count, before: axis + 1, alongAxis: axis)
  }

  /// The elements of the axes from `boundary` on, `count` times in a row, counted along `axis`:
  /// [a, b] → [a, 1, b] → [a, count, b] → the same number of axes again, one view and one copy.
  private func copies(_ count: Int, before boundary: Int, alongAxis axis: Int) -> Tensor {
    if count == 1 { return self }
    let sizes = shape.dimensions
    // With no place for one more axis, those before and after the boundary are merged.
    let isFull = rank == Dimensions.capacity
    var spread =
      isFull ? [sizes[..<boundary].reduce(1, *), sizes[boundary...].reduce(1, *)] : sizes
    let place = isFull ? 1 : boundary
    spread.insert(1, at: place)
    var wide = spread
    wide[place] = count
    var target = shape
    target[axis] = shape[axis].times(count, "repeated")
    return reshaped(Shape(spread)).broadcast(to: Shape(wide)).reshaped(target)
  }
}
