// Convolution over padded images, see fledge_convolution.h. The register tile is that of the matrix
// product: 6 outputs times 16 positions.
#include "tile_product.h"
#include "transpose.h"

FLEDGE_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

FLEDGE_INLINE ptrdiff_t clamped(ptrdiff_t i, ptrdiff_t low, ptrdiff_t high) {
  return i < low ? low : i > high ? high : i;
}

// Padding

FLEDGE_INLINE void pad_row(const float *x, ptrdiff_t columns, ptrdiff_t left, ptrdiff_t length,
                           float *padded) {
  ptrdiff_t begin = clamped(left, 0, length), end = clamped(left + columns, begin, length);
  for (ptrdiff_t c = 0; c < begin; c++) padded[c] = 0.0f;
  if (end > begin)
    __builtin_memcpy(padded + begin, x + begin - left, (size_t)(end - begin) * sizeof(float));
  for (ptrdiff_t c = end; c < length; c++) padded[c] = 0.0f;
}

FLEDGE_CLONES void fledge_conv_pad_f32(const float *x, ptrdiff_t planes, ptrdiff_t rows,
                                       ptrdiff_t columns, ptrdiff_t top, ptrdiff_t left,
                                       ptrdiff_t padded_rows, ptrdiff_t phases, ptrdiff_t length,
                                       float *padded) {
  if (phases == 1 && top == 0 && left == 0 && padded_rows == rows && length == columns) {
    __builtin_memcpy(padded, x, (size_t)(planes * rows * columns) * sizeof(float));
    return;
  }
  for (ptrdiff_t p = 0; p < planes; p++, x += rows * columns)
    for (ptrdiff_t r = 0; r < padded_rows; r++, padded += phases * length) {
      const float *row = x + (r - top) * columns;
      if (r < top || r >= top + rows) {
        __builtin_memset(padded, 0, (size_t)(phases * length) * sizeof(float));
      } else if (phases == 1) {
        pad_row(row, columns, left, length, padded);
      } else {
        for (ptrdiff_t f = 0; f < phases; f++)
          for (ptrdiff_t i = 0; i < length; i++) {
            ptrdiff_t c = i * phases + f - left;
            padded[f * length + i] = c >= 0 && c < columns ? row[c] : 0.0f;
          }
      }
    }
}

void fledge_conv_pack_weights_f32(const float *w, const ptrdiff_t *sources, ptrdiff_t tap_count,
                                  ptrdiff_t from, ptrdiff_t to, ptrdiff_t output_stride,
                                  float *packed) {
  packed += from * tap_count;
  for (ptrdiff_t m = from; m < to; m += ROWS, packed += ROWS * tap_count) {
    const float *first = w + m * output_stride;
    ptrdiff_t count = smaller(ROWS, to - m);
    for (ptrdiff_t k = 0; k < tap_count; k++)
      for (ptrdiff_t i = 0; i < ROWS; i++)
        packed[k * ROWS + i] = i < count ? first[sources[k] + i * output_stride] : 0.0f;
  }
}

// Outputs

FLEDGE_INLINE void start_with_bias(f32x16 *total, const int rows, const float *bias) {
  for (int i = 0; i < rows; i++) total[i] = SPLAT16(bias ? bias[i] : 0.0f);
}

/// The first `width` lanes, `stride` apart.
FLEDGE_INLINE void store_lanes(const f32x16 *vector, float *y, ptrdiff_t stride, ptrdiff_t width) {
  float lane[LANES];
  __builtin_memcpy(lane, vector, sizeof lane);
  for (ptrdiff_t j = 0; j < width; j++) y[j * stride] = lane[j];
}

/// 6 outputs (or the last few) at 16 positions of a row, of which `width` are stored; 0 stands for a
/// whole vector at once.
FLEDGE_INLINE void row_tile(const int rows, const fledge_taps *t, ptrdiff_t m, const float *image,
                            float *y, ptrdiff_t width) {
  const float *weights = t->weights + m * t->tap_count;
  const ptrdiff_t *taps = t->taps;
  f32x16 total[ROWS];
  start_with_bias(total, rows, t->bias ? t->bias + m : NULL);
  for (ptrdiff_t k = 0; k < t->tap_count; k++) {
    f32x16 x = LOAD16(image + taps[k]);
    for (int i = 0; i < rows; i++) total[i] += weights[k * ROWS + i] * x;
  }
  for (int i = 0; i < rows; i++) {
    float *plane = y + (m + i) * t->y_plane;
    if (width == 0) {
      STORE16(plane, total[i]);
    } else {
      store_lanes(&total[i], plane, t->y_column, width);
    }
  }
}

FLEDGE_CLONES void fledge_conv_rows_f32(fledge_taps t, const float *image, ptrdiff_t from,
                                        ptrdiff_t to, float *y) {
  bool dense = t.y_column == 1 && t.y_row == t.columns;
  for (ptrdiff_t r = from; r < to; r++, image += t.image_row, y += t.y_row)
    for (ptrdiff_t c = 0; c < t.columns; c += LANES) {
      // The next rows overwrite what a whole vector writes into them, so that only the last rows
      // are stored float by float.
      bool whole = t.y_column == 1 && t.columns - c >= LANES;
      whole = whole || (dense && (to - r) * t.columns - c >= LANES);
      ptrdiff_t width = whole ? 0 : smaller(LANES, t.columns - c);
      for (ptrdiff_t m = 0; m < t.outputs; m += ROWS) {
#define TILE(rows) row_tile(rows, &t, m, image + c, y + c * t.y_column, width)
        WITH_CONSTANT_ROWS(t.outputs - m, TILE)
#undef TILE
      }
    }
}

// Positions of several rows and images in one vector

/// Where 16 positions lie in the images and in y; those behind the last repeat the first.
typedef struct {
  const float *source[LANES];
  ptrdiff_t target[LANES];
  ptrdiff_t width;
} positions16;

FLEDGE_INLINE void locate(positions16 *at, const fledge_taps *t, const float *images,
                          ptrdiff_t image_stride, ptrdiff_t y_image, ptrdiff_t from,
                          ptrdiff_t total) {
  at->width = smaller(LANES, total - from);
  for (ptrdiff_t j = 0; j < LANES; j++) {
    ptrdiff_t p = j < at->width ? from + j : from, plane = t->rows * t->columns;
    ptrdiff_t image = p / plane, row = p % plane / t->columns, column = p % t->columns;
    at->source[j] = images + image * image_stride + row * t->image_row + column;
    at->target[j] = image * y_image + row * t->y_row + column * t->y_column;
  }
}

/// Panels of runs of `run` positions that lie side by side.
FLEDGE_INLINE void gather_runs(const positions16 *at, const fledge_taps *t, const int run,
                               float *panel) {
  for (ptrdiff_t k = 0; k < t->tap_count; k++, panel += LANES)
    for (int j = 0; j < LANES; j += run)
      __builtin_memcpy(panel + j, at->source[j] + t->taps[k], (size_t)run * sizeof(float));
}

FLEDGE_INLINE void gather_panel(const positions16 *at, const fledge_taps *t, float *panel) {
  // Rows of 8, 4 or 2 positions divide a whole panel: their copies are single instructions.
  switch (at->width == LANES ? t->columns : 1) {
    case 8: gather_runs(at, t, 8, panel); break;
    case 4: gather_runs(at, t, 4, panel); break;
    case 2: gather_runs(at, t, 2, panel); break;
    default: gather_runs(at, t, 1, panel); break;
  }
}

FLEDGE_INLINE void position_tile(const int rows, const fledge_taps *t, ptrdiff_t m,
                                 const float *panel, const positions16 *at, float *y) {
  f32x16 total[ROWS];
  start_with_bias(total, rows, t->bias ? t->bias + m : NULL);
  accumulate_tile(total, rows, t->weights + m * t->tap_count, 1, ROWS, panel, LANES, t->tap_count);
  for (int i = 0; i < rows; i++) {
    float lane[LANES];
    __builtin_memcpy(lane, &total[i], sizeof lane);
    for (ptrdiff_t j = 0; j < at->width; j++) y[(m + i) * t->y_plane + at->target[j]] = lane[j];
  }
}

FLEDGE_CLONES void fledge_conv_positions_f32(fledge_taps t, const float *images, ptrdiff_t count,
                                             ptrdiff_t image_stride, float *y, ptrdiff_t y_image,
                                             float *panel) {
  ptrdiff_t total = count * t.rows * t.columns;
  for (ptrdiff_t p = 0; p < total; p += LANES) {
    positions16 at;
    locate(&at, &t, images, image_stride, y_image, p, total);
    gather_panel(&at, &t, panel);
    for (ptrdiff_t m = 0; m < t.outputs; m += ROWS) {
#define TILE(rows) position_tile(rows, &t, m, panel, &at, y)
      WITH_CONSTANT_ROWS(t.outputs - m, TILE)
#undef TILE
    }
  }
}

FLEDGE_CLONES void fledge_conv_gather_f32(fledge_taps t, const float *images, ptrdiff_t count,
                                          ptrdiff_t image_stride, float *panels) {
  ptrdiff_t total = count * t.rows * t.columns;
  for (ptrdiff_t p = 0; p < total; p += LANES, panels += t.tap_count * LANES) {
    positions16 at;
    locate(&at, &t, images, image_stride, 0, p, total);
    gather_panel(&at, &t, panels);
  }
}

// The gradient of the weights

void fledge_conv_panels_f32(const float *dy, ptrdiff_t outputs, ptrdiff_t positions,
                            ptrdiff_t offset, ptrdiff_t panel_positions, float *panels) {
  for (ptrdiff_t m = 0; m < outputs; m += LANES)
    transpose_u32((const uint32_t *)dy + m * positions, positions,
                  (uint32_t *)panels + m * panel_positions + offset * LANES, LANES, positions,
                  smaller(LANES, outputs - m));
}

FLEDGE_CLONES void fledge_conv_add_sums_f32(const float *dy, ptrdiff_t outputs,
                                            ptrdiff_t positions, float *sums) {
  if (positions == 1) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t m = 0; m < outputs; m++) sums[m] += dy[m];
    return;
  }
  for (ptrdiff_t m = 0; m < outputs; m++, dy += positions) {
    if (positions >= LANES) {
      sums[m] += fledge_sum_f32(dy, positions);
    } else {
      float total = 0;
      for (ptrdiff_t p = 0; p < positions; p++) total += dy[p];
      sums[m] += total;
    }
  }
}

/// The sums of up to 6 taps with 16 outputs, over all positions.
FLEDGE_INLINE void weight_tile(const int rows, const fledge_taps *t, const ptrdiff_t *taps,
                               const float *images, ptrdiff_t count, ptrdiff_t image_stride,
                               const float *dy, ptrdiff_t positions, float *dw,
                               ptrdiff_t stride) {
  f32x16 total[ROWS] = {0};
  for (ptrdiff_t n = 0; n < count; n++, images += image_stride)
    for (ptrdiff_t r = 0; r < t->rows; r++) {
      const float *row = images + r * t->image_row;
      ptrdiff_t columns = smaller(t->columns, positions);
      for (ptrdiff_t c = 0; c < columns; c++, dy += LANES) {
        f32x16 d = LOAD16(dy);
        for (int i = 0; i < rows; i++) total[i] += row[taps[i] + c] * d;
      }
      positions -= columns;
    }
  for (int i = 0; i < rows; i++) STORE16(dw + i * stride, LOAD16(dw + i * stride) + total[i]);
}

FLEDGE_CLONES void fledge_conv_weight_gradient_f32(fledge_taps t, const float *images,
                                                   ptrdiff_t count, ptrdiff_t image_stride,
                                                   const float *dy, ptrdiff_t positions,
                                                   float *dw) {
  ptrdiff_t stride = (t.outputs + LANES - 1) / LANES * LANES;
  for (ptrdiff_t m = 0; m < t.outputs; m += LANES)
    for (ptrdiff_t k = 0; k < t.tap_count; k += ROWS) {
#define TILE(rows)                                                                           \
  weight_tile(rows, &t, t.taps + k, images, count, image_stride, dy + m * positions, positions, \
              dw + k * stride + m, stride)
      WITH_CONSTANT_ROWS(t.tap_count - k, TILE)
#undef TILE
    }
}
