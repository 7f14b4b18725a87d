/// y = a b, matrix by matrix; the batch axes are equal.   Shape: [b…, M, K], [b…, K, N] → [b…, M, N]
///
/// Cost: 2·B·M·N·K floating-point operations.
struct MatMul: Primitive {
  static let name = "matmul"
  static let formula = "y[m, n] = Σₖ a[m, k] b[k, n]"
  static var precision: AutocastRule { .reduced }

  func outputTypes(of inputs: [TensorType]) -> [TensorType] {
    let (a, b) = (inputs[0], inputs[1])
    require(a.dtype == b.dtype, Self.name, "dtypes differ: \(a) and \(b)")
    require(
      a.shape.rank >= 2 && b.shape.rank >= 2
        && a.shape.dropLast(2).elementsEqual(b.shape.dropLast(2)),
      Self.name, "batch axes differ: \(a.shape) × \(b.shape)")
    require(
      a.shape[-1] == b.shape[-2], Self.name,
      "inner dimensions differ: \(a.shape) × \(b.shape) (\(a.shape[-1]) ≠ \(b.shape[-2]))")
    return [
      TensorType(shape: Shape(a.shape.dimensions.dropLast() + [b.shape[-1]]), dtype: a.dtype)
    ]
  }

  func operationCount(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
    2 * outputs[0].shape.count * inputs[0].shape[-1]
  }

  func forward(_ inputs: [Tensor], on backend: any Backend) -> [Tensor] {
    [backend.matmul(inputs[0], inputs[1])]
  }

  func gradients(_ g: GradientContext) -> [Tensor?] {
    let (a, b) = (g.input(0), g.input(1))
    return [
      g.needs(0) ? product(g.dy, b.transposed(), likeTransposed: a.layout) : nil,
      g.needs(1) ? product(a.transposed(), g.dy, likeTransposed: b.layout) : nil,
    ]
  }

  /// a b, and where the gradient is for a transposed view (a layer's weight, mostly), (bᵀ aᵀ)ᵀ: the
  /// same numbers, lying as the weight itself does, which otherwise would be copied into order.
  private func product(_ a: Tensor, _ b: Tensor, likeTransposed layout: Layout) -> Tensor {
    let strides = layout.strides.suffix(2)
    let isTransposed = strides.first == 1 && strides.last != 1
    return isTransposed
      ? apply(MatMul(), b.transposed(), a.transposed()).transposed() : apply(MatMul(), a, b)
  }

  static var samples: [Sample] {
    [
      Sample(MatMul(), .uniform([2, 3]), .uniform([3, 4])),
      Sample(MatMul(), .uniform([1, 1]), .uniform([1, 1])),
      Sample(MatMul(), .uniform([1, 7]), .uniform([7, 5])),
      Sample(MatMul(), .uniform([5, 7]), .uniform([7, 1])),
      Sample(MatMul(), .uniform([2, 3, 4]), .uniform([2, 4, 5])),
      Sample(MatMul(), .uniform([2, 2, 3, 1]), .uniform([2, 2, 1, 2])),
      Sample(MatMul(), .uniform([3, 0]), .uniform([0, 2])),
    ]
  }
}

extension Tensor {
  /// The product of vectors, matrices, or batches of matrices, by NumPy's rules:
  /// [K]·[K] → [], [M, K]·[K] → [M], [K]·[K, N] → [N], [b…, M, K]·[c…, K, N] → [d…, M, N] with the
  /// batch axes broadcast.
  public func matmul(_ other: Tensor) -> Tensor {
    require(
      rank > 0 && other.rank > 0, "matmul", "a scalar has no product: \(shape) × \(other.shape)")
    require(
      shape[-1] == other.shape[other.rank == 1 ? 0 : -2], "matmul",
      "inner dimensions differ: \(shape) × \(other.shape) "
        + "(\(shape[-1]) ≠ \(other.shape[other.rank == 1 ? 0 : -2]))")
    if dtype != other.dtype {
      let common = DType.promoted(dtype, other.dtype)
      return cast(to: common).matmul(other.cast(to: common))
    }
    if rank == 1 {
      return reshaped([1, count]).matmul(other).squeezed(axis: other.rank == 1 ? 0 : -2)
    }
    if other.rank == 1 { return matmul(other.reshaped([other.count, 1])).squeezed(axis: -1) }
    if rank == 2 && other.rank == 2 { return apply(MatMul(), self, other) }
    if other.rank == 2 {
      // One tall product instead of a batch of small ones with the same right side.
      let rows = shape.dimensions.dropLast().reduce(1, *)
      let product = apply(MatMul(), reshaped([rows, shape[-1]]), other)
      return product.reshaped(Shape(shape.dimensions.dropLast() + [other.shape[-1]]))
    }
    let batch = Shape.broadcast(
      Shape(Array(shape.dropLast(2))), Shape(Array(other.shape.dropLast(2))), for: "matmul")
    return apply(
      MatMul(), broadcast(to: Shape(batch.dimensions + shape.suffix(2))),
      other.broadcast(to: Shape(batch.dimensions + other.shape.suffix(2))))
  }
}

/// The product of vectors, matrices, or batches of matrices. See ``Tensor/matmul(_:)``.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { a.matmul(b) }
