/// (A + Aᵀ)/2 = V diag(λ) Vᵀ: eigenvalues in ascending order and orthonormal eigenvectors, of which
/// the first of the largest elements is positive.   Shape: [*, N, N] → [*, N], [*, N, N]
struct SymmetricEigen: Primitive {
  static let name = "symmetricEigen"
  static let formula = "(A + Aᵀ)/2 = V diag(λ) Vᵀ"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[0]
    requireMatrices(x, square: true, Self.name)
    return [TensorType(shape: Shape(Array(x.shape.dropLast())), dtype: x.dtype), x]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    9 * inputs[0].shape.count * inputs[0].shape[-1]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let types = outputTypes(of: inputs.types)
    let factorizations = backend.factorizations
    var vectors = MatrixBatch(inputs[0])
    vectors.symmetrize()
    var values = [Double](repeating: 0, count: types[0].shape.count)
    let n = vectors.rows
    for i in 0..<vectors.count {
      guard vectors.isFinite(i) else {
        vectors.fill(i, .nan)
        for j in 0..<n { values[i * n + j] = .nan }
        continue
      }
      vectors.withMatrix(i) { v in
        values.withUnsafeMutableBufferPointer { values in
          factorizations.symmetricEigen(n, v, values: values.baseAddress! + i * n)
        }
        for j in 0..<n where hasNegativeHead(n, n, v, column: j) {
          for row in 0..<n { v[row * n + j] = -v[row * n + j] }
        }
      }
    }
    return [
      Tensor(rounding: values, types[0].shape, types[0].dtype), vectors.tensor(types[1].dtype),
    ]
  }

  // V [diag(dλ) + F ∘ (VᵀdV)] Vᵀ with F = 1 / (λⱼ − λᵢ), 0 on the diagonal (Giles 2008, section
  // 3.1), and its symmetric part, since A enters with its own.
  func gradients(_ g: GradientContext) -> Gradients {
    let result = roundedOnce([g.output(0), g.output(1), g.dy(0), g.dy(1)]) { inputs in
      let (values, v, dValues, dv) = (inputs[0], inputs[1], inputs[2], inputs[3])
      var left = v * dValues.expandedDims(axis: -2)
      if g.hasGradient(1) {
        let differences = values.expandedDims(axis: -2) - values.expandedDims(axis: -1)
        left = left + v.matmul(v.transposed().matmul(dv).overWhereNotZero(differences))
      }
      let result = left.matmul(v.transposed())
      return (result + result.transposed()) * 0.5
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [2, 2, 2], [1, 1], [0, 0]]
    return shapes.map { Sample(SymmetricEigen(), .wellConditioned($0)) }
  }
}

extension Tensor {
  /// The eigenvalues in ascending order, and the orthonormal eigenvectors as columns, of symmetric
  /// matrices: A = V diag(λ) Vᵀ. Of a matrix that is not symmetric it takes the symmetric part,
  /// (A + Aᵀ)/2.
  ///
  /// An eigenvector may be negated; here, of its largest elements the first is positive. Gradients
  /// through the eigenvalues alone hold for every matrix; those through the vectors need
  /// eigenvalues that differ from each other, and leave out pairs that do not. The results of a
  /// matrix with NaN or ∞ are NaN.
  ///
  /// Computed in float64 and rounded once.   Shape: [*, N, N] → [*, N], [*, N, N]
  public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
    let outputs = apply(SymmetricEigen(), Tensors(self))
    return (outputs[0], outputs[1])
  }
}
