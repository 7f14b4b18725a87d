/// y₁, y₂, … = consecutive parts of an axis, as views.   Shape: [a…, Σ nᵢ, b…] → [a…, nᵢ, b…] …
///
/// It is one operation, so that the gradients of its parts meet in one concatenation. Separate
/// slices would each make a gradient of the whole size, mostly zeros, and these would be added up.
struct Split: Primitive {
  static let name = "split"
  static let formula = "y₁, y₂, … = consecutive parts of x along an axis"
  let axis: Int
  let sizes: [Int]

  var saves: SavedValues { .nothing }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let shape = inputs[0].shape
    let areParts = sizes.allSatisfy { (0...shape[axis]).contains($0) }
    require(
      areParts && sizes.reduce(0, +) == shape[axis], Self.name,
      "the sizes \(sizes) do not add up to axis \(axis) of shape \(shape)")
    return TensorTypes(
      sizes.map { size in
        var part = shape
        part[axis] = size
        return TensorType(shape: part, dtype: inputs[0].dtype)
      })
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    var start = 0
    return Tensors(
      sizes.map { size in
        defer { start += size }
        return inputs[0].view(
          inputs[0].layout.sliced(axis: axis, start: start, step: 1, count: size))
      })
  }

  func gradients(_ g: GradientContext) -> Gradients {
    [apply(Concatenate(axis: axis), Tensors(sizes.indices.map { g.dy($0) }))[0]]
  }

  static var samples: [Sample] {
    [
      Sample(Split(axis: 0, sizes: [2, 1]), .uniform([3, 2])),
      Sample(Split(axis: 1, sizes: [1, 0, 3]), .uniform([2, 4, 2])),
      Sample(Split(axis: 0, sizes: [4]), .uniform([4])),
    ]
  }
}

extension Tensor {
  /// Views of consecutive parts of an axis, of the given sizes.
  public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
    Array(apply(Split(axis: shape.normalized(axis: axis, "split"), sizes: sizes), [self]))
  }

  /// Views of consecutive parts of an axis, `size` elements each; the last may be smaller.
  public func split(every size: Int, axis: Int = 0) -> [Tensor] {
    let axis = shape.normalized(axis: axis, "split")
    require(size > 0, "split", "parts of \(size) elements")
    let starts = stride(from: 0, to: shape[axis], by: size)
    return split(sizes: starts.map { Swift.min(size, shape[axis] - $0) }, axis: axis)
  }

  /// At most `parts` views along an axis, each of ⌈size / parts⌉ elements, of which the last may have
  /// fewer: ten elements in four parts are 3, 3, 3 and 1, in six parts 2, 2, 2, 2 and 2.
  public func chunked(_ parts: Int, axis: Int = 0) -> [Tensor] {
    require(parts > 0, "chunked", "in \(parts) parts")
    let size = shape[shape.normalized(axis: axis, "chunked")]
    if size % parts != 0 { return split(every: size / parts + 1, axis: axis) }
    require(
      parts <= Swift.max(size, 1 << 16), "chunked",
      "no elements make at most 65536 empty parts, not \(parts)")
    return split(sizes: [Int](repeating: size / parts, count: parts), axis: axis)
  }
}
