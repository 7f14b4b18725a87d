/// y = slices of x along an axis, named by indices.
/// Shape: [a…, n, b…], int64 [i…] → [a…, i…, b…]
struct Take: Primitive {
  static let name = "take"
  static let formula = "y[a, i, b] = x[a, indices[i], b]"
  let axis: Int
  /// Whether a negative index counts from the end; otherwise it traps.
  var countsFromEnd = true

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, indices) = (inputs[0], inputs[1])
    require(indices.dtype == .int64, Self.name, "indices must be int64, got \(indices)")
    return [
      TensorType(
        shape: Shape(
          x.shape.dimensions[..<axis] + indices.shape.dimensions
            + x.shape.dimensions[(axis + 1)...]),
        dtype: x.dtype)
    ]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let indices = checkedIndices(
      inputs[1], below: inputs[0].shape[axis], countsFromEnd: countsFromEnd, Self.name)
    return [backend.take(inputs[0], indices, axis: axis)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let count = g.inputShape(0)[axis]
    return [apply(TakeAdjoint(axis: axis, count: count), g.dy, g.input(1)), nil]
  }

  static var samples: [Sample] {
    [
      Sample(Take(axis: 0), .uniform([5, 3]), .indices([4], below: 5)),
      Sample(Take(axis: 0), .uniform([5, 3]), .indices([2, 3], below: 5)),
      Sample(Take(axis: 1), .uniform([2, 4, 3]), .indices([6], below: 4)),
      Sample(Take(axis: 0), .uniform([5]), .indices([], below: 5)),
      Sample(Take(axis: 1), .uniform([2, 4]), .indices([0], below: 4)),
      Sample(Take(axis: 0, countsFromEnd: false), .uniform([5, 3]), .indices([4], below: 5)),
    ]
  }
}

/// y = zeros with slices of x added at the indices; the adjoint of ``Take``.
/// Shape: [a…, i…, b…], int64 [i…] → [a…, n, b…]
struct TakeAdjoint: Primitive {
  static let name = "takeAdjoint"
  static let formula = "y[a, n, b] = Σ_{indices[i] = n} x[a, i, b]"
  let axis: Int
  let count: Int

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (x, indices) = (inputs[0], inputs[1])
    require(indices.dtype == .int64, Self.name, "indices must be int64, got \(indices)")
    let rest = x.shape.dimensions[(axis + indices.shape.rank)...]
    return [
      TensorType(shape: Shape(x.shape.dimensions[..<axis] + [count] + rest), dtype: x.dtype)
    ]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let indices = checkedIndices(inputs[1], below: count, Self.name)
    return [backend.takeAdjoint(inputs[0], indices, axis: axis, count: count)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(Take(axis: axis), g.dy, g.input(1)), nil]
  }

  static var samples: [Sample] {
    [
      Sample(TakeAdjoint(axis: 0, count: 5), .uniform([7, 3]), .indices([7], below: 5)),
      Sample(TakeAdjoint(axis: 1, count: 4), .uniform([2, 2, 3, 3]), .indices([2, 3], below: 4)),
    ]
  }
}

/// Indices are data, so forward rules check them: a wrong one would read outside the tensor.
/// Negative ones count from the end, unless they trap; the result has none.
func checkedIndices(
  _ indices: Tensor, below count: Int, countsFromEnd: Bool = true, _ operation: String
) -> Tensor {
  let values = indices.array(of: Int.self)
  let lowest = countsFromEnd ? -count : 0
  var isNegative = false
  for value in values {
    require(
      value >= lowest && value < count, operation,
      countsFromEnd
        ? "index \(value) is out of range for an axis of size \(count)"
        : "\(value) is none of the \(count) classes or rows, which count from 0")
    if value < 0 { isNegative = true }
  }
  if !isNegative { return indices }
  return Tensor(values.map { $0 < 0 ? $0 + count : $0 }, shape: indices.shape)
}

extension Tensor {
  /// Slices along an axis in the order of `indices` (int64, any shape; negative ones count from the
  /// end): `embedding.take(tokens)` is an embedding lookup.
  public func take(_ indices: Tensor, axis: Int = 0) -> Tensor {
    let axis = shape.normalized(axis: axis, "take")
    return apply(Take(axis: axis), self, indices.asIndices("take"))
  }

  /// The rows of a table, [count, …], that integers of any shape name. They are numbers of tokens or
  /// classes: a negative one, which often marks a missing one, traps.
  package func rows(at indices: Tensor) -> Tensor {
    require(rank > 0, Take.name, "a scalar has no rows")
    return apply(Take(axis: 0, countsFromEnd: false), self, indices.asIndices(Take.name))
  }

  /// Integers as int64, outside the graph.
  func asIndices(_ operation: String) -> Tensor {
    require(
      dtype.isInteger, operation, "indices must be integers, got \(type)")
    return cast(to: .int64).detached()
  }
}
