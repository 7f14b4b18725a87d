/// Jacobi's methods: plane rotations until what they are to make 0 is nothing beside the rest
/// (Golub & Van Loan 2013, sections 8.5 and 8.6). Slower than LAPACK's, and at least as exact.
extension PlainFactorizations {
  /// More than ever needed: each sweep doubles the number of right digits.
  private static let sweeps = 60

  func symmetricEigen(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>
  ) {
    var largest = 0.0
    for i in 0..<n * n { largest = max(largest, abs(a[i])) }
    var vectors = [Double](repeating: 0, count: n * n)
    for i in 0..<n { vectors[i * n + i] = 1 }
    // Squares of scaled elements do not overflow.
    if largest > 0 {
      for i in 0..<n * n { a[i] /= largest }
    }
    for _ in 0..<Self.sweeps {
      var rest = 0.0
      var total = 0.0
      for i in 0..<n {
        for j in 0..<n {
          total += a[i * n + j] * a[i * n + j]
          if i != j { rest += a[i * n + j] * a[i * n + j] }
        }
      }
      if rest <= 1e-32 * total { break }
      for p in 0..<n {
        for q in p + 1..<n where a[p * n + q] != 0 {
          let (c, s) = rotation(a[p * n + p], a[q * n + q], a[p * n + q])
          for i in 0..<n {
            let (x, y) = (a[i * n + p], a[i * n + q])
            (a[i * n + p], a[i * n + q]) = (c * x - s * y, s * x + c * y)
          }
          for i in 0..<n {
            let (x, y) = (a[p * n + i], a[q * n + i])
            (a[p * n + i], a[q * n + i]) = (c * x - s * y, s * x + c * y)
          }
          for i in 0..<n {
            let (x, y) = (vectors[i * n + p], vectors[i * n + q])
            (vectors[i * n + p], vectors[i * n + q]) = (c * x - s * y, s * x + c * y)
          }
        }
      }
    }
    let found = (0..<n).map { a[$0 * n + $0] * (largest > 0 ? largest : 1) }
    for (place, old) in (0..<n).sorted(by: { found[$0] < found[$1] }).enumerated() {
      values[place] = found[old]
      for i in 0..<n { a[i * n + place] = vectors[i * n + old] }
    }
  }

  /// Cosine and sine of the rotation that makes `between` 0, of the smaller angle.
  private func rotation(_ p: Double, _ q: Double, _ between: Double) -> (Double, Double) {
    let ratio = (q - p) / (2 * between)
    let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    return (cosine, tangent * cosine)
  }

  func svd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, u: UnsafeMutablePointer<Double>,
    s: UnsafeMutablePointer<Double>, vT: UnsafeMutablePointer<Double>
  ) {
    // Columns lie one after another here. Of a wide matrix the transpose is decomposed.
    let (rows, columns) = (max(m, n), min(m, n))
    let isWide = m < n
    var largest = 0.0
    for i in 0..<m * n { largest = max(largest, abs(a[i])) }
    let scale = largest > 0 ? largest : 1
    var left = [Double](repeating: 0, count: rows * columns)
    for i in 0..<m {
      for j in 0..<n {
        left[isWide ? i * rows + j : j * rows + i] = a[i * n + j] / scale
      }
    }
    var right = [Double](repeating: 0, count: columns * columns)
    for i in 0..<columns { right[i * columns + i] = 1 }
    makeOrthogonal(rows, columns, &left, &right)

    let lengths = (0..<columns).map { column -> Double in
      var square = 0.0
      for i in 0..<rows { square += left[column * rows + i] * left[column * rows + i] }
      return square.squareRoot()
    }
    let order = (0..<columns).sorted { lengths[$0] > lengths[$1] }
    // What is left of a column that depends on others is rounding: another direction replaces it.
    let negligible = (order.first.map { lengths[$0] } ?? 0) * Double(rows) * Double.ulpOfOne
    var basis: [[Double]] = []
    for (place, old) in order.enumerated() {
      s[place] = lengths[old] * scale
      let column = left[old * rows..<(old + 1) * rows].map { $0 / lengths[old] }
      basis.append(lengths[old] > negligible ? column : orthogonalDirection(to: basis, rows))
      for i in 0..<columns {
        let x = right[old * columns + i]
        if isWide { u[i * columns + place] = x } else { vT[place * columns + i] = x }
      }
      for i in 0..<rows {
        let x = basis[place][i]
        if isWide { vT[place * rows + i] = x } else { u[i * columns + place] = x }
      }
    }
  }

  /// Rotates pairs of columns until all are orthogonal (Hestenes 1958), and `right` with them.
  private func makeOrthogonal(
    _ rows: Int, _ columns: Int, _ left: inout [Double], _ right: inout [Double]
  ) {
    func rotate(_ x: inout [Double], _ size: Int, _ p: Int, _ q: Int, _ c: Double, _ s: Double) {
      for i in 0..<size {
        let (a, b) = (x[p * size + i], x[q * size + i])
        (x[p * size + i], x[q * size + i]) = (c * a - s * b, s * a + c * b)
      }
    }
    for _ in 0..<Self.sweeps {
      var isDone = true
      for p in 0..<columns {
        for q in p + 1..<columns {
          var (pp, qq, pq) = (0.0, 0.0, 0.0)
          for i in 0..<rows {
            let (x, y) = (left[p * rows + i], left[q * rows + i])
            pp += x * x
            qq += y * y
            pq += x * y
          }
          if abs(pq) <= 1e-15 * pp.squareRoot() * qq.squareRoot() { continue }
          isDone = false
          let (c, s) = rotation(pp, qq, pq)
          rotate(&left, rows, p, q, c, s)
          rotate(&right, columns, p, q, c, s)
        }
      }
      if isDone { return }
    }
  }

  /// A unit vector orthogonal to those of `basis`, of which there are less than `size`.
  private func orthogonalDirection(to basis: [[Double]], _ size: Int) -> [Double] {
    var best = [Double](repeating: 0, count: size)
    var longest = 0.0
    for axis in 0..<size {
      var x = [Double](repeating: 0, count: size)
      x[axis] = 1
      // Twice is enough.
      for _ in 0..<2 {
        for y in basis {
          var product = 0.0
          for i in 0..<size { product += x[i] * y[i] }
          for i in 0..<size { x[i] -= product * y[i] }
        }
      }
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length > longest { (best, longest) = (x.map { $0 / length }, length) }
    }
    return best
  }
}
