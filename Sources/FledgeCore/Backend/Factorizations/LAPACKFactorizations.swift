import CKernels

/// Factorizations by LAPACK, which reads our rows as its columns: our A is its Aᵀ.
struct LAPACKFactorizations: MatrixFactorizations {
  static let areThere: Bool = {
    CPUBackend.useOneBLASThread
    return fledge_has_lapack()
  }()

  func solve(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ count: Int, _ b: UnsafeMutablePointer<Double>
  ) -> Bool {
    var pivots = [Int32](repeating: 0, count: n)
    guard fledge_lapack_lu(Int32(n), a, &pivots) == 0 else { return false }
    var columns = [Double](repeating: 0, count: n * count)
    transpose(n, count, b, to: &columns)
    _ = fledge_lapack_lu_solve_transposed(Int32(n), Int32(count), a, pivots, &columns)
    transpose(count, n, columns, to: b)
    return true
  }

  func factorize(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Double {
    var pivots = [Int32](repeating: 0, count: n)
    _ = fledge_lapack_lu(Int32(n), a, &pivots)
    let exchanges = pivots.indices.count { Int(pivots[$0]) != $0 + 1 }
    return exchanges % 2 == 0 ? 1 : -1
  }

  func qr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, q: UnsafeMutablePointer<Double>,
    r: UnsafeMutablePointer<Double>
  ) {
    let (rows, columns) = (Int32(m), Int32(n))
    var (factors, tau) = ([Double](repeating: 0, count: m * n), [Double](repeating: 0, count: n))
    transpose(m, n, a, to: &factors)
    _ = withWork { fledge_lapack_qr(rows, columns, &factors, &tau, $0, $1) }
    for row in 0..<n {
      for column in 0..<n { r[row * n + column] = column < row ? 0 : factors[column * m + row] }
    }
    _ = withWork { fledge_lapack_qr_basis(rows, columns, &factors, tau, $0, $1) }
    transpose(n, m, factors, to: q)
  }

  func svd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, u: UnsafeMutablePointer<Double>,
    s: UnsafeMutablePointer<Double>, vT: UnsafeMutablePointer<Double>
  ) {
    let kept = Array(UnsafeBufferPointer(start: a, count: m * n))
    var places = [Int32](repeating: 0, count: 8 * min(m, n))
    // Aᵀ = V diag(s) Uᵀ: LAPACK's columns of V are the rows of Vᵀ, and its Uᵀ is our U.
    let info = withWork { fledge_lapack_svd(Int32(n), Int32(m), a, s, vT, u, $0, $1, &places) }
    if info == 0 { return }
    // It did not converge.
    a.update(from: kept, count: m * n)
    PlainFactorizations().svd(m, n, a, u: u, s: s, vT: vT)
  }

  func symmetricEigen(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>
  ) {
    let kept = Array(UnsafeBufferPointer(start: a, count: n * n))
    let placeCount = 3 + 5 * n
    var places = [Int32](repeating: 0, count: placeCount)
    let info = withWork {
      fledge_lapack_symmetric_eigen(Int32(n), a, values, $0, $1, &places, Int32(placeCount))
    }
    if info == 0 {
      var vectors = [Double](repeating: 0, count: n * n)
      transpose(n, n, a, to: &vectors)
      a.update(from: vectors, count: n * n)
      return
    }
    a.update(from: kept, count: n * n)
    PlainFactorizations().symmetricEigen(n, a, values: values)
  }

  func cholesky(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Int {
    Int(fledge_lapack_cholesky(Int32(n), a))
  }

  /// Calls `body` twice: with no memory, for the size that it needs, and with as much.
  private func withWork(_ body: (UnsafeMutablePointer<Double>, Int32) -> Int32) -> Int32 {
    var size = 0.0
    _ = body(&size, -1)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    return work.withUnsafeMutableBufferPointer { body($0.baseAddress!, Int32($0.count)) }
  }

  private func transpose(
    _ rows: Int, _ columns: Int, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows {
      for column in 0..<columns { y[column * rows + row] = x[row * columns + column] }
    }
  }
}
