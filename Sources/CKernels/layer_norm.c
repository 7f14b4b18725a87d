// Layer norm and RMS norm over rows. A row is read from memory once; the later passes over it find
// it in the first-level cache.
#include "norm_sums.h"

#include <stdbool.h>

/// y = (x − mean) · rstd · gamma + beta.
FLEDGE_INLINE void scale_and_shift(const float *x, float mean, float rstd, const float *gamma,
                                   const float *beta, float *y, ptrdiff_t n) {
  if (gamma && beta) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < n; c++) y[c] = (x[c] - mean) * rstd * gamma[c] + beta[c];
  } else if (gamma) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < n; c++) y[c] = (x[c] - mean) * rstd * gamma[c];
  } else if (beta) {
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < n; c++) y[c] = (x[c] - mean) * rstd + beta[c];
  } else {
    FLEDGE_VECTORIZE
    for (ptrdiff_t c = 0; c < n; c++) y[c] = (x[c] - mean) * rstd;
  }
}

FLEDGE_CLONES void fledge_layer_norm_f32(const float *x, const float *gamma, const float *beta,
                                         float eps, float *y, float *mean, float *rstd,
                                         ptrdiff_t rows, ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, x += cols, y += cols) {
    mean[r] = fledge_sum_f32(x, cols) / (float)cols;
    float variance = squared_deviations(x, mean[r], cols) / (float)cols;
    rstd[r] = 1.0f / __builtin_sqrtf(variance + eps);
    scale_and_shift(x, mean[r], rstd[r], gamma, beta, y, cols);
  }
}

FLEDGE_CLONES void fledge_rms_norm_f32(const float *x, const float *gamma, float eps, float *y,
                                       float *rstd, ptrdiff_t rows, ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, x += cols, y += cols) {
    rstd[r] = 1.0f / __builtin_sqrtf(squared_deviations(x, 0.0f, cols) / (float)cols + eps);
    scale_and_shift(x, 0.0f, rstd[r], gamma, NULL, y, cols);
  }
}

/// dx = rstd · (g − mean_g − x̂ · mean_gx), and the row's share of dgamma and dbeta. One loop for all:
/// dy, which dx may overwrite, is read once.
FLEDGE_INLINE void gradient_row(const float *dy, const float *x, const float *gamma, float mean,
                                float rstd, float mean_g, float mean_gx, float *dx, float *dgamma,
                                float *dbeta, ptrdiff_t n, bool with_gamma, bool with_dgamma,
                                bool with_dbeta) {
  FLEDGE_VECTORIZE
  for (ptrdiff_t c = 0; c < n; c++) {
    float d = dy[c], normalized = (x[c] - mean) * rstd;
    float g = with_gamma ? d * gamma[c] : d;
    if (with_dgamma) dgamma[c] += d * normalized;
    if (with_dbeta) dbeta[c] += d;
    dx[c] = rstd * (g - mean_g - normalized * mean_gx);
  }
}

FLEDGE_INLINE void gradient_row_any(const float *dy, const float *x, const float *gamma,
                                    float mean, float rstd, float mean_g, float mean_gx, float *dx,
                                    float *dgamma, float *dbeta, ptrdiff_t n) {
#define CASE(with_gamma, with_dgamma, with_dbeta)                                              \
  if (!gamma == !with_gamma && !dgamma == !with_dgamma && !dbeta == !with_dbeta)               \
    return gradient_row(dy, x, gamma, mean, rstd, mean_g, mean_gx, dx, dgamma, dbeta, n,       \
                        with_gamma, with_dgamma, with_dbeta);
  CASE(true, true, true)
  CASE(true, true, false)
  CASE(false, false, false)
  CASE(true, false, false)
  CASE(true, false, true)
  CASE(false, true, true)
  CASE(false, true, false)
  CASE(false, false, true)
#undef CASE
}

FLEDGE_CLONES void fledge_layer_norm_grad_f32(const float *dy, const float *x, const float *gamma,
                                              const float *mean, const float *rstd, float *dx,
                                              float *dgamma, float *dbeta, ptrdiff_t rows,
                                              ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += cols, x += cols, dx += cols) {
    float sum_g, sum_gx;
    gradient_sums(dy, x, gamma, mean[r], rstd[r], cols, &sum_g, &sum_gx);
    gradient_row_any(dy, x, gamma, mean[r], rstd[r], sum_g / (float)cols, sum_gx / (float)cols, dx,
                     dgamma, dbeta, cols);
  }
}

FLEDGE_CLONES void fledge_rms_norm_grad_f32(const float *dy, const float *x, const float *gamma,
                                            const float *rstd, float *dx, float *dgamma,
                                            ptrdiff_t rows, ptrdiff_t cols) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += cols, x += cols, dx += cols) {
    float sum_g, sum_gx;
    gradient_sums(dy, x, gamma, 0.0f, rstd[r], cols, &sum_g, &sum_gx);
    gradient_row_any(dy, x, gamma, 0.0f, rstd[r], 0.0f, sum_gx / (float)cols, dx, dgamma, NULL,
                     cols);
  }
}
