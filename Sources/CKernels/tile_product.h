// The register tile at the heart of the small products: up to ROWS rows times 16 columns.
#pragma once
#include "support.h"

/// 6 rows of 16 floats fill the registers of AVX2 (12 of 16) and of NEON (24 of 32).
enum { ROWS = 6 };

/// total[i] += Σ_k A(i, k) · B(k, 0 ..< 16), with A(i, k) at A[i·row + k·col] and row k of B at
/// B + k·ldb. `rows` is a constant, so that `total` lives in registers.
FLEDGE_INLINE void accumulate_tile(f32x16 *total, const int rows, const float *A, ptrdiff_t row,
                                   ptrdiff_t col, const float *B, ptrdiff_t ldb, ptrdiff_t K) {
  for (ptrdiff_t k = 0; k < K; k++) {
    f32x16 b = LOAD16(B + k * ldb);
    for (int i = 0; i < rows; i++) total[i] += A[i * row + k * col] * b;
  }
}

/// Runs BODY(rows) with `rows` the constant that equals `count`, or 6 if that is larger.
#define WITH_CONSTANT_ROWS(count, BODY) \
  switch (count) {                      \
    case 1: BODY(1); break;             \
    case 2: BODY(2); break;             \
    case 3: BODY(3); break;             \
    case 4: BODY(4); break;             \
    case 5: BODY(5); break;             \
    default: BODY(6); break;            \
  }
