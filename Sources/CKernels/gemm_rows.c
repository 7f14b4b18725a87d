// The product of a few rows and a large packed matrix, for recurrent layers: the same matrix meets
// other rows at every step, so it is packed once and stays in the second-level cache.
#include "tile_product.h"

enum { WIDE_ROWS = 2 * ROWS };

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// C[0 ..< rows, 0 ..< width] += A · panel, which is `vectors` · 16 columns wide. The two counts are
/// constants, so that `total` lives in registers.
FLEDGE_INLINE void add_tile(const int rows, const int vectors, const float *A, ptrdiff_t lda,
                            const float *panel, ptrdiff_t depth, float *C, ptrdiff_t ldc,
                            ptrdiff_t width) {
  f32x16 total[WIDE_ROWS][2];
  for (int i = 0; i < rows; i++)
    for (int v = 0; v < vectors; v++) total[i][v] = SPLAT16(0.0f);
  for (ptrdiff_t k = 0; k < depth; k++) {
    f32x16 b[2];
    for (int v = 0; v < vectors; v++) b[v] = LOAD16(panel + (k * vectors + v) * LANES);
    for (int i = 0; i < rows; i++)
      for (int v = 0; v < vectors; v++) total[i][v] += A[i * lda + k] * b[v];
  }
  for (int i = 0; i < rows; i++) {
    float *c = C + i * ldc;
    if (width == vectors * LANES) {
      for (int v = 0; v < vectors; v++) STORE16(c + v * LANES, LOAD16(c + v * LANES) + total[i][v]);
    } else {
      float lane[2 * LANES];
      __builtin_memcpy(lane, total[i], (size_t)vectors * sizeof(f32x16));
      for (ptrdiff_t j = 0; j < width; j++) c[j] += lane[j];
    }
  }
}

#define TILE(rows, vectors) add_tile(rows, vectors, A, lda, panel, depth, C, ldc, width)

FLEDGE_INLINE void add_narrow_tile(ptrdiff_t rows, const float *A, ptrdiff_t lda,
                                   const float *panel, ptrdiff_t depth, float *C, ptrdiff_t ldc,
                                   ptrdiff_t width) {
#define NARROW(rows) TILE(rows, 1)
  WITH_CONSTANT_ROWS(rows, NARROW)
#undef NARROW
}

FLEDGE_INLINE void add_wide_tile(ptrdiff_t rows, const float *A, ptrdiff_t lda, const float *panel,
                                 ptrdiff_t depth, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  switch (rows) {
    case 1: TILE(1, 2); break;
    case 2: TILE(2, 2); break;
    case 3: TILE(3, 2); break;
    case 4: TILE(4, 2); break;
    case 5: TILE(5, 2); break;
    case 6: TILE(6, 2); break;
    case 7: TILE(7, 2); break;
    case 8: TILE(8, 2); break;
    case 9: TILE(9, 2); break;
    case 10: TILE(10, 2); break;
    case 11: TILE(11, 2); break;
    default: TILE(12, 2); break;
  }
}

FLEDGE_CLONES void fledge_gemm_rows_f32(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A,
                                        ptrdiff_t lda, const float *packed, float *C,
                                        ptrdiff_t ldc) {
  ptrdiff_t step = fledge_gemm_panel(), most = fledge_gemm_group(), block = fledge_gemm_depth();
  // Tiles of about equal height: 13 rows as 7 and 6, not as 12 and a lone one.
  ptrdiff_t tiles = (M + most - 1) / most, height = tiles > 0 ? (M + tiles - 1) / tiles : 1;
  ptrdiff_t columns = (N + step - 1) / step * step;
  for (ptrdiff_t k = 0; k < K; k += block) {
    ptrdiff_t depth = smaller(block, K - k);
    for (ptrdiff_t j = 0; j < N; j += step) {
      const float *panel = packed + k * columns + j * depth;
      ptrdiff_t width = smaller(step, N - j);
      for (ptrdiff_t i = 0; i < M; i += height) {
        ptrdiff_t rows = smaller(height, M - i);
        const float *a = A + i * lda + k;
        float *c = C + i * ldc + j;
        if (step > LANES)
          add_wide_tile(rows, a, lda, panel, depth, c, ldc, width);
        else
          add_narrow_tile(rows, a, lda, panel, depth, c, ldc, width);
      }
    }
  }
}
