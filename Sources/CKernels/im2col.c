// Windows over planes, one place of the kernel at a time: im2col, its adjoint, and sums.
#include "support.h"

/// The windows [*from, *to) of `count` whose place `tap` lies within 0 ..< size along one axis.
FLEDGE_INLINE void windows_inside(ptrdiff_t count, ptrdiff_t size, ptrdiff_t stride, ptrdiff_t tap,
                                  ptrdiff_t before, ptrdiff_t *from, ptrdiff_t *to) {
  ptrdiff_t first = tap - before;  // of window 0
  *from = first >= 0 ? 0 : (-first + stride - 1) / stride;
  *to = first >= size ? 0 : (size - 1 - first) / stride + 1;
  if (*to > count) *to = count;
}

/// Runs BODY for every place of the kernel and every window where it lies inside the plane: `in` is
/// its position in the plane, `out` the window's, `tap` the place's number.
#define FOR_EACH_TAP(w, BODY)                                                                    \
  for (ptrdiff_t i = 0; i < w.kernel_rows; i++)                                                  \
    for (ptrdiff_t j = 0; j < w.kernel_columns; j++) {                                           \
      ptrdiff_t tap = i * w.kernel_columns + j, r, r_end, c_start, c_end;                        \
      windows_inside(w.out_rows, w.rows, w.stride_rows, i * w.dilation_rows, w.top, &r, &r_end); \
      windows_inside(w.out_columns, w.columns, w.stride_columns, j * w.dilation_columns, w.left, \
                     &c_start, &c_end);                                                          \
      (void)tap;                                                                                 \
      for (; r < r_end; r++)                                                                     \
        for (ptrdiff_t c = c_start; c < c_end; c++) {                                            \
          ptrdiff_t in = (r * w.stride_rows + i * w.dilation_rows - w.top) * w.columns +         \
                         c * w.stride_columns + j * w.dilation_columns - w.left;                 \
          ptrdiff_t out = r * w.out_columns + c;                                                 \
          BODY;                                                                                  \
        }                                                                                        \
    }

FLEDGE_INLINE void clear(float *x, ptrdiff_t count) {
  __builtin_memset(x, 0, (size_t)count * sizeof(float));
}

FLEDGE_CLONES void fledge_sum_pool_f32(fledge_windows w, float scale, const float *x,
                                       ptrdiff_t planes, float *y) {
  ptrdiff_t plane = w.rows * w.columns, windows = w.out_rows * w.out_columns;
  clear(y, planes * windows);
  for (ptrdiff_t p = 0; p < planes; p++, x += plane, y += windows) {
    FOR_EACH_TAP(w, y[out] += x[in])
    for (ptrdiff_t i = 0; i < windows; i++) y[i] *= scale;
  }
}

FLEDGE_CLONES void fledge_sum_pool_grad_f32(fledge_windows w, float scale, const float *dy,
                                            ptrdiff_t planes, float *dx) {
  ptrdiff_t plane = w.rows * w.columns, windows = w.out_rows * w.out_columns;
  clear(dx, planes * plane);
  for (ptrdiff_t p = 0; p < planes; p++, dx += plane, dy += windows) {
    FOR_EACH_TAP(w, dx[in] += scale * dy[out])
  }
}

FLEDGE_CLONES void fledge_im2col_f32(fledge_windows w, const float *x, ptrdiff_t planes,
                                     float *y) {
  ptrdiff_t plane = w.rows * w.columns, windows = w.out_rows * w.out_columns;
  ptrdiff_t block = w.kernel_rows * w.kernel_columns * windows;
  clear(y, planes * block);
  for (ptrdiff_t p = 0; p < planes; p++, x += plane, y += block) {
    FOR_EACH_TAP(w, y[tap * windows + out] = x[in])
  }
}

FLEDGE_CLONES void fledge_col2im_f32(fledge_windows w, const float *y, ptrdiff_t planes,
                                     float *x) {
  ptrdiff_t plane = w.rows * w.columns, windows = w.out_rows * w.out_columns;
  ptrdiff_t block = w.kernel_rows * w.kernel_columns * windows;
  clear(x, planes * plane);
  for (ptrdiff_t p = 0; p < planes; p++, x += plane, y += block) {
    FOR_EACH_TAP(w, x[in] += y[tap * windows + out])
  }
}
