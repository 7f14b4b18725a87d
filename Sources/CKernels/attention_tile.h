// What attention's forward and backward share: which keys a query sees, and the operands in the
// caller's scratch, padded so that products consist of whole 6 × 16 register tiles.
#pragma once
#include "row_exp.h"
#include "tile_product.h"
#include "transpose.h"

#include <stdbool.h>

enum { PANELS = 4 };

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
FLEDGE_INLINE ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

FLEDGE_INLINE ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t unit) {
  return (n + unit - 1) / unit * unit;
}

/// Loads of 16 floats are slower across two cache lines.
FLEDGE_INLINE float *first_line(float *scratch) {
  return (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
}

/// One past the last key that query i sees.
FLEDGE_INLINE ptrdiff_t visible_end(ptrdiff_t i, ptrdiff_t Tq, ptrdiff_t Tk, bool causal) {
  return causal ? larger(0, smaller(Tk, i + Tk - Tq + 1)) : Tk;
}

/// seen[r] = how many of the keys j0 ..< j0 + count query i0 + r sees, for r < rows. Padding
/// queries in the last group of 6 see what the last query sees, so that the last of each group
/// tells where the group's products may end.
FLEDGE_INLINE void count_seen(ptrdiff_t *seen, ptrdiff_t i0, ptrdiff_t rows, ptrdiff_t j0,
                              ptrdiff_t count, ptrdiff_t Tq, ptrdiff_t Tk, bool causal) {
  for (ptrdiff_t r = 0; r < round_up(rows, ROWS); r++) {
    ptrdiff_t end = visible_end(i0 + smaller(r, rows - 1), Tq, Tk, causal);
    seen[r] = larger(0, smaller(count, end - j0));
  }
}

FLEDGE_INLINE ptrdiff_t seen_by_group(const ptrdiff_t *seen, ptrdiff_t r) {
  return seen[r - r % ROWS + ROWS - 1];
}

/// y[0 ..< n] = factor · x, and zeros up to `width`.
FLEDGE_INLINE void pack_row(const float *x, float factor, float *y, ptrdiff_t n, ptrdiff_t width) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t c = 0; c < n; c++) y[c] = factor * x[c];
  for (ptrdiff_t c = n; c < width; c++) y[c] = 0.0f;
}

/// packed[i, 0 ..< D] = factor · x[i, 0 ..< D] for i < rows, zeros behind and in rows up to a
/// multiple of 6.
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
/// for `height` rows. Rows a power of two apart would share few lines of the cache.
FLEDGE_INLINE void pack_panels(const float *x, ptrdiff_t ldx, ptrdiff_t rows, ptrdiff_t D,
                               float *panels, ptrdiff_t height) {
  for (ptrdiff_t d = 0; d < D; d += LANES, panels += height * LANES)
    for (ptrdiff_t j = 0; j < rows; j++) {
      const float *source = x + j * ldx + d;
      if (D - d < LANES)
        pack_row(source, 1.0f, panels + j * LANES, D - d, LANES);
      else
        STORE16(panels + j * LANES, LOAD16(source));
    }
}

/// A register tile of one row and 4 panels, for a single query: a 6 × 16 tile would multiply five
/// rows of zeros. total[p] += Σ_k a[k] · panel p [k, :], with the additions in the same order.
FLEDGE_INLINE void accumulate_row(f32x16 *total, const float *a, const float *panels,
                                  ptrdiff_t panel_size, ptrdiff_t K) {
  for (ptrdiff_t k = 0; k < K; k++)
    for (int p = 0; p < PANELS; p++) total[p] += a[k] * LOAD16(panels + p * panel_size + k * LANES);
}

/// products[r, j] = left[r, :] · right[:, j] for each pair of a query and a key that it sees, and
/// any values up to whole tiles; `right` is from pack_transposed.
FLEDGE_INLINE void multiply_seen(const float *left, ptrdiff_t ldl, const float *right, ptrdiff_t D,
                                 const ptrdiff_t *seen, ptrdiff_t rows, ptrdiff_t count,
                                 float *products, ptrdiff_t ldp) {
  ptrdiff_t j = 0;
  for (; rows == 1 && j + PANELS * LANES <= count; j += PANELS * LANES) {
    f32x16 tile[PANELS] = {0};
    accumulate_row(tile, left, right + j * D, D * LANES, D);
    for (int p = 0; p < PANELS; p++) STORE16(products + j + p * LANES, tile[p]);
  }
  for (; j < count; j += LANES)
    for (ptrdiff_t r = 0; r < rows; r += ROWS) {
      if (j >= seen_by_group(seen, r)) continue;
      f32x16 tile[ROWS] = {0};
      accumulate_tile(tile, ROWS, left + r * ldl, ldl, 1, right + j * D, LANES, D);
      for (int i = 0; i < ROWS; i++) STORE16(products + (r + i) * ldp + j, tile[i]);
    }
}

/// Adds the bias to the scores of the first `seen` keys and hides the others, up to `width`, a
/// multiple of 16.
FLEDGE_INLINE void mask_row(float *scores, ptrdiff_t seen, ptrdiff_t width, const float *bias) {
  if (bias) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t j = 0; j < seen; j++) scores[j] += bias[j];
  }
  const f32x16 hidden = SPLAT16(-__builtin_inff());
  const f32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (ptrdiff_t j = seen & -LANES; j < width; j += LANES)
    STORE16(scores + j, lane < (float)(seen - j) ? LOAD16(scores + j) : hidden);
}
