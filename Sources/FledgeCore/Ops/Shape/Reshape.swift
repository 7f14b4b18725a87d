/// y = x in row-major order under another shape; a view where the strides allow, else a copy.
/// Shape: [a…] → [b…] with the same number of elements
struct Reshape: SingleOutput {
  static let name = "reshape"
  static let formula = "y = x in row-major order under another shape"
  let shape: Shape

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    require(
      inputs[0].shape.count == shape.count, Self.name,
      "shape \(inputs[0].shape) has \(inputs[0].shape.count) elements, \(shape) has \(shape.count)")
    return TensorType(shape: shape, dtype: inputs[0].dtype)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    if let layout = inputs[0].layout.reshaped(shape) { return inputs[0].view(layout) }
    return backend.copy(inputs[0]).view(Layout(shape))
  }

  func gradients(_ g: GradientContext) -> Gradients { [g.dy.reshaped(g.inputShape(0))] }

  static var samples: [Sample] {
    [
      Sample(Reshape(shape: [3, 2]), .uniform([2, 3])), Sample(Reshape(shape: []), .uniform([1])),
      Sample(Reshape(shape: [4, 0]), .uniform([0, 2])),
      Sample(Reshape(shape: [2, 1, 6]), .uniform([3, 4])),
    ]
  }
}

extension Tensor {
  /// The same elements in row-major order under another shape; one size may be −1 and follows from
  /// the others. A view where the strides allow, else a copy.
  public func reshaped(_ shape: Shape) -> Tensor {
    let target = resolved(shape)
    return target == self.shape ? self : apply(Reshape(shape: target), self)
  }

  private func resolved(_ shape: Shape) -> Shape {
    require(
      shape.dimensions.allSatisfy { $0 >= -1 }, "reshape",
      "\(self.shape) does not fit into \(shape): a size is negative (only -1 stands for the rest)")
    guard let unknown = shape.dimensions.firstIndex(of: -1) else { return shape }
    var result = shape
    result[unknown] = 1
    let known = result.contains(-1) ? 0 : result.count
    require(
      known > 0 && count % known == 0, "reshape",
      "\(self.shape) does not fit into \(shape): one size may be -1, and the others must divide "
        + "the \(count) elements")
    result[unknown] = count / known
    return result
  }

  /// Axes `from`…`through` merged into one; all of them by default.
  public func flattened(from: Int = 0, through: Int = -1) -> Tensor {
    if rank == 0 { return reshaped([1]) }
    let first = shape.normalized(axis: from, "flattened")
    let last = shape.normalized(axis: through, "flattened")
    require(first <= last, "flattened", "axis \(from) comes after axis \(through)")
    let merged = shape.dimensions[first...last].reduce(1, *)
    return reshaped(
      Shape(shape.dimensions[..<first] + [merged] + shape.dimensions[(last + 1)...]))
  }

  /// The tensor with a new axis of size 1 before `axis` (−1: at the end).
  public func expandedDims(axis: Int) -> Tensor {
    let position = axis < 0 ? axis + rank + 1 : axis
    require(
      (0...rank).contains(position), "expandedDims", "axis \(axis) is out of range for \(shape)")
    var dimensions = shape.dimensions
    dimensions.insert(1, at: position)
    return reshaped(Shape(dimensions))
  }

  /// The tensor without the given axes of size 1; by default, without all of them.
  public func squeezed(axes: [Int]? = nil) -> Tensor {
    let chosen =
      axes.map { shape.normalized(axes: $0, "squeezed") }
      ?? (0..<rank).filter { shape[$0] == 1 }
    for axis in chosen {
      require(shape[axis] == 1, "squeezed", "axis \(axis) of shape \(shape) is not of size 1")
    }
    return reshaped(shape.removing(chosen))
  }

  /// The tensor without one axis of size 1.
  public func squeezed(axis: Int) -> Tensor { squeezed(axes: [axis]) }

  /// The elements side by side in row-major order: this tensor itself where they are, else a copy.
  public func contiguous() -> Tensor { layout.isContiguous ? self : apply(Contiguous(), self) }

  /// The same elements side by side in storage of their own, outside the graph.
  package func copied() -> Tensor { apply(Contiguous(), detached()) }
}

/// y = x, the elements side by side.   Shape: [*] → [*]
struct Contiguous: Primitive {
  static let name = "contiguous"
  static let formula = "y = x, the elements side by side"
  var saves: SavedValues { .nothing }
  func outputTypes(of inputs: TensorTypes) -> TensorTypes { inputs }
  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    [backend.copy(inputs[0])]
  }
  func gradients(_ g: GradientContext) -> Gradients { [g.dy] }
  static var samples: [Sample] { Sample.elementwise(Contiguous()) }
}
