// The product of a few rows and a large packed matrix, for recurrent layers: the same matrix meets
// other rows at every step, so it is packed once and stays in the second-level cache.
#include "tile_product.h"

enum {
  DEPTH = 256,     // as fledge_gemm_pack_f32 packs
  WIDE_ROWS = 12,  // with 2 panels: 24 of AVX-512's 32 registers
};

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

FLEDGE_INLINE bool has_wide_registers(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

/// C[0 ..< rows, 0 ..< width] += A · panels, `panels` of them, 16·depth floats each. The two counts
/// are constants, so that `total` lives in registers.
FLEDGE_INLINE void add_tile(const int rows, const int panels, const float *A, ptrdiff_t lda,
                            const float *panel, ptrdiff_t depth, float *C, ptrdiff_t ldc,
                            ptrdiff_t width) {
  f32x16 total[WIDE_ROWS][2];
  for (int i = 0; i < rows; i++)
    for (int p = 0; p < panels; p++) total[i][p] = SPLAT16(0.0f);
  for (ptrdiff_t k = 0; k < depth; k++) {
    f32x16 b[2];
    for (int p = 0; p < panels; p++) b[p] = LOAD16(panel + (p * depth + k) * LANES);
    for (int i = 0; i < rows; i++)
      for (int p = 0; p < panels; p++) total[i][p] += A[i * lda + k] * b[p];
  }
  for (int i = 0; i < rows; i++) {
    float *c = C + i * ldc;
    if (width == panels * LANES) {
      for (int p = 0; p < panels; p++) STORE16(c + p * LANES, LOAD16(c + p * LANES) + total[i][p]);
    } else {
      float lane[2 * LANES];
      __builtin_memcpy(lane, total[i], (size_t)panels * sizeof(f32x16));
      for (ptrdiff_t j = 0; j < width; j++) c[j] += lane[j];
    }
  }
}

#define TILE(rows, panels) add_tile(rows, panels, A, lda, panel, depth, C, ldc, width)

FLEDGE_INLINE void add_narrow_tile(ptrdiff_t rows, const float *A, ptrdiff_t lda,
                                   const float *panel, ptrdiff_t depth, float *C, ptrdiff_t ldc,
                                   ptrdiff_t width) {
#define NARROW(rows) TILE(rows, 1)
  WITH_CONSTANT_ROWS(rows, NARROW)
#undef NARROW
}

FLEDGE_INLINE void add_wide_tile(ptrdiff_t rows, const int panels, const float *A, ptrdiff_t lda,
                                 const float *panel, ptrdiff_t depth, float *C, ptrdiff_t ldc,
                                 ptrdiff_t width) {
  switch (rows) {
    case 1: TILE(1, panels); break;
    case 2: TILE(2, panels); break;
    case 3: TILE(3, panels); break;
    case 4: TILE(4, panels); break;
    case 5: TILE(5, panels); break;
    case 6: TILE(6, panels); break;
    case 7: TILE(7, panels); break;
    case 8: TILE(8, panels); break;
    case 9: TILE(9, panels); break;
    case 10: TILE(10, panels); break;
    case 11: TILE(11, panels); break;
    default: TILE(12, panels); break;
  }
}

FLEDGE_CLONES void fledge_gemm_rows_f32(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A,
                                        ptrdiff_t lda, const float *packed, float *C,
                                        ptrdiff_t ldc) {
  bool wide = has_wide_registers();
  ptrdiff_t step = wide ? 2 * LANES : LANES, most = wide ? WIDE_ROWS : ROWS;
  // Tiles of about equal height: 13 rows as 7 and 6, not as 12 and a lone one.
  ptrdiff_t tiles = (M + most - 1) / most, height = tiles > 0 ? (M + tiles - 1) / tiles : 1;
  ptrdiff_t columns = (N + LANES - 1) / LANES * LANES;
  for (ptrdiff_t k = 0; k < K; k += DEPTH) {
    ptrdiff_t depth = smaller(DEPTH, K - k);
    for (ptrdiff_t j = 0; j < N; j += step) {
      const float *panel = packed + k * columns + j * depth;
      ptrdiff_t width = smaller(step, N - j);
      for (ptrdiff_t i = 0; i < M; i += height) {
        ptrdiff_t rows = smaller(height, M - i);
        const float *a = A + i * lda + k;
        float *c = C + i * ldc + j;
        if (!wide)
          add_narrow_tile(rows, a, lda, panel, depth, c, ldc, width);
        else if (width > LANES)
          add_wide_tile(rows, 2, a, lda, panel, depth, c, ldc, width);
        else
          add_wide_tile(rows, 1, a, lda, panel, depth, c, ldc, width);
      }
    }
  }
}
