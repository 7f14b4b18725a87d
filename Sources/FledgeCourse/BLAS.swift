internal import COpenBLAS
import FledgeCore

/// C = op(A) op(B) + β C for row-major matrices of floats, by OpenBLAS's `cblas_sgemm` on one thread.
///
/// op(X) is X, or Xᵀ if `transposed` is set: the matrix is then read column by column in place, and
/// nothing is copied. A leading dimension is the number of elements from one row to the next as
/// they lie in memory, before any transposition.
///
/// Traps where a leading dimension is shorter than a stored row.
///
/// Shapes: op(A) [m, k], op(B) [k, n], C [m, n]. With β = 0 (the default) what C held is not read.
public func sgemm(
  rows m: Int, columns n: Int, depth k: Int,
  _ a: UnsafePointer<Float>, leadingDimension lda: Int, transposed isATransposed: Bool = false,
  _ b: UnsafePointer<Float>, leadingDimension ldb: Int, transposed isBTransposed: Bool = false,
  into c: UnsafeMutablePointer<Float>, leadingDimension ldc: Int, beta: Float = 0
) {
  for (name, leadingDimension, row) in [
    ("a", lda, isATransposed ? m : k), ("b", ldb, isBTransposed ? k : n), ("c", ldc, n),
  ] {
    require(
      leadingDimension >= row, "sgemm",
      "a stored row of \(name) has \(row) numbers, its leading dimension is \(leadingDimension)")
  }
  _ = useOneThread
  cblas_sgemm(
    CblasRowMajor, isATransposed ? CblasTrans : CblasNoTrans,
    isBTransposed ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, a,
    blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
}

/// The framework (and the learner) manage threads; OpenBLAS's own would compete with them.
private let useOneThread: Void = openblas_set_num_threads(1)
