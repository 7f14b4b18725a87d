/// y = elements of x along an axis, one index for each (PyTorch's `gather`).
/// Shape: [*], int64 [*] → the shape of the indices, not longer than x along other axes
struct Gather: Primitive {
  static let name = "gather"
  static let formula = "y[…, j, …] = x[…, indices[…, j, …], …]"
  let axis: Int

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    checkAlongAxis(inputs[0], inputs[1], axis, Self.name)
    return [TensorType(shape: inputs[1].shape, dtype: inputs[0].dtype)]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let indices = checkedIndices(inputs[1], below: inputs[0].shape[axis], Self.name)
    return [backend.gather(inputs[0], indices, axis: axis)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    let base = Tensor.zeros(g.inputShape(0), dtype: g.inputDType(0))
    return [apply(ScatterAdd(axis: axis), base, g.input(1), g.dy), nil]
  }

  static var samples: [Sample] {
    [
      Sample(Gather(axis: 1), .uniform([3, 4]), .indices([3, 2], below: 4)),
      Sample(Gather(axis: 0), .uniform([3, 4]), .indices([5, 4], below: 3)),
      Sample(Gather(axis: 0), .uniform([6]), .indices([9], below: 6)),
      Sample(Gather(axis: 1), .uniform([3, 4, 2]), .indices([2, 5, 1], below: 4)),
    ]
  }
}

/// y = base with elements of x added along an axis, one index for each (PyTorch's `scatter_add`).
/// Shape: base [*], int64 [*], x [*] → [*]
struct ScatterAdd: Primitive {
  static let name = "scatterAdd"
  static let formula = "y = base, y[…, indices[…, j, …], …] += x[…, j, …]"
  let axis: Int

  var saves: SavedValues { .input(1) }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let (base, indices, x) = (inputs[0], inputs[1], inputs[2])
    checkAlongAxis(base, indices, axis, Self.name)
    require(
      x.shape == indices.shape && x.dtype == base.dtype, Self.name,
      "\(x) cannot be added at indices of shape \(indices.shape) to \(base)")
    return [base]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let indices = checkedIndices(inputs[1], below: inputs[0].shape[axis], Self.name)
    return [backend.scatterAdd(inputs[0], indices, inputs[2], axis: axis)]
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [g.dy, nil, g.needs(2) ? apply(Gather(axis: axis), g.dy, g.input(1)) : nil]
  }

  static var samples: [Sample] {
    [
      Sample(
        ScatterAdd(axis: 1), .uniform([3, 4]), .indices([3, 6], below: 4), .uniform([3, 6])),
      Sample(ScatterAdd(axis: 0), .uniform([5]), .indices([8], below: 5), .uniform([8])),
      Sample(
        ScatterAdd(axis: 0), .uniform([4, 3]), .indices([2, 1], below: 4), .uniform([2, 1])),
    ]
  }
}

private func checkAlongAxis(
  _ x: TensorType, _ indices: TensorType, _ axis: Int, _ operation: String
) {
  require(indices.dtype == .int64, operation, "indices must be int64, got \(indices)")
  let fits =
    indices.shape.rank == x.shape.rank
    && (0..<x.shape.rank).allSatisfy { $0 == axis || indices.shape[$0] <= x.shape[$0] }
  require(
    fits, operation,
    "indices of shape \(indices.shape) do not fit \(x.shape): they may be longer along axis \(axis) "
      + "only")
}

extension Tensor {
  /// y[…, j, …] = self[…, indices[…, j, …], …] (PyTorch's `gather`). Along other axes there may be
  /// fewer indices than elements: then the first are meant.
  public func gather(_ indices: Tensor, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "gather")
    return apply(Gather(axis: axis), self, indices.asIndices("gather"))
  }

  /// This tensor with y[…, indices[…, j, …], …] += x[…, j, …] (PyTorch's `scatter_add`).
  public func scatterAdding(_ x: Tensor, at indices: Tensor, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "scatterAdd")
    return apply(
      ScatterAdd(axis: axis), self, indices.asIndices("scatterAdd"), x.cast(to: dtype))
  }

  /// This tensor with y[…, indices[…, j, …], …] = x[…, j, …] (PyTorch's `scatter`), for x in the
  /// shape of the indices or broadcasting to it. If one place gets several values, the last one in
  /// row-major order stays.   Shape: [*], int64 indices with as many axes → [*]
  public func scattering(_ x: Tensor, at indices: Tensor, axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis, "scattering")
    let indices = indices.asIndices("scattering")
    checkAlongAxis(type, indices.type, axis, "scattering")
    let strides = Layout(shape).strides
    var positions = apply(
      IndexPositions(sizes: [shape[axis]], strides: [strides[axis]]), indices)
    for other in 0..<rank where other != axis {
      var column = Shape(Dimensions(repeating: 1, count: rank - other))
      column[0] = indices.shape[other]
      let steps = Tensor.arange(indices.shape[other]) * Double(strides[other])
      positions = positions + steps.reshaped(column)
    }
    var result = self
    result.write(x.cast(to: dtype).broadcast(to: indices.shape), at: positions)
    return result
  }

  /// This tensor with y[…, indices[…, j, …], …] = value.   Shape: as with a tensor
  public func scattering(_ value: Double, at indices: Tensor, axis: Int) -> Tensor {
    dtype.requireRoom(for: value, "scattering")
    return scattering(Tensor.full([], value, dtype: dtype), at: indices, axis: axis)
  }
}
