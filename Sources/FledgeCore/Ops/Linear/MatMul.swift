/// y = a b, matrix by matrix; the batch axes are equal.   Shape: [b…, M, K], [b…, K, N] → [b…, M, N]
///
/// Either side may be transposed first, so that layers and gradient rules need no transposing
/// operation. Cost: 2·B·M·N·K floating-point operations.
struct MatMul: SingleOutput {
  static let name = "matmul"
  static let formula = "y[m, n] = Σₖ a[m, k] b[k, n]"
  static var precision: AutocastRule { .reduced }

  /// a is [b…, K, M].
  var transposesLeft = false
  /// b is [b…, N, K].
  var transposesRight = false

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    requireSameDType(a, b, Self.name)
    let rank = a.shape.rank
    var dimensions = a.shape.dimensions
    require(
      rank >= 2 && b.shape.rank == rank
        && (0..<rank - 2).allSatisfy { dimensions[$0] == b.shape.dimensions[$0] },
      Self.name, "batch axes differ: \(a.shape) × \(b.shape)")
    let (m, k) = transposesLeft ? (a.shape[-1], a.shape[-2]) : (a.shape[-2], a.shape[-1])
    let (depth, n) = transposesRight ? (b.shape[-1], b.shape[-2]) : (b.shape[-2], b.shape[-1])
    require(
      k == depth, Self.name,
      "inner dimensions differ: \(a.shape)\(transposesLeft ? "ᵀ" : "") × "
        + "\(b.shape)\(transposesRight ? "ᵀ" : "") (\(k) ≠ \(depth))")
    dimensions[rank - 2] = m
    dimensions[rank - 1] = n
    return TensorType(shape: Shape(dimensions), dtype: a.dtype)
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    2 * outputs[0].shape.count * inputs[0].shape[transposesLeft ? -2 : -1]
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    return backend.matmul(
      transposesLeft ? a.view(a.layout.transposed) : a,
      transposesRight ? b.view(b.layout.transposed) : b)
  }

  // With A = op(a) and B = op(b): dA = dy Bᵀ and dB = Aᵀ dy, transposed where a and b are. So the
  // gradient of a layer's weight [N, K] has the weight's order in memory.
  func gradients(_ g: GradientContext) -> Gradients {
    let (a, b, dy) = (g.input(0), g.input(1), g.dy)
    let (left, right) = (transposesLeft, transposesRight)
    let da =
      !g.needs(0)
      ? nil
      : left
        ? apply(MatMul(transposesLeft: right, transposesRight: true), b, dy)
        : product(dy, b, transposesRight: !right, like: a.layout)
    let db =
      !g.needs(1)
      ? nil
      : right
        ? apply(MatMul(transposesLeft: true, transposesRight: left), dy, a)
        : product(a, dy, transposesLeft: !left, like: b.layout)
    return [da, db]
  }

  /// op(a) op(b), or (op(b)ᵀ op(a)ᵀ)ᵀ for the gradient of a transposed view: the same numbers in
  /// the order of the tensor under the view, which saves a copy.
  private func product(
    _ a: Tensor, _ b: Tensor, transposesLeft: Bool = false, transposesRight: Bool = false,
    like layout: Layout
  ) -> Tensor {
    let isTransposed = layout.strides[layout.rank - 2] == 1 && layout.strides[layout.rank - 1] != 1
    return isTransposed
      ? apply(
        MatMul(transposesLeft: !transposesRight, transposesRight: !transposesLeft), b, a
      ).transposed()
      : apply(MatMul(transposesLeft: transposesLeft, transposesRight: transposesRight), a, b)
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
      Sample(MatMul(transposesLeft: true), .uniform([3, 2]), .uniform([3, 4])),
      Sample(MatMul(transposesRight: true), .uniform([2, 5, 3]), .uniform([2, 4, 3])),
      Sample(
        MatMul(transposesLeft: true, transposesRight: true), .uniform([3, 2]), .uniform([4, 3])),
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
