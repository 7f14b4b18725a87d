/// A = U diag(s) Vᵀ with orthonormal columns in U and V, K = min(M, N), and s ≥ 0 descending. Of
/// the largest elements of a column of U, the first is positive.
/// Shape: [*, M, N] → [*, M, K], [*, K], [*, K, N]
struct SVD: Primitive {
  static let name = "svd"
  static let formula = "A = U diag(s) Vᵀ"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[0]
    requireMatrices(x, square: false, Self.name)
    let (m, n) = (x.shape[-2], x.shape[-1])
    let k = min(m, n)
    return [
      TensorType(shape: x.shape.replacingMatrix(m, k), dtype: x.dtype),
      TensorType(shape: Shape(Array(x.shape.dropLast(2)) + [k]), dtype: x.dtype),
      TensorType(shape: x.shape.replacingMatrix(k, n), dtype: x.dtype),
    ]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    14 * inputs[0].shape.count * outputs[1].shape[-1]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let types = outputTypes(of: inputs.types)
    let factorizations = backend.factorizations
    var (a, u, vT) = (MatrixBatch(inputs[0]), MatrixBatch(types[0]), MatrixBatch(types[2]))
    var values = [Double](repeating: 0, count: types[1].shape.count)
    let (m, n) = (a.rows, a.columns)
    let k = min(m, n)
    for i in 0..<a.count {
      guard a.isFinite(i) else {
        u.fill(i, .nan)
        vT.fill(i, .nan)
        for j in 0..<k { values[i * k + j] = .nan }
        continue
      }
      a.withMatrix(i) { a in
        u.withMatrix(i) { u in
          vT.withMatrix(i) { vT in
            values.withUnsafeMutableBufferPointer { s in
              factorizations.svd(m, n, a, u: u, s: s.baseAddress! + i * k, vT: vT)
            }
            for j in 0..<k where hasNegativeHead(m, k, u, column: j) {
              for row in 0..<m { u[row * k + j] = -u[row * k + j] }
              for column in 0..<n { vT[j * n + column] = -vT[j * n + column] }
            }
          }
        }
      }
    }
    return [
      u.tensor(types[0].dtype), Tensor(rounding: values, types[1].shape, types[1].dtype),
      vT.tensor(types[2].dtype),
    ]
  }

  // With F = 1 / (sⱼ² − sᵢ²), 0 on the diagonal (Townsend 2016, "Differentiating the SVD"):
  // dA = U diag(ds) Vᵀ + [U (F ∘ (UᵀdU − dUᵀU)) S + (1 − UUᵀ) dU S⁻¹] Vᵀ
  //    + U [S (F ∘ (VᵀdV − dVᵀV)) Vᵀ + S⁻¹ dVᵀ (1 − VVᵀ)]
  func gradients(_ g: GradientContext) -> Gradients {
    let (m, n) = (g.inputShape(0)[-2], g.inputShape(0)[-1])
    let values: Tensors = [
      g.output(0), g.output(1), g.output(2), g.dy(0), g.dy(1), g.dy(2),
    ]
    let result = roundedOnce(values) { inputs in
      let (u, s, vT) = (inputs[0], inputs[1], inputs[2])
      let (du, ds, dvT) = (inputs[3], inputs[4], inputs[5])
      let (row, column) = (s.expandedDims(axis: -2), s.expandedDims(axis: -1))
      let differences = (row - column) * (row + column)
      func skewed(_ x: Tensor) -> Tensor { (x - x.transposed()).overWhereNotZero(differences) }
      var result = (u * ds.expandedDims(axis: -2)).matmul(vT)
      if g.hasGradient(0) {
        let product = u.transposed().matmul(du)
        var left = u.matmul(skewed(product) * row)
        if m > n { left = left + (du - u.matmul(product)).overWhereNotZero(row) }
        result = result + left.matmul(vT)
      }
      if g.hasGradient(2) {
        let product = vT.matmul(dvT.transposed())
        var right = (skewed(product) * column).matmul(vT)
        if n > m {
          right = right + (dvT - product.transposed().matmul(vT)).overWhereNotZero(column)
        }
        result = result + u.matmul(right)
      }
      return result
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [4, 2], [2, 4], [2, 3, 2], [1, 1], [2, 0]]
    return shapes.map { Sample(SVD(), .wellConditioned($0)) }
  }
}

/// Whether the first of the largest elements of a column is negative. Elements that differ by
/// rounding alone are equally large, so that backends agree.
func hasNegativeHead(
  _ rows: Int, _ columns: Int, _ x: UnsafePointer<Double>, column: Int
) -> Bool {
  var largest = 0.0
  for row in 0..<rows { largest = max(largest, abs(x[row * columns + column])) }
  for row in 0..<rows {
    let element = x[row * columns + column]
    if abs(element) >= largest * (1 - 1e-9) { return element < 0 }
  }
  return false
}

extension Tensor {
  /// x / divisor, and 0 where the divisor is 0.
  func overWhereNotZero(_ divisor: Tensor) -> Tensor {
    let isZero = divisor .== 0
    return (self / divisor.masked(where: isZero, with: 1)).masked(where: isZero, with: 0)
  }

  /// The singular value decomposition A = U diag(s) Vᵀ: orthonormal columns in U and V, the
  /// singular values s ≥ 0 in descending order, K = min(M, N).
  ///
  /// A pair of columns of U and V may be negated together; here, of the largest elements of each
  /// column of U the first is positive. Gradients through s alone hold for every matrix; those
  /// through U and V need singular values that differ from each other, and leave out pairs that do
  /// not. The results of a matrix with NaN or ∞ are NaN.
  ///
  /// Computed in float64 and rounded once.   Shape: [*, M, N] → [*, M, K], [*, K], [*, K, N]
  public func svd() -> (u: Tensor, s: Tensor, vT: Tensor) {
    let outputs = apply(SVD(), Tensors(self))
    return (outputs[0], outputs[1], outputs[2])
  }
}
