// The factorizations of LAPACK that Fledge uses, in double precision. OpenBLAS mostly brings LAPACK
// with it; where it comes without, `fledge_has_lapack` says so and nothing else here may be called.
//
// Matrices are stored column by column, as LAPACK takes them: a matrix of Fledge's rows is read as
// its transpose. Functions return LAPACK's `info`. Those with `work` write the size that they need
// to work[0] if `work_size` is −1 and compute nothing.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

bool fledge_has_lapack(void);

/// A [n, n] = P L U in place; row i was exchanged with row pivots[i] − 1.
int32_t fledge_lapack_lu(int32_t n, double *a, int32_t *pivots);
/// B [n, count] → the solution of Aᵀ X = B, from A's factors.
int32_t fledge_lapack_lu_solve_transposed(int32_t n, int32_t count, const double *lu,
                                          const int32_t *pivots, double *b);
/// A [m, n], m ≥ n, → R above the diagonal, the reflections below it and in `tau` [n].
int32_t fledge_lapack_qr(int32_t m, int32_t n, double *a, double *tau, double *work,
                         int32_t work_size);
/// The reflections [m, n] → Q [m, n].
int32_t fledge_lapack_qr_basis(int32_t m, int32_t n, double *a, const double *tau, double *work,
                               int32_t work_size);
/// A [m, n], which is destroyed, = U [m, k] diag(S) Vᵀ [k, n], k = min(m, n); `places` holds 8 k.
int32_t fledge_lapack_svd(int32_t m, int32_t n, double *a, double *s, double *u, double *vt,
                          double *work, int32_t work_size, int32_t *places);
/// A symmetric [n, n] → its eigenvectors, and the eigenvalues in ascending order.
int32_t fledge_lapack_symmetric_eigen(int32_t n, double *a, double *values, double *work,
                                      int32_t work_size, int32_t *places, int32_t place_count);
/// A symmetric [n, n] = Uᵀ U; U replaces the upper triangle.
int32_t fledge_lapack_cholesky(int32_t n, double *a);

#pragma clang assume_nonnull end
