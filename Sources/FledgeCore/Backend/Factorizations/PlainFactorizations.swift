/// The factorizations as textbooks have them (Golub & Van Loan 2013), for the reference backend and
/// where there is no LAPACK.
struct PlainFactorizations: MatrixFactorizations {
  /// Gaussian elimination with the largest element of each column as its pivot.
  func solve(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ count: Int, _ b: UnsafeMutablePointer<Double>
  ) -> Bool {
    _ = eliminate(n, a, count, b)
    for i in (0..<n).reversed() {
      let pivot = a[i * n + i]
      if pivot == 0 { return false }
      for c in 0..<count {
        var rest = b[i * count + c]
        for j in i + 1..<n { rest -= a[i * n + j] * b[j * count + c] }
        b[i * count + c] = rest / pivot
      }
    }
    return true
  }

  func factorize(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Double { eliminate(n, a, 0, a) }

  /// A → P L U in place, and the same row operations on B [n, count]. Returns the sign of P.
  private func eliminate(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ count: Int, _ b: UnsafeMutablePointer<Double>
  ) -> Double {
    var sign = 1.0
    for j in 0..<n {
      var best = j
      for i in j + 1..<n where abs(a[i * n + j]) > abs(a[best * n + j]) { best = i }
      let pivot = a[best * n + j]
      if pivot == 0 { continue }
      if best != j {
        sign = -sign
        exchange(a + best * n, a + j * n, n)
        exchange(b + best * count, b + j * count, count)
      }
      for i in j + 1..<n {
        let factor = a[i * n + j] / pivot
        a[i * n + j] = factor
        for c in j + 1..<n { a[i * n + c] -= factor * a[j * n + c] }
        for c in 0..<count { b[i * count + c] -= factor * b[j * count + c] }
      }
    }
    return sign
  }

  private func exchange(
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    for i in 0..<count { (x[i], y[i]) = (y[i], x[i]) }
  }

  /// Householder reflections H = 1 − β v vᵀ, each of which makes a column 0 below the diagonal.
  func qr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, q: UnsafeMutablePointer<Double>,
    r: UnsafeMutablePointer<Double>
  ) {
    var betas = [Double](repeating: 0, count: n)
    func reflect(_ x: UnsafeMutablePointer<Double>, _ column: Int, by j: Int) {
      var product = 0.0
      for i in j..<m { product += a[i * n + j] * x[i * n + column] }
      product *= betas[j]
      for i in j..<m { x[i * n + column] -= product * a[i * n + j] }
    }
    for j in 0..<n {
      var largest = 0.0
      for i in j..<m { largest = max(largest, abs(a[i * n + j])) }
      var diagonal = 0.0
      if largest > 0 {
        // v takes the place of the column; scaled, so that no square overflows.
        var square = 0.0
        for i in j..<m {
          a[i * n + j] /= largest
          square += a[i * n + j] * a[i * n + j]
        }
        let head = a[j * n + j]
        let length = head > 0 ? -square.squareRoot() : square.squareRoot()
        a[j * n + j] -= length
        betas[j] = 2 / (square - head * head + a[j * n + j] * a[j * n + j])
        diagonal = length * largest
      }
      for column in j + 1..<n { reflect(a, column, by: j) }
      for i in 0..<n { r[i * n + j] = i < j ? a[i * n + j] : i == j ? diagonal : 0 }
    }
    for i in 0..<m {
      for column in 0..<n { q[i * n + column] = i == column ? 1 : 0 }
    }
    for j in (0..<n).reversed() {
      for column in j..<n { reflect(q, column, by: j) }
    }
  }

  func cholesky(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Int {
    for j in 0..<n {
      var square = a[j * n + j]
      for k in 0..<j { square -= a[j * n + k] * a[j * n + k] }
      if !(square > 0) { return j + 1 }
      let diagonal = square.squareRoot()
      a[j * n + j] = diagonal
      for i in j + 1..<n {
        var rest = a[i * n + j]
        for k in 0..<j { rest -= a[i * n + k] * a[j * n + k] }
        a[i * n + j] = rest / diagonal
      }
    }
    return 0
  }
}
