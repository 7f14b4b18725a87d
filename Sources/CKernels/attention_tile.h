// What attention's forward and backward share: which keys a query sees, and tiles of the operands
// in scratch, padded so that every product is a whole number of 6 × 16 register tiles.
#pragma once
#include "row_exp.h"
#include "tile_product.h"
#include "transpose.h"

#include <stdbool.h>

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
FLEDGE_INLINE ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

FLEDGE_INLINE ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t unit) {
  return (n + unit - 1) / unit * unit;
}

/// One past the last key that query i sees.
FLEDGE_INLINE ptrdiff_t keys_seen(ptrdiff_t i, ptrdiff_t Tq, ptrdiff_t Tk, bool causal) {
  return causal ? larger(0, smaller(Tk, i + Tk - Tq + 1)) : Tk;
}

/// Hands out pieces of the caller's scratch that begin on a cache line, as loads of 16 floats are
/// slower across two.
FLEDGE_INLINE float *take(float **scratch, ptrdiff_t count) {
  float *piece = *scratch;
  *scratch += round_up(count, LANES);
  return piece;
}

FLEDGE_INLINE float *first_line(float *scratch) {
  return (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
}

/// y[0 ..< n] = factor · x, zeros up to `width`.
FLEDGE_INLINE void pack_row(const float *x, float factor, float *y, ptrdiff_t n, ptrdiff_t width) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t c = 0; c < n; c++) y[c] = factor * x[c];
  for (ptrdiff_t c = n; c < width; c++) y[c] = 0.0f;
}

/// packed[i, 0 ..< width] = factor · x[i, 0 ..< D] with zeros behind, for i < rows; rows of zeros up
/// to a multiple of 6.
FLEDGE_INLINE void pack_rows(const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t D,
                             float factor, float *packed, ptrdiff_t width) {
  for (ptrdiff_t i = 0; i < rows; i++) pack_row(x + i * ldx, factor, packed + i * width, D, width);
  for (ptrdiff_t i = rows * width; i < round_up(rows, ROWS) * width; i++) packed[i] = 0.0f;
}

/// panels[j / 16][d][j % 16] = x[j, d] for j < rows, zeros up to a multiple of 16: xᵀ as the right
/// operand of products.
FLEDGE_INLINE void pack_transposed(const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t D,
                                   float *panels) {
  for (ptrdiff_t j = 0; j < rows; j += LANES, panels += D * LANES) {
    ptrdiff_t width = smaller(LANES, rows - j);
    if (width < LANES) __builtin_memset(panels, 0, (size_t)(D * LANES) * sizeof(float));
    transpose_u32((const uint32_t *)(x + j * ldx), ldx, (uint32_t *)panels, LANES, D, width);
  }
}

/// panels[d / 16][j][d % 16] = x[j, d], zeros for d from D up to a multiple of 16; a panel has room
/// for `height` rows. The rows of x may lie a power of two apart, where they share few cache lines.
FLEDGE_INLINE void pack_panels(const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t D,
                               float *panels, ptrdiff_t height) {
  for (ptrdiff_t d = 0; d < D; d += LANES, panels += height * LANES) {
    ptrdiff_t width = smaller(LANES, D - d);
    for (ptrdiff_t j = 0; j < rows; j++) {
      if (width == LANES)
        STORE16(panels + j * LANES, LOAD16(x + j * ldx + d));
      else
        pack_row(x + j * ldx + d, 1.0f, panels + j * LANES, width, LANES);
    }
  }
}

/// C = A B, one register tile; see accumulate_tile.
FLEDGE_INLINE void multiply_tile(const float *A, ptrdiff_t row, const float *panel, ptrdiff_t K,
                                 float *C, ptrdiff_t ldc) {
  f32x16 total[ROWS] = {0};
  accumulate_tile(total, ROWS, A, row, 1, panel, LANES, K);
  for (int i = 0; i < ROWS; i++) STORE16(C + i * ldc, total[i]);
}

/// C += A B, one register tile.
FLEDGE_INLINE void multiply_add_tile(const float *A, ptrdiff_t row, ptrdiff_t col, const float *B,
                                     ptrdiff_t ldb, ptrdiff_t K, float *C, ptrdiff_t ldc) {
  f32x16 total[ROWS];
  for (int i = 0; i < ROWS; i++) total[i] = LOAD16(C + i * ldc);
  accumulate_tile(total, ROWS, A, row, col, B, ldb, K);
  for (int i = 0; i < ROWS; i++) STORE16(C + i * ldc, total[i]);
}

/// Adds the bias to the scores of the keys that a query sees in a tile, and hides the others.
FLEDGE_INLINE void mask_row(float *scores, ptrdiff_t seen, ptrdiff_t width,
                            const float *bias) {
  if (bias) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t j = 0; j < seen; j++) scores[j] += bias[j];
  }
  for (ptrdiff_t j = larger(0, seen); j < width; j++) scores[j] = -__builtin_inff();
}
