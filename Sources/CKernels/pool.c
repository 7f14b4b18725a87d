// Pooling. Windows of 2 × 2 side by side, which nearly all networks use, go 16 at a time.
#include "support.h"

#include <stdbool.h>

typedef int32_t i32x16 __attribute__((ext_vector_type(16), aligned(4)));

#define SHUFFLE __builtin_shufflevector
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define INTERLEAVED_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define INTERLEAVED_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

/// Whether a beats b: a NaN beats everything.
FLEDGE_INLINE bool beats(float a, float b) { return a > b || a != a; }

FLEDGE_INLINE void max_of_window(const fledge_windows *w, const float *x, ptrdiff_t r, ptrdiff_t c,
                                 float *y, int32_t *place) {
  float best = -__builtin_inff();
  int32_t found = -1;
  for (ptrdiff_t i = 0; i < w->kernel_rows; i++) {
    ptrdiff_t row = r * w->stride_rows + i * w->dilation_rows - w->top;
    if (row < 0 || row >= w->rows) continue;
    for (ptrdiff_t j = 0; j < w->kernel_columns; j++) {
      ptrdiff_t column = c * w->stride_columns + j * w->dilation_columns - w->left;
      if (column < 0 || column >= w->columns) continue;
      float value = x[row * w->columns + column];
      if (found < 0 || beats(value, best)) {
        best = value;
        found = (int32_t)(i * w->kernel_columns + j);
      }
    }
  }
  *y = best;
  *place = found;
}

/// Takes `value` and its place where it beats the best so far.
FLEDGE_INLINE void keep_larger(f32x16 *best, i32x16 *place, const f32x16 *value, int32_t at) {
  i32x16 wins = (*value > *best) | (*value != *value);
  *best = (f32x16)((wins & (i32x16)*value) | (~wins & (i32x16)*best));
  *place = (wins & at) | (~wins & *place);
}

/// 16 windows of 2 × 2 side by side.
FLEDGE_INLINE void max_of_pairs(const float *top, const float *bottom, float *y, int32_t *places) {
  f32x16 low = LOAD16(top), high = LOAD16(top + LANES);
  f32x16 best = SHUFFLE(low, high, EVEN), value = SHUFFLE(low, high, ODD);
  i32x16 place = {0};
  keep_larger(&best, &place, &value, 1);
  low = LOAD16(bottom), high = LOAD16(bottom + LANES);
  value = SHUFFLE(low, high, EVEN);
  keep_larger(&best, &place, &value, 2);
  value = SHUFFLE(low, high, ODD);
  keep_larger(&best, &place, &value, 3);
  STORE16(y, best);
  *(i32x16 *)places = place;
}

/// Windows of 2 × 2 that neither overlap nor reach outside.
FLEDGE_INLINE bool has_pairs(const fledge_windows *w) {
  return w->kernel_rows == 2 && w->kernel_columns == 2 && w->stride_rows == 2 &&
         w->stride_columns == 2 && w->dilation_rows == 1 && w->dilation_columns == 1 &&
         w->top == 0 && w->left == 0 && 2 * w->out_rows <= w->rows &&
         2 * w->out_columns <= w->columns;
}

FLEDGE_CLONES void fledge_max_pool_f32(fledge_windows w, const float *x, ptrdiff_t planes,
                                       float *y, int32_t *places) {
  bool pairs = has_pairs(&w);
  ptrdiff_t plane = w.rows * w.columns;
  for (ptrdiff_t p = 0; p < planes; p++, x += plane)
    for (ptrdiff_t r = 0; r < w.out_rows; r++, y += w.out_columns, places += w.out_columns)
      for (ptrdiff_t c = 0; c < w.out_columns; c++) {
        // The rest of x after the lower row's pairs, and of y: a vector may reach into the next
        // rows, which are read and written again in their turn.
        ptrdiff_t x_left = (planes - p) * plane - (2 * r + 1) * w.columns - 2 * c;
        ptrdiff_t y_left = ((planes - p) * w.out_rows - r) * w.out_columns - c;
        if (pairs && x_left >= 2 * LANES && y_left >= LANES) {
          const float *top = x + 2 * r * w.columns + 2 * c;
          max_of_pairs(top, top + w.columns, y + c, places + c);
          c += LANES - 1;
        } else {
          max_of_window(&w, x, r, c, y + c, places + c);
        }
      }
}

/// Row `half` of 16 windows of 2 × 2: dy where its place is there.
FLEDGE_INLINE void spread_pairs(const float *dy, const int32_t *places, int32_t half, float *dx) {
  i32x16 d = *(const i32x16 *)dy, place = *(const i32x16 *)places;
  i32x16 left = d & (place == 2 * half), right = d & (place == 2 * half + 1);
  STORE16(dx, (f32x16)SHUFFLE(left, right, INTERLEAVED_LOW));
  STORE16(dx + LANES, (f32x16)SHUFFLE(left, right, INTERLEAVED_HIGH));
}

FLEDGE_INLINE void spread_plane_of_pairs(const fledge_windows *w, const float *dy,
                                         const int32_t *places, float *dx) {
  for (ptrdiff_t r = 0; r < 2 * w->out_rows; r++, dx += w->columns) {
    ptrdiff_t out = r / 2 * w->out_columns, c = 0;
    // As above: the end of a vector is overwritten by the next row.
    for (; c < w->out_columns; c += LANES) {
      bool fits = (w->out_rows - r / 2) * w->out_columns - c >= LANES &&
                  (w->rows - r) * w->columns - 2 * c >= 2 * LANES;
      if (!fits) break;
      spread_pairs(dy + out + c, places + out + c, r & 1, dx + 2 * c);
    }
    for (; c < w->out_columns; c++)
      for (int32_t j = 0; j < 2; j++)
        dx[2 * c + j] = places[out + c] == 2 * (r & 1) + j ? dy[out + c] : 0.0f;
    for (c = 2 * w->out_columns; c < w->columns; c++) dx[c] = 0.0f;
  }
  for (ptrdiff_t r = 2 * w->out_rows; r < w->rows; r++, dx += w->columns)
    __builtin_memset(dx, 0, (size_t)w->columns * sizeof(float));
}

FLEDGE_INLINE void spread_plane(const fledge_windows *w, const float *dy, const int32_t *places,
                                float *dx) {
  __builtin_memset(dx, 0, (size_t)(w->rows * w->columns) * sizeof(float));
  for (ptrdiff_t r = 0; r < w->out_rows; r++)
    for (ptrdiff_t c = 0; c < w->out_columns; c++, dy++, places++) {
      ptrdiff_t i = *places / w->kernel_columns, j = *places % w->kernel_columns;
      ptrdiff_t row = r * w->stride_rows + i * w->dilation_rows - w->top;
      ptrdiff_t column = c * w->stride_columns + j * w->dilation_columns - w->left;
      dx[row * w->columns + column] += *dy;
    }
}

FLEDGE_CLONES void fledge_max_pool_grad_f32(fledge_windows w, const float *dy,
                                            const int32_t *places, ptrdiff_t planes, float *dx) {
  ptrdiff_t plane = w.rows * w.columns, out_plane = w.out_rows * w.out_columns;
  bool pairs = has_pairs(&w);
  for (ptrdiff_t p = 0; p < planes; p++, dx += plane, dy += out_plane, places += out_plane) {
    if (pairs) {
      spread_plane_of_pairs(&w, dy, places, dx);
    } else {
      spread_plane(&w, dy, places, dx);
    }
  }
}
