/// Y = A⁻¹, by LU with exchanges of rows.   Shape: [*, N, N] → [*, N, N]
struct Inverse: SingleOutput {
  static let name = "inverse"
  static let formula = "Y = A⁻¹"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .output(0) }

  func outputType(of inputs: TensorTypes) -> TensorType {
    requireMatrices(inputs[0], square: true, Self.name)
    return inputs[0]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    2 * outputs[0].shape.count * outputs[0].shape[-1]
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let type = inputs[0].type
    var identity = MatrixBatch(type)
    let n = identity.rows
    for i in 0..<identity.count {
      identity.withMatrix(i) { y in
        for j in 0..<n { y[j * n + j] = 1 }
      }
    }
    return solved(inputs[0], identity, on: backend, Self.name).tensor(type.dtype)
  }

  // d(A⁻¹) = −A⁻¹ dA A⁻¹ (Giles 2008, section 2.2.3).
  func gradients(_ g: GradientContext) -> Gradients {
    let result = roundedOnce(Tensors(g.output, g.dy)) {
      let transposed = $0[0].transposed()
      return -transposed.matmul($0[1]).matmul(transposed)
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [1, 1], [2, 2, 2], [0, 0], [0, 2, 2]]
    return shapes.map { Sample(Inverse(), .wellConditioned($0)) }
  }
}

/// X = A⁻¹ B.   Shape: [*, N, N], [*, N, K] → [*, N, K]
struct Solve: SingleOutput {
  static let name = "solve"
  static let formula = "X = A⁻¹ B"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { [.input(0), .output(0)] }

  func outputType(of inputs: TensorTypes) -> TensorType {
    let (a, b) = (inputs[0], inputs[1])
    requireMatrices(a, square: true, Self.name)
    requireSameDType(a, b, Self.name)
    require(
      b.shape.rank == a.shape.rank
        && b.shape == a.shape.replacingMatrix(a.shape[-1], b.shape[-1]), Self.name,
      "A must be [*, N, N] and B [*, N, K], the shapes are \(a.shape) and \(b.shape)")
    return b
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    let n = inputs[0].shape[-1]
    return 2 * inputs[0].shape.count * n / 3 + 2 * outputs[0].shape.count * n
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    solved(inputs[0], MatrixBatch(inputs[1]), on: backend, Self.name).tensor(inputs[1].dtype)
  }

  // dB = A⁻ᵀ dX, dA = −dB Xᵀ (Giles 2008, section 2.3.1).
  func gradients(_ g: GradientContext) -> Gradients {
    let right = roundedOnce(Tensors(g.input(0), g.dy)) { apply(Solve(), $0[0].transposed(), $0[1]) }
    let left = roundedOnce(Tensors(right, g.output)) { -$0[0].matmul($0[1].transposed()) }
    return [left, right]
  }

  static var samples: [Sample] {
    let shapes: [(Shape, Shape)] = [
      ([3, 3], [3, 2]), ([2, 2, 2], [2, 2, 1]), ([2, 2], [2, 0]),
    ]
    return shapes.map { Sample(Solve(), .wellConditioned($0), .uniform($1)) }
  }
}

/// A⁻¹ B for all matrices of a batch; traps where one is singular.
private func solved(
  _ a: Tensor, _ b: MatrixBatch, on backend: any Backend, _ operation: String
) -> MatrixBatch {
  let solver = backend.factorizations
  var (a, b) = (MatrixBatch(a), b)
  for i in 0..<b.count {
    guard a.isFinite(i) else {
      b.fill(i, .nan)
      continue
    }
    let (n, columns) = (a.rows, b.columns)
    let isRegular = a.withMatrix(i) { a in b.withMatrix(i) { solver.solve(n, a, columns, $0) } }
    require(
      isRegular, operation,
      "\(a.name(i)) is singular and has no inverse (logDeterminant().sign is 0 where a matrix is)")
  }
  return b
}

extension Tensor {
  /// A⁻¹, the inverse of each matrix. Traps where a matrix is singular: where its
  /// ``logDeterminant()`` has the sign 0. ``solve(_:)`` is faster and more exact than a product
  /// with an inverse. The result of a matrix with NaN or ∞ is NaN.
  ///
  /// Computed in float64 and rounded once. Cost: 2 N³ operations a matrix.
  /// Shape: [*, N, N] → [*, N, N]
  public func inverse() -> Tensor { apply(Inverse(), self) }

  /// X with A X = B, where A is this tensor. Traps where a matrix is singular: where its
  /// ``logDeterminant()`` has the sign 0. Batch axes broadcast; a B with one axis less than A, or
  /// with one axis, is a vector b.
  ///
  /// Computed in float64 and rounded once. Cost: 2/3 N³ + 2 N² K operations a matrix.
  /// Shape: [*, N, N], [*, N, K] → [*, N, K], or [*, N, N], [*, N] → [*, N]
  public func solve(_ other: Tensor) -> Tensor {
    require(
      rank >= 2 && other.rank >= 1, "solve",
      "A must be [*, N, N] and B [*, N, K] or [*, N], the shapes are \(shape) and \(other.shape)")
    let isVector =
      other.rank == 1
      || (other.rank == rank - 1 && other.shape.dimensions.elementsEqual(shape.dropLast()))
    if isVector { return solve(other.expandedDims(axis: -1)).squeezed(axis: -1) }
    let common = DType.promoted(dtype, other.dtype)
    let (a, b) = (cast(to: common), other.cast(to: common))
    let batch = Shape.broadcast(
      Shape(Array(shape.dropLast(2))), Shape(Array(other.shape.dropLast(2))), for: "solve")
    return apply(
      Solve(), a.broadcast(to: Shape(Array(batch) + [shape[-2], shape[-1]])),
      b.broadcast(to: Shape(Array(batch) + [other.shape[-2], other.shape[-1]])))
  }
}
