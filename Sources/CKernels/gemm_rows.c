// The product of a few rows and a large packed matrix, for recurrent layers: the same matrix meets
// other rows at every step, so it is packed once and stays in the second-level cache.
#include "tile_product.h"

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/// C[0 ..< rows, 0 ..< width] += A · panel, which is 16 columns wide. `rows` is a constant, so that
/// `total` lives in registers.
FLEDGE_INLINE void add_tile(const int rows, const float *A, ptrdiff_t lda, const float *panel,
                            ptrdiff_t depth, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  f32x16 total[2 * ROWS] = {0};
  accumulate_tile(total, rows, A, lda, 1, panel, LANES, depth);
  for (int i = 0; i < rows; i++) {
    float *c = C + i * ldc;
    if (width == LANES) {
      STORE16(c, LOAD16(c) + total[i]);
    } else {
      float lane[LANES];
      __builtin_memcpy(lane, &total[i], sizeof lane);
      for (ptrdiff_t j = 0; j < width; j++) c[j] += lane[j];
    }
  }
}

/// Up to 12 rows.
FLEDGE_INLINE void add_rows(ptrdiff_t rows, const float *A, ptrdiff_t lda, const float *panel,
                            ptrdiff_t depth, float *C, ptrdiff_t ldc, ptrdiff_t width) {
#define TILE(rows) add_tile(rows, A, lda, panel, depth, C, ldc, width)
  switch (rows) {
    case 7: TILE(7); break;
    case 8: TILE(8); break;
    case 9: TILE(9); break;
    case 10: TILE(10); break;
    case 11: TILE(11); break;
    case 12: TILE(12); break;
    default: WITH_CONSTANT_ROWS(rows, TILE)
  }
#undef TILE
}

FLEDGE_CLONES void fledge_gemm_rows_f32(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A,
                                        ptrdiff_t lda, const float *packed, float *C,
                                        ptrdiff_t ldc) {
  ptrdiff_t most = fledge_gemm_group(), block = fledge_gemm_depth();
  // Tiles of about equal height: 13 rows as 7 and 6, not as 12 and a lone one.
  ptrdiff_t tiles = (M + most - 1) / most, height = tiles > 0 ? (M + tiles - 1) / tiles : 1;
  ptrdiff_t columns = (N + LANES - 1) / LANES * LANES;
  for (ptrdiff_t k = 0; k < K; k += block) {
    ptrdiff_t depth = smaller(block, K - k);
    for (ptrdiff_t j = 0; j < N; j += LANES) {
      const float *panel = packed + k * columns + j * depth;
      ptrdiff_t width = smaller(LANES, N - j);
      for (ptrdiff_t i = 0; i < M; i += height) {
        ptrdiff_t rows = smaller(height, M - i);
        const float *a = A + i * lda + k;
        float *c = C + i * ldc + j;
        add_rows(rows, a, lda, panel, depth, c, ldc, width);
      }
    }
  }
}
