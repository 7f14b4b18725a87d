// Matrix products at the shapes where a BLAS is slow: one row or one column, and tiny matrices.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// y[n] = Σ_k x[k] · B[k, n] (+ y[n] where `accumulate`). B is [K, N], row k at B + k·ldb.
void fledge_vector_matrix_f32(const float *x, const float *B, ptrdiff_t ldb, float *y, ptrdiff_t K,
                              ptrdiff_t N, bool accumulate);

/// y[m] = Σ_k A[m, k] · x[k] (+ y[m] where `accumulate`). A is [M, K], row m at A + m·lda.
void fledge_matrix_vector_f32(const float *A, ptrdiff_t lda, const float *x, float *y, ptrdiff_t M,
                              ptrdiff_t K, bool accumulate);

/// C = alpha · op(A) op(B) + beta · C, row-major, op(A) [M, K], op(B) [K, N], C [M, N]; op transposes
/// where its flag is set, and the leading dimensions are those of the matrices as stored. Right for
/// every size, meant for M, N, K up to about 32. beta = 0 overwrites C, NaN and all.
void fledge_gemm_small_f32(bool transpose_a, bool transpose_b, ptrdiff_t M, ptrdiff_t N,
                           ptrdiff_t K, float alpha, const float *A, ptrdiff_t lda, const float *B,
                           ptrdiff_t ldb, float beta, float *C, ptrdiff_t ldc);

#pragma clang assume_nonnull end
