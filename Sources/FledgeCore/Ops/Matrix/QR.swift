/// A = Q R for tall matrices: orthonormal columns, and an upper triangle whose diagonal is not
/// negative, by Householder reflections.   Shape: [*, M, N] with M ≥ N → [*, M, N], [*, N, N]
struct QR: Primitive {
  static let name = "qr"
  static let formula = "A = Q R, QᵀQ = 1, R an upper triangle"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .outputs }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    let x = inputs[0]
    requireMatrices(x, square: false, Self.name)
    let n = x.shape[-1]
    require(x.shape[-2] >= n, Self.name, "needs as many rows as columns, the shape is \(x.shape)")
    return [x, TensorType(shape: x.shape.replacingMatrix(n, n), dtype: x.dtype)]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    4 * inputs[0].shape.count * inputs[0].shape[-1]
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let types = outputTypes(of: inputs.types)
    let factorizations = backend.factorizations
    var (a, q, r) = (MatrixBatch(inputs[0]), MatrixBatch(types[0]), MatrixBatch(types[1]))
    let (m, n) = (a.rows, a.columns)
    for i in 0..<a.count {
      guard a.isFinite(i) else {
        q.fill(i, .nan)
        r.fill(i, .nan)
        continue
      }
      a.withMatrix(i) { a in
        q.withMatrix(i) { q in
          r.withMatrix(i) { r in
            factorizations.qr(m, n, a, q: q, r: r)
            for k in 0..<n where r[k * n + k] < 0 {
              for j in k..<n { r[k * n + j] = -r[k * n + j] }
              for row in 0..<m { q[row * n + k] = -q[row * n + k] }
            }
          }
        }
      }
    }
    return [q.tensor(types[0].dtype), r.tensor(types[1].dtype)]
  }

  // With P = R dRᵀ − dQᵀ Q, and S the symmetric matrix that has P's lower triangle:
  // dA = (dQ + Q S) R⁻ᵀ (Walter & Lehmann 2018).
  func gradients(_ g: GradientContext) -> Gradients {
    let result = roundedOnce([g.output(0), g.output(1), g.dy(0), g.dy(1)]) { inputs in
      let (q, r, dq, dr) = (inputs[0], inputs[1], inputs[2], inputs[3])
      let p = r.matmul(dr.transposed()) - dq.transposed().matmul(q)
      let symmetric = p.lowerTriangle() + p.lowerTriangle(diagonal: -1).transposed()
      return apply(Solve(), r, (dq + q.matmul(symmetric)).transposed()).transposed()
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [4, 2], [2, 3, 2], [1, 1], [2, 0]]
    return shapes.map { Sample(QR(), .wellConditioned($0)) }
  }
}

extension Tensor {
  /// A = Q R with K = min(M, N) orthonormal columns in Q and an upper triangle R, whose diagonal is
  /// not negative: so both are unique where the first K columns of A are independent (PyTorch's
  /// differ in signs). Gradients need that, and trap where R has a 0 on its diagonal.
  ///
  /// Computed in float64 and rounded once.   Shape: [*, M, N] → [*, M, K], [*, K, N]
  public func qr() -> (q: Tensor, r: Tensor) {
    requireMatrices(type, square: false, "qr")
    let (m, n) = (shape[-2], shape[-1])
    if m >= n {
      let outputs = apply(QR(), Tensors(self))
      return (outputs[0], outputs[1])
    }
    // What the first M columns leave open is nothing: Q is square, and R = Qᵀ A.
    let outputs = apply(QR(), Tensors(sliced(axis: -1, from: 0, count: m)))
    let rest = outputs[0].transposed().matmul(sliced(axis: -1, from: m, count: n - m))
    return (outputs[0], .concatenate([outputs[1], rest], axis: -1))
  }
}
