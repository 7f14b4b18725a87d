// Softmax and log-softmax over rows.
#include "row_exp.h"

FLEDGE_CLONES void fledge_softmax_rows_f32(const float *x, float *y, ptrdiff_t rows,
                                           ptrdiff_t cols, ptrdiff_t row_stride) {
  for (ptrdiff_t r = 0; r < rows; r++, x += row_stride, y += cols) {
    exp_shifted(x, fledge_max_f32(x, cols), y, cols);
    float scale = 1.0f / fledge_sum_f32(y, cols);
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < cols; c++) y[c] *= scale;
  }
}

FLEDGE_CLONES void fledge_log_softmax_rows_f32(const float *x, float *y, ptrdiff_t rows,
                                               ptrdiff_t cols, ptrdiff_t row_stride) {
  for (ptrdiff_t r = 0; r < rows; r++, x += row_stride, y += cols) {
    float max, log_sum = log_shifted_sum(x, cols, &max);
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < cols; c++) y[c] = (x[c] - max) - log_sum;
  }
}

FLEDGE_CLONES void fledge_softmax_grad_rows_f32(const float *dy, const float *y, float *dx,
                                                ptrdiff_t rows, ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += cols, y += cols, dx += cols) {
    float inner = fledge_dot_f32(dy, y, cols);
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < cols; c++) dx[c] = y[c] * (dy[c] - inner);
  }
}

FLEDGE_CLONES void fledge_log_softmax_grad_rows_f32(const float *dy, const float *y, float *dx,
                                                    ptrdiff_t rows, ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += cols, y += cols, dx += cols) {
    float total = fledge_sum_f32(dy, cols);
    ptrdiff_t whole = cols & -LANES;
    FLEDGE_VECTORIZE_16
    for (ptrdiff_t c = 0; c < whole; c++) dx[c] = dy[c] - vm_exp(y[c]) * total;
    for (ptrdiff_t c = whole; c < cols; c++) dx[c] = dy[c] - vm_exp(y[c]) * total;
  }
}
