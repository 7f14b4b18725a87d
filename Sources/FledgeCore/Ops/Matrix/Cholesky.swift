/// (A + Aᵀ)/2 = L Lᵀ with a lower triangle L, for positive definite matrices.
/// Shape: [*, N, N] → [*, N, N]
struct Cholesky: SingleOutput {
  static let name = "cholesky"
  static let formula = "(A + Aᵀ)/2 = L Lᵀ, L a lower triangle"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .output(0) }

  func outputType(of inputs: TensorTypes) -> TensorType {
    requireMatrices(inputs[0], square: true, Self.name)
    return inputs[0]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    outputs[0].shape.count * outputs[0].shape[-1] / 3
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let factorizations = backend.factorizations
    var a = MatrixBatch(inputs[0])
    a.symmetrize()
    let n = a.rows
    for i in 0..<a.count {
      guard a.isFinite(i) else {
        a.fill(i, .nan)
        continue
      }
      let failure = a.withMatrix(i) { factorizations.cholesky(n, $0) }
      require(
        failure == 0, Self.name,
        "\(a.name(i)) is not positive definite: its first \(failure) rows and columns are not "
          + "(symmetricEigen().values are all positive where a matrix is)")
      a.withMatrix(i) { a in
        for row in 0..<n {
          for column in row + 1..<n { a[row * n + column] = 0 }
        }
      }
    }
    return a.tensor(inputs[0].dtype)
  }

  // L⁻ᵀ Φ(Lᵀ dL) L⁻¹ and its symmetric part, where Φ takes the lower triangle with half of the
  // diagonal (Murray 2016, "Differentiation of the Cholesky decomposition").
  func gradients(_ g: GradientContext) -> Gradients {
    let result = roundedOnce(Tensors(g.output, g.dy)) {
      let upper = $0[0].transposed()
      let product = upper.matmul($0[1])
      let half = (product.lowerTriangle() + product.lowerTriangle(diagonal: -1)) * 0.5
      let left = apply(Solve(), upper, half)
      let result = apply(Solve(), upper, left.transposed())
      return (result + result.transposed()) * 0.5
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [2, 2, 2], [1, 1], [0, 0]]
    return shapes.map { Sample(Cholesky(), .wellConditioned($0)) }
  }
}

extension Tensor {
  /// The Cholesky factor of positive definite matrices: the lower triangle L with A = L Lᵀ. Of a
  /// matrix that is not symmetric it takes the symmetric part, (A + Aᵀ)/2. Traps where one is not
  /// positive definite: where ``symmetricEigen()`` finds eigenvalues that are not positive. The
  /// result of a matrix with NaN or ∞ is NaN.
  ///
  /// Computed in float64 and rounded once. Cost: N³/3 operations a matrix.
  /// Shape: [*, N, N] → [*, N, N]
  public func cholesky() -> Tensor { apply(Cholesky(), self) }
}
