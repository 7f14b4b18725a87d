// A product of small matrices, where most of a BLAS call would be spent choosing and packing.
#include "tile_product.h"

enum { DEPTH = 64 };  // of a packed panel of B: 64 × 16 floats, 4 KiB of stack

/// panel[k, 0 ..< 16] = op(B)[k, 0 ..< width], zeros behind.
FLEDGE_INLINE void pack_panel(const float *B, ptrdiff_t row, ptrdiff_t col, ptrdiff_t depth,
                              ptrdiff_t width, float *panel) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    ptrdiff_t j = 0;
    for (; j < width; j++) panel[k * LANES + j] = B[k * row + j * col];
    for (; j < LANES; j++) panel[k * LANES + j] = 0.0f;
  }
}

/// C[0 ..< rows, 0 ..< width] = alpha · A panel + beta · C.
FLEDGE_INLINE void update_tile(const int rows, const float *A, ptrdiff_t row, ptrdiff_t col,
                               const float *panel, ptrdiff_t ld_panel, ptrdiff_t depth,
                               float alpha, float beta, float *C, ptrdiff_t ldc, ptrdiff_t width) {
  f32x16 total[ROWS] = {0};
  accumulate_tile(total, rows, A, row, col, panel, ld_panel, depth);
  for (int i = 0; i < rows; i++) {
    float *c = C + i * ldc;
    f32x16 y = alpha * total[i];
    if (width == LANES) {
      if (beta != 0.0f) y += beta * LOAD16(c);
      STORE16(c, y);
    } else {
      float lane[LANES];
      __builtin_memcpy(lane, &y, sizeof lane);
      for (ptrdiff_t j = 0; j < width; j++) c[j] = beta != 0.0f ? lane[j] + beta * c[j] : lane[j];
    }
  }
}

FLEDGE_CLONES void fledge_gemm_small_f32(bool transpose_a, bool transpose_b, ptrdiff_t M,
                                         ptrdiff_t N, ptrdiff_t K, float alpha, const float *A,
                                         ptrdiff_t lda, const float *B, ptrdiff_t ldb, float beta,
                                         float *C, ptrdiff_t ldc) {
  ptrdiff_t a_row = transpose_a ? 1 : lda, a_col = transpose_a ? lda : 1;
  ptrdiff_t b_row = transpose_b ? 1 : ldb, b_col = transpose_b ? ldb : 1;
  float packed[DEPTH * LANES];
  for (ptrdiff_t n = 0; n < N; n += LANES) {
    ptrdiff_t width = N - n < LANES ? N - n : LANES;
    bool direct = width == LANES && !transpose_b;
    for (ptrdiff_t k = 0; k == 0 || k < K; k += DEPTH) {
      ptrdiff_t depth = K - k < DEPTH ? K - k : DEPTH;
      const float *corner = B + k * b_row + n * b_col;
      if (!direct) pack_panel(corner, b_row, b_col, depth, width, packed);
      const float *panel = direct ? corner : packed;
      ptrdiff_t ld_panel = direct ? ldb : LANES;
      for (ptrdiff_t m = 0; m < M; m += ROWS) {
#define UPDATE(rows)                                                                             \
  update_tile(rows, A + m * a_row + k * a_col, a_row, a_col, panel, ld_panel, depth, alpha,      \
              k == 0 ? beta : 1.0f, C + m * ldc + n, ldc, width)
        WITH_CONSTANT_ROWS(M - m, UPDATE)
#undef UPDATE
      }
    }
  }
}
