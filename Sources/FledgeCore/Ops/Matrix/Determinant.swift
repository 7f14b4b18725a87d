import Foundation

/// y = det A, the product of the pivots of LU.   Shape: [*, N, N] → [*]
struct Determinant: SingleOutput {
  static let name = "determinant"
  static let formula = "y = det A"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .input(0) }

  func outputType(of inputs: TensorTypes) -> TensorType {
    requireMatrices(inputs[0], square: true, Self.name)
    return TensorType(
      shape: Shape(Array(inputs[0].shape.dropLast(2))), dtype: inputs[0].dtype)
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    2 * inputs[0].shape.count * inputs[0].shape[-1] / 3
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let type = outputType(of: inputs.types)
    let pivots = Pivots(inputs[0], on: backend)
    let values = pivots.signs.indices.map { pivots.diagonals[$0].reduce(pivots.signs[$0], *) }
    return Tensor(rounding: values, type.shape, type.dtype)
  }

  // The cofactors, det A · A⁻ᵀ where A has an inverse (Giles 2008, section 2.2.4).
  func gradients(_ g: GradientContext) -> Gradients {
    let dy = g.dy.expandedDims(axis: -1).expandedDims(axis: -1)
    return [roundedOnce(Tensors(g.input(0), dy)) { apply(Cofactors(), $0[0]) * $0[1] }]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [1, 1], [2, 2, 2], [0, 0]]
    return shapes.map { Sample(Determinant(), .wellConditioned($0)) }
  }
}

/// Y = the cofactors of A, the derivative of its determinant: with A = U diag(s) Vᵀ,
/// Y = det U · det V · U diag(Πⱼ≠ᵢ sⱼ) Vᵀ. For singular matrices, too.
/// Shape: [*, N, N] → [*, N, N]
struct Cofactors: SingleOutput {
  static let name = "cofactors"
  static let formula = "Y = ∂ det A / ∂A"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { [.input(0), .output(0)] }

  func outputType(of inputs: TensorTypes) -> TensorType {
    requireMatrices(inputs[0], square: true, Self.name)
    return inputs[0]
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let factorizations = backend.factorizations
    var a = MatrixBatch(inputs[0])
    let n = a.rows
    for i in 0..<a.count {
      guard a.isFinite(i) else {
        a.fill(i, .nan)
        continue
      }
      var (u, s) = ([Double](repeating: 0, count: n * n), [Double](repeating: 0, count: n))
      var vT = u
      a.withMatrix(i) { factorizations.svd(n, n, $0, u: &u, s: &s, vT: &vT) }
      let others = (0..<n).map { k in
        (0..<n).reduce(1.0) { $1 == k ? $0 : $0 * s[$1] }
      }
      // Both are 1 or −1, but for rounding.
      func orientation(_ x: [Double]) -> Double {
        var x = x
        let sign = factorizations.factorize(n, &x)
        return (0..<n).reduce(sign) { x[$1 * n + $1] < 0 ? -$0 : $0 }
      }
      let sign = orientation(u) * orientation(vT)
      a.withMatrix(i) { y in
        for row in 0..<n {
          for column in 0..<n {
            y[row * n + column] = (0..<n).reduce(0) {
              $0 + sign * u[row * n + $1] * others[$1] * vT[$1 * n + column]
            }
          }
        }
      }
    }
    return a.tensor(inputs[0].dtype)
  }

  // With C for the cofactors and W for dy: (⟨W, C⟩ C − C Wᵀ C) / det A; not finite where that is 0.
  func gradients(_ g: GradientContext) -> Gradients {
    let result = roundedOnce(Tensors(g.input(0), g.output, g.dy)) { inputs in
      let (a, c, w) = (inputs[0], inputs[1], inputs[2])
      let scale = (w * c).sum(axes: [-2, -1], keepDims: true)
      let determinant = apply(Determinant(), a).expandedDims(axis: -1).expandedDims(axis: -1)
      return (scale * c - c.matmul(w.transposed()).matmul(c)) / determinant
    }
    return [result]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [1, 1], [2, 2, 2]]
    return shapes.map { Sample(Cofactors(), .wellConditioned($0)) }
  }
}

/// log |det A|, and the sign of det A: 1, −1, or 0 for a singular matrix, whose logarithm is −∞.
/// Shape: [*, N, N] → [*], [*]
struct LogDeterminant: Primitive {
  static let name = "logDeterminant"
  static let formula = "y = log |det A|, and the sign of det A"
  static var precision: AutocastRule { .full }

  var saves: SavedValues { .input(0) }
  /// The sign has no gradient.
  var auxiliaryOutputCount: Int { 1 }

  func outputTypes(of inputs: TensorTypes) -> TensorTypes {
    requireMatrices(inputs[0], square: true, Self.name)
    let type = Determinant().outputType(of: inputs)
    return [type, type]
  }

  func operationCount(_ inputs: TensorTypes, _ outputs: TensorTypes) -> Int {
    Determinant().operationCount(inputs, outputs)
  }

  func forward(_ inputs: Tensors, on backend: any Backend) -> Tensors {
    let type = outputTypes(of: inputs.types)[0]
    let pivots = Pivots(inputs[0], on: backend)
    let logarithms = pivots.diagonals.map { $0.reduce(0) { $0 + log(abs($1)) } }
    let signs = zip(pivots.signs, pivots.diagonals).map { sign, diagonal in
      diagonal.reduce(sign) { $1.isNaN ? .nan : $1 == 0 ? 0 : $1 < 0 ? -$0 : $0 }
    }
    return [
      Tensor(rounding: logarithms, type.shape, type.dtype),
      Tensor(rounding: signs, type.shape, type.dtype),
    ]
  }

  // A⁻ᵀ (Giles 2008, section 2.2.4).
  func gradients(_ g: GradientContext) -> Gradients {
    let dy = g.dy.expandedDims(axis: -1).expandedDims(axis: -1)
    return [roundedOnce(Tensors(g.input(0), dy)) { apply(Inverse(), $0[0]).transposed() * $0[1] }]
  }

  static var samples: [Sample] {
    let shapes: [Shape] = [[3, 3], [1, 1], [2, 2, 2], [0, 0]]
    return shapes.map { Sample(LogDeterminant(), .wellConditioned($0)) }
  }
}

/// The pivots of LU for each matrix of a batch, whose product with the sign is the determinant.
private struct Pivots {
  /// Of the exchanges of rows.
  var signs: [Double] = []
  var diagonals: [[Double]] = []

  init(_ x: Tensor, on backend: any Backend) {
    let factorizations = backend.factorizations
    var a = MatrixBatch(x)
    let n = a.rows
    // Of no rows, the determinant is the product of nothing.
    for i in 0..<Shape(Array(x.shape.dropLast(2))).count {
      if n == 0 || !a.isFinite(i) {
        signs.append(n == 0 ? 1 : .nan)
        diagonals.append(n == 0 ? [] : [.nan])
        continue
      }
      a.withMatrix(i) { a in
        signs.append(factorizations.factorize(n, a))
        diagonals.append((0..<n).map { a[$0 * n + $0] })
      }
    }
  }
}

extension Tensor {
  /// The determinant of each matrix. Its gradient is that of PyTorch, for singular matrices, too; a
  /// second derivative needs a determinant that is not 0. For large matrices ``logDeterminant()``
  /// neither overflows nor vanishes.
  ///
  /// Computed in float64 and rounded once. Cost: 2/3 N³ operations a matrix.
  /// Shape: [*, N, N] → [*]
  public func determinant() -> Tensor { apply(Determinant(), self) }

  /// The sign of each determinant, 1, −1 or 0, and log |det A|, which is −∞ for a singular matrix.
  /// Only the logarithm has gradients, which need an inverse: they trap where there is none.
  ///
  /// Computed in float64 and rounded once. Cost: 2/3 N³ operations a matrix.
  /// Shape: [*, N, N] → [*], [*]
  public func logDeterminant() -> (sign: Tensor, logarithm: Tensor) {
    let outputs = apply(LogDeterminant(), Tensors(self))
    return (outputs[1], outputs[0])
  }
}
