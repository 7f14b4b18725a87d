/// Factorizations of one dense matrix of doubles, whose rows lie one after another in memory. All
/// elements are finite, and no size is 0.
protocol MatrixFactorizations {
  /// B [n, count] → X with A X = B. A is destroyed. False if A is singular: a pivot is exactly 0.
  func solve(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, _ count: Int, _ b: UnsafeMutablePointer<Double>
  ) -> Bool
  /// A = P L U in place, with U's diagonal on the diagonal. Returns the sign of P.
  func factorize(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Double
  /// A [m, n], m ≥ n, = Q [m, n] R [n, n]. A is destroyed; R's lower triangle is 0.
  func qr(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, q: UnsafeMutablePointer<Double>,
    r: UnsafeMutablePointer<Double>)
  /// A [m, n] = U [m, k] diag(s) Vᵀ [k, n] with k = min(m, n) and s descending. A is destroyed.
  func svd(
    _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Double>, u: UnsafeMutablePointer<Double>,
    s: UnsafeMutablePointer<Double>, vT: UnsafeMutablePointer<Double>)
  /// A symmetric [n, n] = V diag(values) Vᵀ with the values ascending; V replaces A.
  func symmetricEigen(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, values: UnsafeMutablePointer<Double>)
  /// A symmetric [n, n] = L Lᵀ; L replaces A's lower triangle, and the rest is undefined. Returns
  /// 0, or the size of the first leading block that is not positive definite.
  func cholesky(_ n: Int, _ a: UnsafeMutablePointer<Double>) -> Int
}

extension Backend {
  /// LAPACK for the CPU backend, if its BLAS brings one, and plain Swift for all else.
  var factorizations: any MatrixFactorizations {
    self is CPUBackend && LAPACKFactorizations.areThere
      ? LAPACKFactorizations() : PlainFactorizations()
  }
}
