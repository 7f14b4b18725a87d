// Cross-entropy of logits against class indices: forward and backward without storing probabilities.
#include "row_exp.h"

FLEDGE_CLONES void fledge_cross_entropy_rows_f32(const float *logits, const int64_t *targets,
                                                 float *loss, float *lse, ptrdiff_t rows,
                                                 ptrdiff_t cols, ptrdiff_t row_stride,
                                                 float label_smoothing, int64_t ignore_index) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *x = logits + r * row_stride;
    float max, log_sum = log_shifted_sum(x, cols, &max);
    lse[r] = max + log_sum;
    if (targets[r] == ignore_index) {
      loss[r] = 0.0f;
      continue;
    }
    float target = x[targets[r]];
    loss[r] = (max - target) + log_sum;
    if (label_smoothing != 0.0f) {
      float mean = fledge_sum_f32(x, cols) / (float)cols;
      loss[r] += label_smoothing * (target - mean);
    }
  }
}

FLEDGE_CLONES void fledge_cross_entropy_grad_rows_f32(
    const float *logits, const int64_t *targets, const float *lse, const float *scale,
    ptrdiff_t scale_stride, float *dlogits, ptrdiff_t rows, ptrdiff_t cols, ptrdiff_t row_stride,
    float label_smoothing, int64_t ignore_index) {
  float everywhere = label_smoothing / (float)cols;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *x = logits + r * row_stride;
    float *dx = dlogits + r * cols;
    if (targets[r] == ignore_index) {
      fledge_fill_f32(0.0f, dx, cols);
      continue;
    }
    float shift = lse[r], factor = scale[r * scale_stride];
    ptrdiff_t whole = cols & -LANES;
    FLEDGE_VECTORIZE_16
    for (ptrdiff_t c = 0; c < whole; c++) dx[c] = factor * (vm_exp(x[c] - shift) - everywhere);
    for (ptrdiff_t c = whole; c < cols; c++) dx[c] = factor * (vm_exp(x[c] - shift) - everywhere);
    dx[targets[r]] -= factor * (1.0f - label_smoothing);
  }
}
