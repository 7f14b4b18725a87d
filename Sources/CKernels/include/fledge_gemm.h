// Matrix products.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// y[n] = Σ_k x[k] · B[k, n] (+ y[n] where `accumulate`). B is [K, N], row k at B + k·ldb.
void fledge_vector_matrix_f32(const float *x, const float *B, ptrdiff_t ldb, float *y, ptrdiff_t K,
                              ptrdiff_t N, bool accumulate);

/// C = alpha · op(A) op(B) + beta · C, row-major, op(A) [M, K], op(B) [K, N], C [M, N]; op transposes
/// where its flag is set, and the leading dimensions are those of the matrices as stored. Right for
/// every size, meant for M, N, K up to about 32. beta = 0 overwrites C, NaN and all.
void fledge_gemm_small_f32(bool transpose_a, bool transpose_b, ptrdiff_t M, ptrdiff_t N,
                           ptrdiff_t K, float alpha, const float *A, ptrdiff_t lda, const float *B,
                           ptrdiff_t ldb, float beta, float *C, ptrdiff_t ldc);

// A product of large matrices in two steps, each of which may be cut into parts for threads: pack one
// side whole, then multiply by blocks of the other. An element of C is the same sum in the same order
// whichever side is packed and however the work is cut.

/// Whether the products below are as fast as a BLAS on this processor. (They are right on all.)
bool fledge_gemm_suits_processor(void);

/// Whether tiles are 12 × 16 floats, for AVX-512; 6 × 16 where not.
bool fledge_gemm_is_wide(void);

/// Columns of a panel of the packed B.
ptrdiff_t fledge_gemm_panel(void);

/// Rows of a group of the packed A: 6 or 12.
ptrdiff_t fledge_gemm_group(void);

/// How much of k is summed in registers: C is added to once for each such block.
ptrdiff_t fledge_gemm_depth(void);

/// Floats of scratch that fledge_gemm_block_f32 and fledge_gemm_stream_f32 need.
ptrdiff_t fledge_gemm_scratch(void);

/// Floats of op(B) [K, N] when packed.
ptrdiff_t fledge_gemm_packed_right_count(ptrdiff_t N, ptrdiff_t K);

/// Packs columns [from, to) of op(B) [K, N]; `from` is a multiple of the panel's, and so is `to`
/// unless it is N.
void fledge_gemm_pack_right_f32(bool transpose_b, ptrdiff_t from, ptrdiff_t to, ptrdiff_t N,
                                ptrdiff_t K, const float *B, ptrdiff_t ldb, float *packed);

/// Columns [from, to) of C = op(A) op(B) (C += where `adds`) for M rows: op(A) [M, K], B packed whole,
/// C [M, N]; column bounds as above, K > 0. For rows [i, i + M) of a taller product, give A and C from row i on.
void fledge_gemm_block_f32(bool transpose_a, ptrdiff_t M, ptrdiff_t from, ptrdiff_t to, ptrdiff_t N,
                           ptrdiff_t K, const float *A, ptrdiff_t lda, const float *packed,
                           bool adds, float *C, ptrdiff_t ldc, float *scratch);

/// Floats of op(A) [M, K] when packed.
ptrdiff_t fledge_gemm_packed_left_count(ptrdiff_t M, ptrdiff_t K);

/// Packs rows [from, to) of op(A) [M, K]; the bounds are multiples of the group's, `to` may also be M.
void fledge_gemm_pack_left_f32(bool transpose_a, ptrdiff_t from, ptrdiff_t to, ptrdiff_t M,
                               ptrdiff_t K, const float *A, ptrdiff_t lda, float *packed);

/// C = op(A) op(B) (C += where `adds`) with A packed whole: op(B) [K, N], C [M, N], K > 0. For columns [j, j + N) of a
/// wider product, give B and C from column j on.
void fledge_gemm_stream_f32(bool transpose_a, bool transpose_b, ptrdiff_t M, ptrdiff_t N,
                            ptrdiff_t K, const float *packed, const float *B, ptrdiff_t ldb,
                            bool adds, float *C, ptrdiff_t ldc, float *scratch);

/// C += A · op(B) for a few rows A [M, K], B packed whole, C [M, N]. No element's sum depends on M.
/// Rows of A a multiple of 4096 bytes apart would share few lines of the cache.
void fledge_gemm_rows_f32(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda,
                          const float *packed, float *C, ptrdiff_t ldc);

#pragma clang assume_nonnull end
