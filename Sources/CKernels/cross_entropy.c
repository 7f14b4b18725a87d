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
    float distance = max - x[targets[r]];
    // Not ε (target − mean) more: that is −∞ + ∞ where the target's logit is −∞.
    // With ε = 1 the target's distance does not count, and may be ∞.
    if (label_smoothing != 0.0f) {
      float below = label_smoothing * mean_below(x, max, cols);
      distance = label_smoothing == 1.0f ? below : (1.0f - label_smoothing) * distance + below;
    }
    loss[r] = distance + log_sum;
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
    float shift = lse[r], rest = 0.0f, factor = scale[r * scale_stride];
    // A large log of the sum has lost digits of the sum: at 1e8 it is the largest logit itself. Up to
    // 256 its error is below 2⁻¹⁶, and so the relative one of the exponentials.
    if (__builtin_fabsf(shift) > 256.0f) rest = log_shifted_sum(x, cols, &shift);
    ptrdiff_t whole = cols & -LANES;
    FLEDGE_VECTORIZE_16
    for (ptrdiff_t c = 0; c < whole; c++)
      dx[c] = factor * (vm_exp(x[c] - shift - rest) - everywhere);
    for (ptrdiff_t c = whole; c < cols; c++)
      dx[c] = factor * (vm_exp(x[c] - shift - rest) - everywhere);
    dx[targets[r]] -= factor * (1.0f - label_smoothing);
  }
}
