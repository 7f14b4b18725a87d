/// The matrices of a tensor's last two axes as doubles, row by row, for factorizations: float32 and
/// halves are computed in float64 and rounded once.
struct MatrixBatch {
  let shape: Shape
  var elements: [Double]

  var rows: Int { shape[-2] }
  var columns: Int { shape[-1] }
  private var size: Int { rows * columns }

  init(_ x: Tensor) {
    shape = x.shape
    elements = x.doubles
  }

  /// Zeros.
  init(_ type: TensorType) {
    shape = type.shape
    elements = [Double](repeating: 0, count: shape.count)
  }

  /// How many matrices there are that have elements.
  var count: Int { size == 0 ? 0 : elements.count / size }

  /// Whether matrix `i` has neither NaN nor ∞. Where it has, all results are NaN.
  func isFinite(_ i: Int) -> Bool {
    elements[i * size..<(i + 1) * size].allSatisfy { $0.isFinite }
  }

  /// Calls `body` with the first element of matrix `i`.
  mutating func withMatrix<R>(_ i: Int, _ body: (UnsafeMutablePointer<Double>) -> R) -> R {
    let start = i * size
    return elements.withUnsafeMutableBufferPointer { body($0.baseAddress! + start) }
  }

  mutating func fill(_ i: Int, _ value: Double) {
    for j in i * size..<(i + 1) * size { elements[j] = value }
  }

  /// (A + Aᵀ)/2 of each square matrix: what factorizations of symmetric matrices see.
  mutating func symmetrize() {
    let n = rows
    for i in 0..<count {
      withMatrix(i) { a in
        for row in 0..<n {
          for column in 0..<row {
            // Halved first: the sum may be too large.
            let mean = a[row * n + column] / 2 + a[column * n + row] / 2
            (a[row * n + column], a[column * n + row]) = (mean, mean)
          }
        }
      }
    }
  }

  func tensor(_ dtype: DType) -> Tensor { Tensor(rounding: elements, shape, dtype) }

  /// "the matrix", or "matrix 2 of 5", for messages.
  func name(_ i: Int) -> String { count == 1 ? "the matrix" : "matrix \(i) of \(count)" }
}

/// Traps unless a type is one of floating-point matrices, square ones if `square`.
func requireMatrices(_ x: TensorType, square: Bool, _ operation: String) {
  requireFloatingPoint(x, operation)
  require(
    x.shape.rank >= 2 && (!square || x.shape[-1] == x.shape[-2]), operation,
    "needs \(square ? "square matrices [*, N, N]" : "matrices [*, M, N]"), the shape is \(x.shape)")
}

extension Shape {
  /// The shape with other sizes of the last two axes.
  func replacingMatrix(_ rows: Int, _ columns: Int) -> Shape {
    var result = self
    result[-2] = rows
    result[-1] = columns
    return result
  }
}
